"""Which formats say something about a value, and which of two says more."""

from specdouble.openapi.keywords import INTEGER_FORMATS
from specdouble.openapi.schemas.flat import Limit

# Hints for forms and generators: every value has them.
HINTS = frozenset({"password", "textarea", "markdown", "html", "color"})
# Each format with those that accept everything it accepts.
_WIDER = {
    "int8": ("int16", "int32", "int64", "double-int"),
    "int16": ("int32", "int64", "double-int"),
    "uint8": ("int16", "int32", "int64", "uint16", "uint32", "uint64", "double-int"),
    "uint16": ("int32", "int64", "uint32", "uint64", "double-int"),
    "uint32": ("int64", "uint64", "double-int"),
    "int32": ("int64", "double-int"),
    "float": ("double",),
    "email": ("idn-email",),
    "hostname": ("idn-hostname",),
    "uri": ("uri-reference", "iri", "iri-reference"),
    "uri-reference": ("iri-reference",),
    "iri": ("iri-reference",),
    "url": ("uri", "uri-reference", "iri", "iri-reference"),
}


def implies(narrow: str, wide: str) -> bool:
    """Tell whether each value of the one format has the other too."""
    return narrow == wide or wide in _WIDER.get(narrow, ())


def limits(name: str) -> tuple[Limit, Limit] | None:
    """Return the least and the greatest integer of a format, or None where it has none."""
    if name not in INTEGER_FORMATS:
        return None
    low, high = INTEGER_FORMATS[name]
    return (low, False), (high, False)
