"""Reading responses: where the rows of a list stand, what names an item, what may differ between two reads."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Contract, Op
from specdouble.verify.api.api import Api


def rows_in(api: Api, value: Any) -> list[Any]:
    """Return the rows of a list response: the array itself, or the one array in the object around it."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        lists = [one for one in value.values() if isinstance(one, list)]
        if len(lists) == 1:
            return lists[0]
        for name in api.words.lists:
            if isinstance(value.get(name), list):
                return list(value[name])
    return []


def without_volatile(api: Api, value: Any) -> Any:
    """Return a value without the fields that move by themselves."""
    if isinstance(value, dict):
        return {name: without_volatile(api, one) for name, one in value.items() if name not in api.words.volatile}
    if isinstance(value, list):
        return [without_volatile(api, one) for one in value]
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


def id_in(api: Api, response: Any, param: str) -> str:
    """Return the id that a create answered, for a path parameter of that name."""
    if not isinstance(response, dict):
        return ""
    if param in api.words.people:
        person = next((name for name in api.words.people if response.get(name) not in (None, "")), "")
        if person:
            return str(response[person])
    for name in (param, "id", *api.words.ids):
        if response.get(name) not in (None, ""):
            return str(response[name])
    return ""


def named(api: Api, row: Any, value: str) -> bool:
    """Whether a row is the one with that id."""
    return isinstance(row, dict) and any(str(row.get(name)) == value for name in api.words.ids)
