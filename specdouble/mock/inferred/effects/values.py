"""Values that effects name: expressions, texts with expressions in them, and values of other items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.operations.owners import owner_of
from specdouble.mock.inferred.pointing import read
from specdouble.mock.state.collections import Doc
from specdouble.openapi.values import meaning
from specdouble.openapi.values.make import MISSING

_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
FIRST, ITEMS, COUNT, ANY, LINES, EACH, UNION = "$first", "$items", "$count", "$any", "$lines", "$each", "$union"


class Scope:
    """What expressions can speak of: the request, the item, and what the path goes through."""

    def __init__(self, act: Act, item: Doc | None = None, each: Any = MISSING) -> None:
        self.act = act
        self.item = item
        self.each = each

    def of(self, item: Doc | None) -> Scope:
        """Return the scope of another item of the same request."""
        return Scope(self.act, item)

    def value(self, given: Any) -> Any:
        """Return what a value of an effect stands for; MISSING where it speaks of something that is not there."""
        if isinstance(given, str):
            return self._text(given)
        if isinstance(given, list):
            return [one for one in map(self.value, given) if one is not MISSING]
        if isinstance(given, dict):
            if FIRST in given:
                return next((one for one in map(self.value, given[FIRST]) if one not in (MISSING, None)), MISSING)
            if UNION in given:
                parts = [one for part in given[UNION] for one in flat(self.value(part))]
                return [one for number, one in enumerate(parts) if one is not None and one not in parts[:number]]
            if EACH in given:
                each = [
                    Scope(self.act, self.item, one).value(given.get("give")) for one in flat(self.value(given[EACH]))
                ]
                return [one for one in each if one is not MISSING]
            if LINES in given:
                return "".join(f"{_spoken(one)}\n" for one in flat(self.value(given[LINES])))
            for function in (ITEMS, COUNT, ANY):
                if function in given:
                    return self._items(given, function)
            found = {name: self.value(one) for name, one in given.items()}
            return {name: one for name, one in found.items() if one is not MISSING}
        return given

    def text(self, given: str) -> str:
        """Return a text with what its expressions stand for in their place."""
        return _EMBEDDED.sub(lambda match: _spoken(self._expression(match[1])), given)

    def _text(self, given: str) -> Any:
        if given.startswith("$$"):
            return given[1:]
        return self._expression(given) if given.startswith("$") else self.text(given)

    def _expression(self, given: str) -> Any:
        name, _, pointer = given.partition("#")
        call = self.act.call
        if name == "$now":
            return meaning.stamp(self.act.world.clock.now())
        if name == "$uuid":
            return meaning.of_format("uuid", self.act.fresh())
        if name == "$caller":
            return owner_of(self.act) or MISSING
        if name == "$item":
            return MISSING if self.item is None else read(self.item["value"], pointer)
        if name == "$each":
            return read(self.each, pointer)
        kind, _, rest = name.removeprefix("$").partition(".")
        if kind == "within":
            return self._above(rest, pointer)
        place, _, last = rest.partition(".")
        if place == "body":
            return read(call.body, pointer) if call.body is not None else MISSING
        if place == "header":
            held = call.headers.get(last.lower())
        else:
            held = (call.params if place == "path" else call.query).get(last)
        return MISSING if held is None else held

    def _above(self, resource: str, pointer: str) -> Any:
        kind = self.act.api.kinds.get(resource)
        key = (self.item or {}).get("within", {}).get(resource) or self.act.within.get(resource)
        if kind is None or key is None:
            return MISSING
        return read(self.act.items.get(kind, key, {})["value"], pointer)

    def _items(self, given: dict[str, Any], function: str) -> Any:
        from specdouble.mock.inferred.effects.conditions import fitting

        kind = self.act.api.kinds.get(given[function])
        found = [] if kind is None else fitting(self, self.act.items.all(kind, {}), given.get("where") or {})
        if function == COUNT:
            return len(found)
        if function == ANY:
            return bool(found)
        taken = [(one["key"], read(one["value"], given.get("take") or "")) for one in found]
        if given.get("by-key") is True:
            return {key: value for key, value in taken if value is not MISSING}
        return [value for _, value in taken if value is not MISSING]


def flat(values: Any) -> Iterator[Any]:
    """Yield a value, or those of a list."""
    if values is not MISSING:
        yield from values if isinstance(values, list) else [values]


def _spoken(value: Any) -> str:
    if value is MISSING or value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(_spoken, value)) if isinstance(value, list) else str(value)


def remembered(request: dict[str, Any], world: Any, caller: Any = None) -> Any:
    """Return a call that is over as expressions see it."""
    return SimpleNamespace(
        **request, world=world, caller=caller or SimpleNamespace(claims={}, kind="anonymous", user=None)
    )
