"""A body in any of the media types that a document declares for it: which one it is, and what it says."""

from collections.abc import Mapping
from typing import Any

from specdouble.openapi.bodies import forms, json_body, multipart, sequences
from specdouble.openapi.bodies.base import BodyError, Limits
from specdouble.openapi.media_types import best, is_json, is_xml, kind_of, parameter_of
from specdouble.openapi.operations import Content
from specdouble.openapi.shapes import Shape, Shapes, text_of

_LINES = {
    "application/jsonl": b"\n",
    "application/x-ndjson": b"\n",
    "application/ndjson": b"\n",
    "application/x-jsonlines": b"\n",
    "application/json-seq": b"\x1e",
}
EVENTS = "text/event-stream"
SEQUENCES = frozenset({*_LINES, EVENTS})
_TEXTS = ("text/", "application/javascript", "application/graphql", "application/yaml", "application/x-yaml")
FORM = "application/x-www-form-urlencoded"
_BINARY = "application/octet-stream"


class Bodies:
    """Decodes and encodes a body by the media types that are declared for it."""

    def __init__(self, content: Mapping[str, Content], shapes: Shapes, limits: Limits | None = None) -> None:
        self.content = content
        self.limits = limits or Limits()
        self._shapes = shapes

    def pick(self, content_type: str | None) -> tuple[str, Content]:
        """Return the media type of a body and what is declared for it; without a header the usual one is meant.

        Raises:
            BodyError: nothing that is declared covers the media type.

        """
        if not self.content:
            raise BodyError("no body is declared", "media-type")
        if content_type is None or not content_type.strip():
            usual = next((one for one in self.content if is_json(one)), next(iter(self.content)))
            return usual if "*" not in usual else _BINARY, self.content[usual]
        found = best(self.content, content_type)
        if found is None:
            declared = ", ".join(self.content)
            raise BodyError(f"{content_type[:80]} is not declared: send {declared}", "media-type")
        return content_type, self.content[found]

    def decode(self, raw: bytes, content_type: str | None = None) -> Any:
        """Return what a body says: data, text, bytes, or a mapping that may hold `File`s.

        Raises:
            BodyError: its media type is not declared, it is too large, or it is not written as its media type asks.

        """
        if len(raw) > self.limits.size:
            raise BodyError(f"more than {self.limits.size} bytes", "size")
        media_type, content = self.pick(content_type)
        return self._decoded(raw, media_type, content)

    def _decoded(self, raw: bytes, media_type: str, content: Content) -> Any:
        kind = kind_of(media_type)
        shape = self._shapes.of(content.schema)
        if shape.untyped and kind_of(content.media_type) == "*/*":
            return raw  # anything at all is what was declared
        if is_json(kind):
            value = json_body.read(raw, self.limits)
            if kind == "application/json-patch+json":
                json_body.check_patch(value)
            return value
        if kind in SEQUENCES and shape.types == {"string"}:
            return _text(raw, media_type)  # a stream that the document calls a text
        if kind in _LINES:
            return json_body.read_sequence(raw, self.limits, _LINES[kind])
        if kind == FORM:
            return forms.read(raw, shape, content.encoding, self.limits)
        if kind == "multipart/form-data":
            return multipart.read(raw, media_type, shape, content.encoding, self.limits)
        if kind == EVENTS:
            return sequences.read_events(raw, self.limits)
        if kind.startswith("multipart/"):
            if shape.form == "object":
                return multipart.read(raw, media_type, shape, content.encoding, self.limits)
            return sequences.read_parts(raw, media_type, self.limits)
        if is_xml(kind) and not _opaque(kind, shape):
            from specdouble.openapi.bodies import xml_body

            return xml_body.read(raw, shape, self.limits)
        if (kind.startswith(_TEXTS) or is_xml(kind)) and not shape.binary:
            text = _text(raw, media_type)
            return shape.read(text) if shape.form == "text" else _data(text, self.limits)
        return raw

    def encode(self, value: Any, media_type: str | None = None) -> tuple[bytes, str]:
        """Return a value as bytes, and the media type to send with it (with the boundary of a form).

        Raises:
            BodyError: the media type is not declared, or cannot hold the value.

        """
        media_type, content = self.pick(media_type)
        kind = kind_of(media_type)
        shape = self._shapes.of(content.schema)
        if is_json(kind):
            return json_body.write(value), media_type
        if kind in SEQUENCES and isinstance(value, str):
            return _bytes(value, media_type), media_type
        if kind in _LINES:
            return json_body.write_sequence(value, _LINES[kind]), media_type
        if kind == FORM:
            return forms.write(value, shape, content.encoding), media_type
        if kind == "multipart/form-data":
            raw, boundary = multipart.write(value, shape, content.encoding)
            return raw, f"multipart/form-data; boundary={boundary}"
        if kind == EVENTS:
            return sequences.write_events(value), media_type
        if kind.startswith("multipart/"):
            mixed = not isinstance(value, dict)
            raw, boundary = sequences.write_parts(value) if mixed else multipart.write(value, shape, content.encoding)
            return raw, f"{kind}; boundary={boundary}"
        if is_xml(kind) and not _opaque(kind, shape):
            from specdouble.openapi.bodies import xml_body

            return xml_body.write(value, shape, _root(content, shape)), media_type
        if kind.startswith(_TEXTS) and shape.form != "text" and isinstance(value, dict | list):
            return json_body.write(value), media_type
        return _bytes(value, media_type), media_type


def _opaque(kind: str, shape: Shape) -> bool:
    """Whether a body is a text of a format of its own, such as SVG or Atom, which the document calls a string."""
    return kind.endswith("+xml") and shape.types == {"string"}


def _root(content: Content, shape: Shape) -> str:
    """Return the name of an XML root: the last part of the reference to the schema."""
    schema = content.schema
    ref = schema.get("$ref") if isinstance(schema, dict) else None
    return ref.rpartition("/")[2] if isinstance(ref, str) else "array" if shape.form == "array" else "root"


def _text(raw: bytes, media_type: str) -> str:
    charset = parameter_of(media_type, "charset") or "utf-8"
    try:
        return raw.decode(charset)
    except (UnicodeError, LookupError):
        raise BodyError(f"not valid {charset[:40]}") from None


def _data(text: str, limits: Limits) -> Any:
    """Return the object or list that a text says in JSON, the text itself where it says none."""
    try:
        return json_body.read(text.encode(), limits)
    except BodyError:
        return text


def _bytes(value: Any, media_type: str) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return text_of(value).encode(parameter_of(media_type, "charset") or "utf-8")
    except (ValueError, LookupError) as error:
        raise BodyError(str(error), "value") from None
