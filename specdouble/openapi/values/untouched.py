"""Whether fitting would leave a value as it is: one that is valid, and of which every member is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.openapi.values.check import Checks
from specdouble.openapi.values.flat import Flat, Flats

_SCALAR = frozenset({"string", "integer", "number", "boolean", "null", ""})  # "" is what may be anything
_Look = Callable[[Any], bool]


class Untouched:
    """Tells it for the schemas of one document, for most values at the cost of validating them."""

    def __init__(self, flats: Flats, checks: Checks) -> None:
        self.flats = flats
        self.checks = checks
        self._looks: dict[int, tuple[Flat, _Look | None]] = {}

    def holds(self, flat: Flat, value: Any) -> bool:
        """Tell whether a value would stay as it is; False also where that cannot be told quickly."""
        known = self._looks.get(id(flat))
        if known is None:
            known = self._looks[id(flat)] = flat, self._look(flat)  # an id is valid while its object lives
        look = known[1]
        return look is not None and look(value) and self.checks.fits(flat.raw, value)

    def _look(self, flat: Flat) -> _Look | None:
        """Return what sees members that are not declared, None where a schema is more than can be told here."""
        if self.flats.of(flat.raw) is not flat or self.checks.is_heavy(flat.raw):
            return None  # an alternative, of which `raw` is not all
        return self._of(flat, ()) if flat.type in ("object", "array") else None

    def _of(self, flat: Flat, above: tuple[Flat, ...]) -> _Look | None:
        if flat in above or flat.options or flat.write_only or flat.prefix:
            return None
        kinds = (flat.types or {flat.type}) - {"null"}
        if kinds <= _SCALAR:
            return _whole if "integer" in kinds else _anything
        if kinds == {"array"}:
            return self._array(flat, above)
        return self._object(flat, above) if kinds == {"object"} else None

    def _array(self, flat: Flat, above: tuple[Flat, ...]) -> _Look | None:
        if flat.items is None:
            return _anything
        each = self._of(self.flats.of(flat.items), (*above, flat))
        if each is None or each is _anything:
            return each
        look = each
        return lambda value: not isinstance(value, list) or all(map(look, value))

    def _object(self, flat: Flat, above: tuple[Flat, ...]) -> _Look | None:
        inside: list[tuple[str, _Look]] = []
        hidden = frozenset(name for name, one in flat.properties.items() if self.flats.of(one).write_only)
        for name in flat.properties.keys() - hidden:
            look = self._of(self.flats.of(flat.properties[name]), (*above, flat))
            if look is None:
                return None
            if look is not _anything:
                inside.append((name, look))
        rest: _Look | None = _anything
        if isinstance(flat.additional, dict):
            rest = self._of(self.flats.of(flat.additional), (*above, flat))
        if rest is None or (rest is not _anything and flat.properties):
            return None
        declared, required = flat.properties.keys() - hidden, frozenset(flat.required - hidden)
        is_open, further = flat.open, rest

        def look_at(value: Any) -> bool:
            if not isinstance(value, dict):
                return True  # None, or not valid
            if not (hidden.isdisjoint(value) if is_open else value.keys() <= declared) or not required <= value.keys():
                return False
            if further is not _anything and not all(map(further, value.values())):
                return False
            return all(look(value[name]) for name, look in inside if name in value)

        return look_at


def _anything(_value: Any) -> bool:
    return True


def _whole(value: Any) -> bool:
    """Tell whether a value is none that is written otherwise as an integer, such as 3.0."""
    return type(value) is not float
