"""Regular expressions of JSON Schema: read as ECMA 262 reads them."""

from functools import lru_cache
from typing import Any

EVERYTHING = frozenset({"", "^", "$", ".*", "^.*", ".*$", "^.*$", "(?:)", "[\\s\\S]*", "^[\\s\\S]*$"})


@lru_cache(4096)
def _validator(pattern: str) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except Exception:  # the library raises its own kinds; a pattern that it cannot read matches nothing we know of
        return None


@lru_cache(4096)
def readable(pattern: str) -> bool:
    """Tell whether a pattern is a regular expression of ECMA 262."""
    from specdouble.openapi.patterns.grammar import is_ecma

    return is_ecma(pattern)


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; one that cannot be read is found everywhere."""
    validator = _validator(pattern)
    return validator is None or bool(validator.is_valid(text))


@lru_cache(4096)
def implies(narrow: str, wide: str) -> bool:
    """Tell whether it is certain that each text with the one pattern has the other too."""
    from specdouble.openapi.patterns.automata import UnreadableError, includes

    if narrow == wide or wide in EVERYTHING:
        return True
    try:
        return includes(wide, narrow)
    except UnreadableError:
        return False


@lru_cache(256)
def format_validator(name: str) -> Any:
    """Return a validator of strings of a format, or None where the library knows none."""
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    except Exception:  # see _validator
        return None
