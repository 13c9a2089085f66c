"""URL-encoded forms. `encoding` says how members are written; what it leaves open is read in every usual way."""

from collections.abc import Mapping
from typing import Any

from specdouble.openapi.bodies.base import BodyError, Limits
from specdouble.openapi.media_types import is_json
from specdouble.openapi.parameters.nested import steps
from specdouble.openapi.parameters.pairs import Field, FieldError, decode_pairs, encode_pairs, split_pairs
from specdouble.openapi.shapes import Shape

_STYLES = ("form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject")
Encodings = Mapping[str, Any]


def read(raw: bytes, shape: Shape, encodings: Encodings, limits: Limits) -> dict[str, Any]:
    """Return the members of a form, typed by the shape; a name without a schema is a text, or a list where repeated."""
    try:
        pairs = split_pairs(raw.decode("ascii").strip("\r\n"), limits.fields)
    except UnicodeDecodeError:
        raise BodyError("the form holds bytes that are not percent-encoded") from None
    except ValueError as error:
        raise BodyError(str(error), "size" if "more than" in str(error) else "syntax") from None
    names = dict.fromkeys(name for name, _ in pairs)
    fields: dict[str, Field] = {}
    for name in names:
        found = None if name in shape.properties else steps(name)
        first = found[0] if found else name
        fields[first] = _field(
            first, shape.member(first), encodings.get(first), nested=bool(found) or _is_nested(fields, first)
        )
    for name in shape.properties:
        if name not in fields:
            fields[name] = _field(name, shape.member(name), encodings.get(name), nested=False)
    fields = {name: _repeated(field, [raw for one, raw in pairs if one == name]) for name, field in fields.items()}
    values, _, errors = decode_pairs(fields.values(), pairs)
    if errors:
        raise BodyError(errors[0].reason, place=(errors[0].name,))
    return values


def write(value: Any, shape: Shape, encodings: Encodings) -> bytes:
    """Return a mapping as a form: members without `encoding` as the specification says, complex ones as JSON."""
    if not isinstance(value, dict):
        raise BodyError("a form is a mapping", "value")
    fields = []
    for name, one in value.items():
        field = _field(name, shape.member(name), encodings.get(name), nested=False)
        complex_ = isinstance(one, dict) or (isinstance(one, list) and any(isinstance(i, dict | list) for i in one))
        styled = isinstance(encodings.get(name), dict) and "style" in encodings[name]
        json = field.json or (complex_ and not styled)
        fields.append(Field(name, field.shape, field.style, field.explode, field.allow_reserved, json))
    try:
        return encode_pairs(fields, value).encode()
    except FieldError as error:
        raise BodyError(error.reason, "value", (error.name,)) from None


def _is_nested(fields: Mapping[str, Field], name: str) -> bool:
    return name in fields and fields[name].style == "deepObject"


def _field(name: str, shape: Shape, encoding: Any, *, nested: bool) -> Field:
    given = encoding if isinstance(encoding, dict) else {}
    style = given.get("style")
    reserved = given.get("allowReserved") is True
    if style in _STYLES:
        explode = given.get("explode")
        return Field(name, shape, style, explode if isinstance(explode, bool) else style == "form", reserved)
    if nested:
        return Field(name, shape, "deepObject", True, reserved)
    complex_ = shape.form == "object" or (shape.form == "array" and shape.item().form != "text")
    return Field(name, shape, "form", True, reserved, json=complex_ or is_json(str(given.get("contentType", ""))))


def _repeated(field: Field, texts: list[str]) -> Field:
    """Read a name that is repeated, and that no schema knows, as a list."""
    if len(texts) > 1 and field.shape.untyped and field.style == "form" and not field.json:
        return Field(field.name, field.shape, "deepObject", True, field.allow_reserved)
    return field
