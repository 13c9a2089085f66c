"""Reading responses: where the rows of a list stand, what names an item, what may differ between two reads."""

from __future__ import annotations

from typing import Any

from specdouble.verify.contract import Contract, Op

# Fields that move by themselves or on every read.
MOVING = frozenset(
    {"updated_at", "last_seen_at", "last_used_at", "last_accessed_at", "last_login", "cached_at", "ts", "current"}
)
NAMES = (
    "id", "app_id", "key_id", "tenant_id", "agency_id", "imperal_id", "rule_id", "review_id", "trace_id", "task_id",
    "user_id",
)  # fmt: skip


def rows(value: Any) -> list[Any]:
    """Return the rows of a list response: the array itself, or the one array in the object around it."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        lists = [one for one in value.values() if isinstance(one, list)]
        if len(lists) == 1:
            return lists[0]
        for name in ("items", "entries", "apps"):
            if isinstance(value.get(name), list):
                return list(value[name])
    return []


def without_volatile(value: Any) -> Any:
    """Return a value without the fields that move by themselves."""
    if isinstance(value, dict):
        return {name: without_volatile(one) for name, one in value.items() if name not in MOVING}
    if isinstance(value, list):
        return [without_volatile(one) for one in value]
    return value


def item_reader(known: Contract, op: Op) -> Op | None:
    """Return the GET that shows what a write wrote: on the same path, or on the item path below a create."""
    by = {(one.service, one.spec.method, one.spec.path): one for one in known.ops}
    same = by.get((op.service, "GET", op.spec.path))
    if op.spec.method in ("PUT", "PATCH", "DELETE"):
        return same
    start = op.spec.path + "/{"
    below = [
        one
        for (service, method, path), one in by.items()
        if service == op.service
        and method == "GET"
        and path.startswith(start)
        and path.count("/") == op.spec.path.count("/") + 1
    ]
    return below[0] if len(below) == 1 else None


def list_reader(known: Contract, op: Op) -> Op | None:
    """Return the GET that lists what an operation creates or removes."""
    path = op.spec.path
    if op.spec.method != "POST" and path.endswith("}"):
        path = path.rpartition("/")[0]
    for one in known.ops:
        if (one.service, one.spec.method, one.spec.path) == (op.service, "GET", path):
            return one
    return None


def last_param(op: Op) -> str:
    """Return the name of the last path parameter, or an empty text."""
    return op.spec.path.rpartition("{")[2].rstrip("}") if "{" in op.spec.path else ""


def id_in(response: Any, param: str) -> str:
    """Return the id that a create answered, for a path parameter of that name."""
    if not isinstance(response, dict):
        return ""
    for name in (param, "id", *(one for one in NAMES if one in response)):
        if response.get(name) not in (None, ""):
            if param == "user_id" and "imperal_id" in response:
                return str(response["imperal_id"])
            return str(response[name])
    return ""


def named(row: Any, value: str) -> bool:
    """Whether a row is the one with that id."""
    return isinstance(row, dict) and any(str(row.get(name)) == value for name in NAMES)
