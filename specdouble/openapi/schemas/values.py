"""Whether one value fits a schema, by the same flats with which schemas are compared."""

import json
from typing import Any

from specdouble.openapi import patterns
from specdouble.openapi.schemas.cutter import Cutter
from specdouble.openapi.schemas.flat import Conj, Flat
from specdouble.openapi.schemas.formats import limits
from specdouble.openapi.schemas.numbers import fraction, text_of, type_of


class Values:
    """Checks single values; members annotated with one of `unsent`, such as `readOnly`, need not be there."""

    def __init__(self, cutter: Cutter, strict: bool, unsent: frozenset[str] = frozenset()) -> None:
        self.cutter = cutter
        self.strict = strict
        self.unsent = unsent

    def fits(self, value: Any, conj: Conj) -> bool:
        """Tell whether a value fits a conjunction of schemas."""
        kind = type_of(value)
        return any(flat.type == kind and self.fits_flat(value, flat) for flat in self.cutter.flats(conj, self.strict))

    def fits_flat(self, value: Any, flat: Flat) -> bool:
        """Tell whether a value of the flat's type fits it; what cannot be decided does not."""
        if flat.enum is not None and text_of(value) not in flat.enum:
            return False
        if flat.opaque or not _CHECKS[flat.type](self, value, flat):
            return False
        return not any(self.fits(value, unwanted) for unwanted in flat.nots)

    def null(self, value: Any, flat: Flat) -> bool:
        """Check null or a boolean: all is in the list of values."""
        return True

    def number(self, value: int | float, flat: Flat) -> bool:
        """Check a number."""
        if flat.integer and isinstance(value, float) and not value.is_integer():
            return False
        ranges = [pair for pair in map(limits, flat.formats) if pair]
        for low in (flat.low, *(pair[0] for pair in ranges)):
            if low and (value <= low[0] if low[1] else value < low[0]):
                return False
        for high in (flat.high, *(pair[1] for pair in ranges)):
            if high and (value >= high[0] if high[1] else value > high[0]):
                return False
        return all((fraction(value) / step).denominator == 1 for step in flat.multiples)

    def string(self, value: str, flat: Flat) -> bool:
        """Check a text."""
        return (
            _in_size(len(value), flat)
            and all(patterns.matches(pattern, value) for pattern in flat.patterns)
            and all(has_format(name, value) for name in flat.formats)
        )

    def array(self, value: list[Any], flat: Flat) -> bool:
        """Check a list."""
        if not _in_size(len(value), flat):
            return False
        if flat.unique and len(set(map(text_of, value))) != len(value):
            return False
        if not all(self.fits(item, flat.item(index)) for index, item in enumerate(value)):
            return False
        for wanted, least, most in flat.contains:
            count = sum(self.fits(item, wanted) for item in value)
            if count < least or (most is not None and count > most):
                return False
        return True

    def object(self, value: dict[str, Any], flat: Flat) -> bool:
        """Check an object."""
        if not _in_size(len(value), flat):
            return False
        if not all(self._is_unsent(member(flat, name)) for name in flat.required - value.keys()):
            return False
        for name, item in value.items():
            if not self.fits(item, member(flat, name)) or not self.fits(name, flat.names):
                return False
        return all(self.fits(value, conj) for name, conj in flat.dependent if name in value)

    def _is_unsent(self, conj: Conj) -> bool:
        return any(self.cutter.universe.annotation(conj, keyword) is True for keyword in self.unsent)


def member(flat: Flat, name: str) -> Conj:
    """Return what the member of an object with this name has to fulfil."""
    found: Conj = frozenset()
    for group in flat.groups:
        matched = [conj for pattern, conj in group.patterns if patterns.matches(pattern, name)]
        if name in group.properties:
            matched.append(group.properties[name])
        found = found.union(*matched) if matched else found | group.additional
    return found


def value_of(text: str) -> Any:
    """Return the value of a canonical text."""
    return json.loads(text)


def has_format(name: str, text: str) -> bool:
    """Tell whether a text has a format; formats that nobody defines fit every text."""
    validator = patterns.format_validator(name)
    return validator is None or bool(validator.is_valid(text))


def _in_size(size: int, flat: Flat) -> bool:
    return flat.min_size <= size and (flat.max_size is None or size <= flat.max_size)


_CHECKS = {
    "null": Values.null,
    "boolean": Values.null,
    "number": Values.number,
    "string": Values.string,
    "array": Values.array,
    "object": Values.object,
}
