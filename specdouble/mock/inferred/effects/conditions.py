"""When effects count, and which items they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from specdouble.mock.inferred.effects.values import Scope, flat
from specdouble.mock.inferred.pointing import read
from specdouble.mock.state.collections import Doc
from specdouble.openapi.extensions import Guard, Refusal
from specdouble.openapi.values.make import MISSING

TESTS = frozenset({"matches", "not", "contains", "lacks", "given", "empty", "item", "no-item"})


def counts(scope: Scope, guard: Guard | Refusal) -> bool:
    """Tell whether a guard holds: all of `when`, and not all of `unless`."""
    if not all(_holds(scope, name, wanted) for name, wanted in guard.when.items()):
        return False
    return not guard.unless or not all(_holds(scope, name, wanted) for name, wanted in guard.unless.items())


def fitting(scope: Scope, records: Iterable[Doc], where: Mapping[str, Any]) -> list[Doc]:
    """Return the records that fit; none where nothing that is wanted was given.

    What is wanted may speak of the request or the operation's own item. A member whose wanted value is not given is not
    looked at.
    """
    active = {name: wanted for name, wanted in where.items() if _is_given(scope, wanted)}
    if not active and where:
        return []
    return [
        one
        for one in records
        if all(_fits(scope, _member(scope.of(one), name), wanted) for name, wanted in active.items())
    ]


def _is_given(scope: Scope, wanted: Any) -> bool:
    if isinstance(wanted, dict) and wanted.keys() and wanted.keys() <= TESTS:
        return any(_is_given(scope, one) for one in wanted.values())
    return scope.value(wanted) is not MISSING if isinstance(wanted, str) else True


def _holds(scope: Scope, name: str, wanted: Any) -> bool:
    return _fits(scope, _member(scope, name), wanted)


def _member(scope: Scope, name: str) -> Any:
    if name.startswith("$"):
        return scope.value(name)
    if scope.item is None:
        return MISSING
    return read(scope.item["value"], name if name.startswith("/") else f"/{name.replace('~', '~0').replace('/', '~1')}")


def _fits(scope: Scope, held: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and wanted.keys() and wanted.keys() <= TESTS:
        return all(_passes(scope, held, test, one) for test, one in wanted.items())
    value = scope.value(wanted)
    held = None if held is MISSING else held
    if value is MISSING:
        return held is None
    return any(_same(held, one) for one in value) if isinstance(value, list) else _same(held, value)


def _passes(scope: Scope, held: Any, test: str, wanted: Any) -> bool:
    there = held is not MISSING and held is not None
    if test == "given":
        return there is wanted
    if test == "empty":
        return (not there or held in ("", [], {})) is wanted
    if test == "matches":
        return isinstance(held, str) and re.search(wanted, held) is not None
    if test in ("item", "no-item"):
        kind = scope.act.api.kinds.get(wanted)
        known = there and kind is not None and scope.act.items.find(kind, held, {}) is not None
        return known if test == "item" else there and not known
    value = scope.value(wanted)
    if test == "not":
        return not any(_same(held if there else None, one) for one in flat(value))
    has = there and isinstance(held, str | list | dict) and any(one in held for one in flat(value))
    return has if test == "contains" else not has


def _same(held: Any, wanted: Any) -> bool:
    """Compare as JSON does: true is not 1, and a query's text is the member's number where it reads the same."""
    if isinstance(held, bool) or isinstance(wanted, bool):
        return held is wanted
    return bool(held == wanted)
