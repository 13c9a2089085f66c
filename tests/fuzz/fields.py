"""The declared fields of request bodies: where they stand, which values they take, what else a trial of one needs."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from specdouble.openapi.validation.compiled import Schemas
from specdouble.verify.suites.bounds._bounds import variants

Path = tuple[str | int, ...]
ABSENT = object()
WORDS = (
    "first-word", "other-word", "first words of twenty letters", "other words of twenty letters",
    "https://one.example/a", "https://two.example/b", "2099-06-21T10:00:00Z", "2099-07-22T11:00:00Z",
)  # fmt: skip
FORMATS = {"email": ["one@example.com", "two@example.org"], "date-time": list(WORDS[-2:])}
# Names of things of the seed data, by the field that names them: any other word is refused as unknown.
NAMES: dict[str, list[Any]] = {
    "user_id": ["imp_u_admin01"], "tenant_id": ["acme"], "parent_tenant_id": ["default"], "agency_id": ["contoso"],
    "plan_id": ["business", "free"], "role": ["viewer", "editor"], "tier": ["indie", "studio", "explorer"],
    "app_id": ["notes", "crm-sync"], "ext_id": ["notes", "crm-sync"], "extension_id": ["notes", "crm-sync"],
    "webhook_secret": ["whsec_one", "whsec_two"], "case": ["plan_ended"], "rule_id": [12],
    "timeout_at": ["2099-06-21T10:00:00Z"], "cwd": ["/home/ada/garden-planner/src"], "repo_key": ["3f9ab2"],
    "repo_root": ["/home/ada/garden-planner"], "session_repo": ["3f9ab2"], "symbols": ["plan", "week"],
    "removed": ["api.py"], "facts": [{"defs": [{"qualname": "login"}]}], "replace_paths": ["purpose", "limits"],
    "messages": [{"role": "user", "content": "One"}, {"role": "user", "content": "Two"}],
    "result": [{"approved": True}],
    "order_by": ["created_at", "-created_at"], "pricing_model": ["free", "per_action"],
    "args": [{"section": "plan"}, {"section": "path"}],
}  # fmt: skip


def fields(schemas: Schemas, schema: Any, at: Path = ()) -> Iterator[tuple[Path, Any, bool]]:
    """Yield every declared field below a schema: its path, its schema and whether it is required.

    An object with declared fields stands for them; of a list the first item does.
    """
    outer, seen = schemas.resolve(schema), set[str]()
    for one in (outer, *variants(schemas, schema)[0]):
        for name, sub in (one.get("properties") or {}).items():
            if name in seen or sub.get("type") == "null":
                continue
            seen.add(name)
            inner = list(fields(schemas, sub, (*at, name)))
            yield from inner or [((*at, name), sub, name in one.get("required", ()))]
    for one in variants(schemas, schema)[0]:
        if one.get("type") == "array" and isinstance(one.get("items"), dict):
            yield from fields(schemas, one["items"], (*at, 0))


def values(schemas: Schemas, schema: Any, example: Any, name: str = "") -> list[Any]:
    """Return different values that a field takes, beginning with the example's."""
    found = [] if example is None else [example]
    outer = schemas.resolve(schema)
    for one in ({"enum": outer["enum"]},) if "enum" in outer else variants(schemas, schema)[0]:
        found += one["enum"] if "enum" in one else _of_kind(schemas, one, example, name)
    valid, unique = schemas.validator(schema), list[Any]()
    for value in found:
        if value is not None and value not in unique and valid.is_valid(value):
            unique.append(value)
    return unique


def _of_kind(schemas: Schemas, one: dict[str, Any], example: Any, name: str) -> list[Any]:
    kind = one.get("type")
    if kind == "boolean":
        return [True, False]
    if kind in ("integer", "number"):
        low = one.get("minimum", 1)
        start = example if isinstance(example, int | float) and not isinstance(example, bool) else low
        return [*NAMES.get(name, ()), start, start + 1, low, start + 7, *([0.25, 0.5] if kind == "number" else ())]
    if kind == "string":
        if one.get("format") in FORMATS:
            return FORMATS[one["format"]]
        near = [f"{example}x", f"{example[:-1]}1", example[:-1]] if isinstance(example, str) and example else []
        return [*NAMES.get(name, ()), *near, *WORDS]
    if kind == "array":
        if name in NAMES:
            return [*([value] for value in NAMES[name]), []]
        first = example[0] if isinstance(example, list) and example else None
        return [*([value] for value in values(schemas, one.get("items", {}), first)[:6]), []]
    return [*NAMES.get(name, ()), *(WORDS[:2] if kind is None else ()), {"a": 1}, {"b": 2}]


def get(body: Any, path: Path) -> Any:
    """Return what stands at a path of a body, or None."""
    for part in path:
        try:
            body = body[part]
        except (LookupError, TypeError):
            return None
    return body


def put(body: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a body with another value at a path, or without one (``ABSENT``); what leads there is made."""
    whole: dict[str, Any] = copy.deepcopy(body)
    at: Any = whole
    for part, below in itertools.pairwise(path):
        fresh: Any = [{}] if below == 0 else {}
        if isinstance(at, list):
            at[:1] = [at[0] if at and isinstance(at[0], dict | list) else fresh]
            at = at[0]
            continue
        if not isinstance(at.get(part), dict | list) or (below == 0 and not at[part]):
            at[part] = fresh
        at = at[part]
    if value is ABSENT:
        at.pop(path[-1], None) if isinstance(at, dict) else None
    else:
        at[path[-1]] = value
    return whole
