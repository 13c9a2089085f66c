"""Bodies that are a sequence of items: server-sent events and multipart without names, such as `multipart/mixed`."""

from secrets import token_hex
from typing import Any

from specdouble.openapi.bodies import json_body
from specdouble.openapi.bodies.base import BodyError, File, Limits
from specdouble.openapi.media_types import is_json, parameter_of
from specdouble.openapi.shapes import text_of

_FIELDS = ("event", "data", "id", "retry")


def read_events(raw: bytes, limits: Limits) -> list[dict[str, Any]]:
    """Return the events of a stream as browsers read it: mappings with `data`, and maybe `event`, `id`, `retry`.

    Comments, unknown fields and events without data are left out; an event that has not ended is none.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BodyError("not valid utf-8") from None
    found: list[dict[str, Any]] = []
    lines: dict[str, Any] = {}
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]:
        if line:
            _field(lines, line)
            continue
        if "data" in lines:
            found.append({**lines, "data": "\n".join(lines["data"])})
        if len(found) > limits.fields * 100:
            raise BodyError(f"more than {limits.fields * 100} events", "size")
        lines = {}
    return found


def _field(lines: dict[str, Any], line: str) -> None:
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if name == "data":
        lines.setdefault("data", []).append(value)
    elif name == "retry" and value.isascii() and value.isdigit():
        lines["retry"] = int(value[:15])
    elif name in ("event", "id") and "\0" not in value:
        lines[name] = value


def write_events(value: Any) -> bytes:
    """Return events as a stream; `data` that is no text is written as JSON."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BodyError("a stream is a list of events, each a mapping", "value")
    return b"".join(_event(one) for one in value)


def _event(event: dict[str, Any]) -> bytes:
    lines = []
    for name in _FIELDS:
        if name in event:
            value = event[name]
            text = value if isinstance(value, str) else json_body.write(value).decode()
            if name != "data" and ("\n" in text or "\r" in text):
                raise BodyError(f"`{name}` of an event cannot hold line breaks", "value", (name,))
            lines += [f"{name}: {one}\n" for one in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "".join([*lines, "\n"]).encode()


def read_parts(raw: bytes, media_type: str, limits: Limits) -> list[Any]:
    """Return the parts of a multipart body: JSON as data, text as text, anything else as a `File`."""
    from email.parser import BytesParser
    from email.policy import HTTP

    if not parameter_of(media_type, "boundary"):
        raise BodyError("the media type names no boundary", "media-type")
    head = f"Content-Type: {media_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + raw)
    if not message.is_multipart() or any("Boundary" in type(one).__name__ for one in message.defects):
        raise BodyError("not a valid multipart body: a boundary is missing")
    parts = message.get_payload()
    assert isinstance(parts, list)  # noqa: S101 - a multipart message has a list
    if len(parts) > limits.fields:
        raise BodyError(f"more than {limits.fields} parts", "size")
    return [_part(part, at, limits) for at, part in enumerate(parts)]


def _part(part: Any, at: int, limits: Limits) -> Any:
    data: bytes = part.get_payload(decode=True) or b""
    kind: str = part.get("Content-Type", "") or "text/plain"
    if is_json(kind):
        try:
            return json_body.read(data, limits)
        except BodyError as error:
            raise BodyError(error.reason, error.kind, (at, *error.place)) from None
    if part.get_filename() is None and kind.lower().startswith("text/"):
        try:
            return data.decode(parameter_of(kind, "charset") or "utf-8")
        except (UnicodeError, LookupError):
            raise BodyError("not valid text", place=(at,)) from None
    return File(data, part.get_filename(), kind)


def write_parts(value: Any) -> tuple[bytes, str]:
    """Return a list as parts, each in the media type of its kind, and the boundary between them."""
    if not isinstance(value, list):
        raise BodyError("a multipart body without names is a list", "value")
    parts = [_written(one) for one in value]
    boundary = token_hex(16)
    while any(boundary.encode() in part for part in parts):
        boundary = token_hex(16)
    line = f"--{boundary}".encode()
    return b"".join(b"%s\r\n%s\r\n" % (line, part) for part in parts) + line + b"--\r\n", boundary


def _written(value: Any) -> bytes:
    if isinstance(value, File):
        name = f'\r\nContent-Disposition: attachment; filename="{value.name}"' if value.name else ""
        return f"Content-Type: {value.media_type}{name}\r\n\r\n".encode() + value.data
    if isinstance(value, bytes):
        return b"Content-Type: application/octet-stream\r\n\r\n" + value
    if isinstance(value, dict | list):
        return b"Content-Type: application/json\r\n\r\n" + json_body.write(value)
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text_of(value).encode()
