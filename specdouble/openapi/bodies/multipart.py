"""Multipart forms: fields in media types of their own, and files."""

import re
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from specdouble.openapi.bodies import json_body
from specdouble.openapi.bodies.base import BodyError, File, Limits
from specdouble.openapi.media_types import is_json, kind_of, parameter_of
from specdouble.openapi.parameters.nested import build, flatten, steps
from specdouble.openapi.parameters.styles import PLAIN, join_list
from specdouble.openapi.shapes import Shape, text_of


def read(raw: bytes, content_type: str, shape: Shape, encodings: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """Return the members of a form. A part with a file name, or whose schema is binary, is a `File`.

    Parts are read by the media type that they name; a text is read by its schema, where that is a mapping as JSON.
    """
    found: dict[str, Any] = {}
    nested: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, part in _parts(raw, content_type, limits):
        inner = None if name in shape.properties or part.name is not None else steps(name)
        if inner and inner[1] != ("",):
            nested.setdefault(inner[0], []).append((inner[1], _text(part, name)))
            continue
        name = inner[0] if inner else name
        member = shape.member(name)
        if member.form == "array" and not (is_json(part.media_type) and part.data.lstrip()[:1] == b"["):
            listed = found.setdefault(name, [])
            delimiter = _delimiter(encodings.get(name))
            if delimiter and part.name is None:
                pieces = _text(part, name).split(delimiter)
                listed += [member.item(len(listed) + at).read(one) for at, one in enumerate(pieces)]
                continue
            listed.append(_value(part, member.item(len(listed)), name, limits))
        else:
            value = _value(part, member, name, limits)
            if name in found and (member.untyped or inner):
                known = found[name]
                value = [*known, value] if isinstance(known, list) else [known, value]
            found[name] = value
    for name, pairs in nested.items():
        try:
            found[name] = build(pairs, shape.member(name))
        except ValueError as error:
            raise BodyError(str(error), place=(name,)) from None
    return found


def _parts(raw: bytes, content_type: str, limits: Limits) -> list[tuple[str, File]]:
    from werkzeug.exceptions import RequestEntityTooLarge  # only here: forms with files are rare
    from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder
    from werkzeug.sansio.multipart import File as FilePart

    boundary = parameter_of(content_type, "boundary")
    if not boundary:
        raise BodyError("the media type names no boundary", "media-type")
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), len(raw), max_parts=limits.fields)
    found: list[tuple[str, File]] = []
    data: list[bytes] = []
    part: Field | FilePart | None = None
    try:
        decoder.receive_data(raw)
        decoder.receive_data(None)
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, Field | FilePart):
                part = event
                if not isinstance(part.name, str):
                    raise BodyError("a part has no name")
            elif isinstance(event, Data) and part is not None:
                data.append(event.data)
                if not event.more_data:
                    file_name = part.filename if isinstance(part, FilePart) else None
                    kind = part.headers.get("content-type") or ""
                    found.append((part.name, File(b"".join(data), file_name, kind)))
                    data, part = [], None
    except RequestEntityTooLarge:
        raise BodyError(f"more than {limits.fields} parts", "size") from None
    except UnicodeDecodeError:
        raise BodyError("the headers of a part are not valid UTF-8") from None
    except BodyError:
        raise
    except (ValueError, AttributeError) as error:  # a part without the line break that ends its headers
        raise BodyError(f"not a valid form ({error})") from None
    return found


def _value(part: File, shape: Shape, name: str, limits: Limits) -> Any:
    if part.name is not None or shape.binary:
        return File(part.data, part.name, part.media_type or "application/octet-stream")
    if is_json(part.media_type) or (shape.form != "text" and kind_of(part.media_type) in ("", "text/plain")):
        try:
            return json_body.read(part.data, limits)
        except BodyError as error:
            raise BodyError(error.reason, error.kind, (name, *error.place)) from None
    if part.media_type and not part.media_type.lower().startswith("text/"):
        return File(part.data, None, part.media_type)
    return shape.read(_text(part, name))


def _delimiter(encoding: Any) -> str | None:
    """Return what separates the items of a list that is one part, or None where each item is a part of its own."""
    if not isinstance(encoding, dict) or encoding.get("explode") is not False or "contentType" in encoding:
        return None
    return {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}.get(
        encoding.get("style", "")
    )


def _text(part: File, name: str) -> str:
    charset = parameter_of(part.media_type, "charset") or "utf-8"
    try:
        return part.data.decode(charset)
    except (UnicodeError, LookupError):
        raise BodyError(f"not valid {charset[:40]}", place=(name,)) from None


def write(value: Any, shape: Shape, encodings: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return a mapping as a form, and the boundary between its parts."""
    parts = [_part(name, file) for name, file in parts_of(value, shape, encodings)]
    boundary = token_hex(16)
    while any(boundary.encode() in part for part in parts):
        boundary = token_hex(16)
    line = f"--{boundary}".encode()
    return b"".join(b"%s\r\n%s\r\n" % (line, part) for part in parts) + line + b"--\r\n", boundary


def parts_of(value: Any, shape: Shape, encodings: Mapping[str, Any]) -> list[tuple[str, File]]:
    """Return the parts of a form with their names; raises ``BodyError`` for what is no mapping."""
    if not isinstance(value, dict):
        raise BodyError("a form is a mapping", "value")
    parts: list[tuple[str, File]] = []
    for name, one in value.items():
        encoding = encodings.get(name)
        parts += _written(name, one, shape.member(name), encoding if isinstance(encoding, dict) else {})
    return parts


def _written(name: str, value: Any, shape: Shape, encoding: Mapping[str, Any]) -> list[tuple[str, File]]:
    kinds = [one.strip() for one in str(encoding.get("contentType", "")).split(",")]
    kind = next((one for one in kinds if one and "*" not in one), "")
    try:
        if encoding.get("style") == "deepObject" and not kind:
            return [(field, File(text.encode(), None, "")) for field, text in flatten(name, value)]
        delimiter = _delimiter(encoding)
        if delimiter and isinstance(value, list):
            value = join_list(value, delimiter, PLAIN)
        items = value if isinstance(value, list) and not is_json(kind) else [value]
        return [(name, _file(one, kind)) for one in items]
    except ValueError as error:
        raise BodyError(str(error), "value", (name,)) from None


def _file(value: Any, kind: str) -> File:
    if isinstance(value, File):
        return value
    if isinstance(value, bytes):
        return File(value, None, kind or "application/octet-stream")
    if isinstance(value, dict | list) or is_json(kind):
        return File(json_body.write(value), None, kind or "application/json")
    return File(text_of(value).encode(), None, kind)


def _part(name: str, file: File) -> bytes:
    lines = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if file.name is not None:
        lines += f'; filename="{_quoted(file.name)}"'
    if file.media_type:
        if re.search(r"[\r\n]", file.media_type):
            raise BodyError("a media type cannot hold line breaks", "value", (name,))
        lines += f"\r\nContent-Type: {file.media_type}"
    return lines.encode() + b"\r\n\r\n" + file.data


def _quoted(text: str) -> str:
    """Return a name as browsers write it."""
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
