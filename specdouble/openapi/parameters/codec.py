"""The parameters of one operation: decoded by a server, encoded by a client.

Values are grouped by location: `{"path": {"id": 7}, "query": {"tags": ["a", "b"]}}`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from specdouble.openapi.media_types import is_json
from specdouble.openapi.operations import Parameter
from specdouble.openapi.parameters import styles
from specdouble.openapi.parameters.pairs import Field, FieldError, decode_pairs, encode_pairs, split_pairs
from specdouble.openapi.parameters.styles import HEADER, PATH, Texts
from specdouble.openapi.reading.json_text import encode as write_json
from specdouble.openapi.shapes import Shape, Shapes, text_of

IGNORED = frozenset({"accept", "content-type", "authorization"})  # headers that are described elsewhere
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
Values = dict[str, dict[str, Any]]


class ParameterError(ValueError):
    """A parameter that cannot be encoded or decoded: its location, its name and the reason."""

    def __init__(self, location: str, name: str, reason: str) -> None:
        super().__init__(f"{name} in {location}: {reason}")
        self.location = location
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EncodedRequest:
    """Parameters as they are sent: texts of the path by name, encoded; the query string; headers, with `cookie`."""

    path: dict[str, str]
    query: str
    headers: dict[str, str]


class Sent(Protocol):
    """Texts by name, such as a mapping or the headers of a request."""

    def get(self, key: str, /) -> str | None:
        """Return the text of that name, or None."""


class Parameters:
    """Encodes and decodes the parameters of one operation."""

    def __init__(self, parameters: Iterable[Parameter], shapes: Shapes) -> None:
        self._by_location: dict[str, list[tuple[Parameter, Shape]]] = {}
        for one in parameters:
            if one.location != "header" or one.name.lower() not in IGNORED:
                self._by_location.setdefault(one.location, []).append((one, shapes.of(one.schema)))
        self._query = [_field(one, shape) for one, shape in self._by_location.get("query", ())]

    def encode(self, values: Mapping[str, Mapping[str, Any]]) -> EncodedRequest:
        """Return what is sent for these values; a parameter without a value is not sent.

        Raises:
            ParameterError: a value cannot be written in the style of its parameter.

        """
        path = {one.name: _write(one, values, PATH) for one, _ in self._given("path", values)}
        headers = {one.name: _write(one, values, HEADER) for one, _ in self._given("header", values)}
        cookies = [_cookie(one, shape, values) for one, shape in self._given("cookie", values)]
        if any(cookies):
            headers["cookie"] = "; ".join(filter(None, cookies))
        try:
            query = encode_pairs(self._query, values.get("query", {}))
        except FieldError as error:
            raise ParameterError("query", error.name, error.reason) from None
        for one, shape in self._given("querystring", values):
            query = _whole_query(one, shape, values["querystring"][one.name])
        return EncodedRequest(path, query, headers)

    def decode(
        self, path: Sent, query: str, headers: Sent, *, decoded_path: bool = False
    ) -> tuple[Values, list[ParameterError]]:
        """Return the values that were sent, typed by their schemas, and what cannot be read.

        `path` holds the texts of the path as they were sent, or with percent-encoding undone (`decoded_path`);
        `headers` has names in lower case. A parameter that was not sent has no value, and no default either.
        """
        found: Values = {location: {} for location in self._by_location}
        errors: list[ParameterError] = []
        texts = Texts(styles.encoded, styles.plain) if decoded_path else PATH
        for location, sent, how in (("path", path, texts), ("header", headers, HEADER)):
            for one, shape in self._by_location.get(location, ()):
                raw = sent.get(one.name if location == "path" else one.name.lower())
                if raw is not None:
                    try:
                        found[location][one.name] = _read(one, shape, raw, how)
                    except ValueError as error:
                        errors.append(ParameterError(location, one.name, _reason(error)))
        self._decode_query(query, found, errors)
        self._decode_cookies(headers.get("cookie") or "", found, errors)
        return found, errors

    def _given(self, location: str, values: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[Parameter, Shape]]:
        given = values.get(location, {})
        return [one for one in self._by_location.get(location, ()) if one[0].name in given]

    def _decode_query(self, query: str, found: Values, errors: list[ParameterError]) -> None:
        if self._query:
            try:
                values, _, wrong = decode_pairs(self._query, split_pairs(query))
            except ValueError as error:
                errors.append(ParameterError("query", "", _reason(error)))
                return
            found["query"] = values
            errors += [ParameterError("query", one.name, one.reason) for one in wrong]
        for one, shape in self._by_location.get("querystring", ()):
            if query:
                try:
                    found["querystring"][one.name] = _read_whole_query(one, shape, query)
                except ValueError as error:
                    errors.append(ParameterError("querystring", one.name, _reason(error)))

    def _decode_cookies(self, header: str, found: Values, errors: list[ParameterError]) -> None:
        wanted = self._by_location.get("cookie", ())
        if not wanted or not header:
            return
        pairs = [(name.strip(), value) for name, _, value in (one.strip().partition("=") for one in header.split(";"))]
        for one, shape in wanted:
            field = _field(one, shape)
            if one.style == "form":  # an exploded value is one cookie: a=1&a=2
                mine = [pair for name, value in pairs for pair in split_pairs(f"{name}={value}")]
            else:
                mine = [(name, styles.encoded(value)) for name, value in pairs]
            values, _, wrong = decode_pairs([field], mine)
            found["cookie"].update(values)
            errors += [ParameterError("cookie", fault.name, fault.reason) for fault in wrong]


def _field(one: Parameter, shape: Shape) -> Field:
    json = one.content is not None and is_json(one.content.media_type)
    style = "form" if one.style == "cookie" else one.style
    return Field(one.name, shape, style, one.explode, one.allow_reserved, json)


def _write(one: Parameter, values: Mapping[str, Mapping[str, Any]], texts: Texts) -> str:
    value = values[one.location][one.name]
    try:
        if one.content is not None:
            return texts.write(write_json(value).decode() if is_json(one.content.media_type) else text_of(value))
        if one.allow_reserved and one.location == "path":
            texts = Texts(lambda text: styles.reserved(text).replace("/", "%2F").replace("?", "%3F"), texts.read)
        return _styled(one, value, texts)
    except ValueError as error:
        raise ParameterError(one.location, one.name, str(error)) from None


def _styled(one: Parameter, value: Any, texts: Texts) -> str:
    name = texts.write(one.name)
    delimiter = _delimiter(one)
    if isinstance(value, list):
        if one.style == "matrix" and one.explode:
            return "".join(f";{name}={texts.write(text_of(item))}" for item in value)
        text = styles.join_list(value, delimiter, texts)
    elif isinstance(value, dict):
        text = styles.join_members(value, one.explode, delimiter, texts)
        if one.style == "matrix" and one.explode:
            return f";{text}"
    else:
        text = texts.write(text_of(value))
        if one.style == "label":
            text = text.replace(".", "%2E")
    return {"label": f".{text}", "matrix": f";{name}={text}"}.get(one.style, text)


def _delimiter(one: Parameter) -> str:
    if one.style == "matrix":
        return ";" if one.explode else ","
    return "." if one.style == "label" and one.explode else ","


def _read(one: Parameter, shape: Shape, raw: str, texts: Texts) -> Any:
    if one.location == "header":
        raw = raw.strip(" \t")
    if one.content is not None:
        text = texts.read(raw)
        return orjson.loads(text) if is_json(one.content.media_type) else shape.read(text)
    delimiter = _delimiter(one)
    if one.style in ("label", "matrix"):
        raw = _unmarked(one, shape, raw, texts)
    if one.location == "header" and shape.form != "text":
        texts = Texts(texts.write, lambda text: text.strip(" \t"))
    if shape.form == "array":
        return styles.split_list(raw, delimiter, shape, texts)
    if shape.form == "object":
        return styles.split_members(raw, one.explode, delimiter, shape, texts)
    return shape.read(texts.read(raw))


def _unmarked(one: Parameter, shape: Shape, raw: str, texts: Texts) -> str:
    """Return a value without what marks it as of style label (`.`) or matrix (`;name=`)."""
    if one.style == "label":
        if not raw.startswith("."):
            raise ValueError("a value of style label begins with a dot")
        return raw[1:]
    mark = f";{texts.write(one.name)}="
    if shape.form == "object" and one.explode:
        mark = ";"
    if not raw.startswith(mark):
        raise ValueError(f"a value of style matrix begins with {mark}")
    raw = raw[len(mark) :]
    return raw.replace(mark, ";") if shape.form == "array" and one.explode else raw


def _cookie(one: Parameter, shape: Shape, values: Mapping[str, Mapping[str, Any]]) -> str:
    value = values["cookie"][one.name]
    try:
        text = encode_pairs([_field(one, shape)], {one.name: value})
    except FieldError as error:
        raise ParameterError("cookie", one.name, error.reason) from None
    if one.style != "cookie":
        return text
    pairs = [(name, styles.query_text(raw)) for name, raw in split_pairs(text)]
    if not all(_TOKEN.fullmatch(name) for name, _ in pairs):
        raise ParameterError("cookie", one.name, "the style cookie cannot hold such a name")
    if any(not char.isprintable() or char in ';"' for _, raw in pairs for char in raw):
        raise ParameterError(
            "cookie", one.name, "the style cookie cannot hold semicolons, quotes or control characters"
        )
    return "; ".join(f"{name}={raw}" for name, raw in pairs)


def _whole_query(one: Parameter, shape: Shape, value: Any) -> str:
    if one.content is None or not isinstance(value, dict) or is_json(one.content.media_type):
        return styles.encoded(write_json(value).decode() if not isinstance(value, str) else value)
    return encode_pairs([Field(name, shape.member(name)) for name in value], value)


def _read_whole_query(one: Parameter, shape: Shape, query: str) -> Any:
    if one.content is not None and is_json(one.content.media_type):
        return orjson.loads(styles.query_text(query))
    if shape.form != "object":
        return styles.query_text(query)
    pairs = split_pairs(query)
    fields = [Field(name, shape.member(name)) for name in dict.fromkeys(name for name, _ in pairs)]
    values, _, wrong = decode_pairs(fields, pairs)
    if wrong:
        raise ValueError(str(wrong[0]))
    return values


def _reason(error: ValueError) -> str:
    return "not valid UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
