"""Compiled validation of requests and responses, from one registry of the document's schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

import orjson

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.lax import LEAST_INT, MAX_INT, Lax
from specdouble.mock.pipeline.problems import Problem, invalid
from specdouble.mock.pipeline.wording import TOO_LARGE, describe
from specdouble.openapi import Body, Operation, Parameter
from specdouble.openapi.bodies import BodyCheck, BodyError, without_files
from specdouble.openapi.bodies.codec import SEQUENCES
from specdouble.openapi.media_types import best, is_json, kind_of
from specdouble.openapi.parameters import IGNORED, Parameters
from specdouble.openapi.validation.compiled import Schemas

Loc = tuple[str | int, ...]
Error = tuple[Loc, str, str]
_DEEPEST = 200  # a response may hold the body, a few levels deeper; orjson writes no more than 254
_NOTES = frozenset({"type", "title", "default", "description", "anyOf", "example", "examples"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")


def _types(schema: dict[str, Any]) -> set[str]:
    found = schema.get("type")
    types = {found} if isinstance(found, str) else set(found or ())
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        types |= _types(part)
    return types


def _integer(text: str) -> Any:
    if not _WHOLE.fullmatch(text):
        return text
    value = int(text)
    return value if LEAST_INT <= value <= MAX_INT else text


def _number(text: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text
    return value if isfinite(value) and "_" not in text and text == text.strip() else text


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _text(text: str) -> str:
    return text


class ParameterChecker:
    """Reads one path or query parameter from text into its declared type and checks its bounds."""

    __slots__ = (
        "array", "coerce", "default", "has_default", "lax", "location", "name", "plain", "required", "schema",
        "validator",
    )  # fmt: skip

    def __init__(self, parameter: Parameter, schemas: Schemas, lax: Lax | None = None) -> None:
        schema = schemas.resolve(parameter.schema)
        types = _types(schema) - {"null"}
        self.name = parameter.name
        self.location = parameter.location
        self.required = parameter.required
        self.has_default = "default" in schema
        self.default = schema.get("default")
        self.array = types == {"array"}
        coercions: dict[str, Callable[[str], Any]] = {"integer": _integer, "number": _number, "boolean": _boolean}
        mixed = _text if not types or "string" in types else schemas.shapes.of(parameter.schema).read
        self.coerce = coercions.get(next(iter(types)), _text) if len(types) == 1 else mixed
        self.lax = lax
        self.schema = parameter.schema
        self.plain = types == {"string"} and _is_plain(schema)
        self.validator = schemas.validator(parameter.schema)

    def read(self, value: Any, errors: list[Error]) -> Any:
        """Return the value in its declared type; appends to ``errors`` what is wrong with it."""
        if self.array:
            value = list(value) if self.lax else [self.coerce(item) for item in value]
        elif isinstance(value, str):
            if "\0" in value:
                errors.append(((self.location, self.name), "Value must not contain NUL", "value_error"))
                return value
            value = value if self.lax else self.coerce(value)
        return value if self.plain else self.check(value, errors)

    def check(self, value: Any, errors: list[Error]) -> Any:
        """Check the bounds of a value that was read, and return it; appends to ``errors``."""
        loc = (self.location, self.name)
        return _checked(value, self.validator, self.schema, self.lax, loc, errors)


def _checked(
    value: Any, validator: Any, schema: Any, lax: Lax | None, loc: Loc, errors: list[Error], *, files: bool = False
) -> Any:
    """Return a value as it is read, in the lax mode where that is given; appends to ``errors`` what is wrong."""
    if lax is not None:
        value = lax.read(value, schema, loc, errors)
    plain = without_files(value) if files else value
    if not validator.is_valid(plain):
        found = [one for one in validator.iter_errors(plain) if not _is_value_of_step(one, plain)]
        errors.extend(describe((one for one in found if lax is None or not _is_told(one)), loc))
    return value


def _is_told(error: Any) -> bool:
    """Tell whether the lax mode has judged already what an error is about: addresses have rules of their own there."""
    return bool(error.kind.name == "format" and error.kind.format == "email")


def _is_plain(schema: dict[str, Any]) -> bool:
    """Tell whether any text will do: nothing but types and notes, in the branches of an ``anyOf`` too."""
    return not schema.keys() - _NOTES and all(map(_is_plain, schema.get("anyOf", ())))


def _too_deep(value: Any) -> bool:
    """Tell whether a JSON value nests deeper than any document needs."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _nul_at(value: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Find the first text that holds NUL, as a key or as a value."""
    if isinstance(value, str):
        return path if "\0" in value else None
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        found = (*path, key) if isinstance(key, str) and "\0" in key else _nul_at(part, (*path, key))
        if found is not None:
            return found
    return None


class StyledParameters:
    """Reads the parameters that are more than a text or a repeated name: styles, objects, headers, cookies."""

    __slots__ = ("_codec", "_parts")

    def __init__(
        self, parameters: tuple[Parameter, ...], styled: list[Parameter], schemas: Schemas, lax: Lax | None
    ) -> None:
        beside = [one for one in parameters if one.location == "query" and one not in styled]
        self._codec = Parameters([*styled, *beside], schemas.shapes if lax is None else schemas.texts)
        self._parts = [ParameterChecker(one, schemas, lax) for one in styled]

    def read(self, call: Call, errors: list[Error]) -> None:
        """Put values into ``call.params`` and ``call.query``; headers and cookies are only checked."""
        values, wrong = self._codec.decode(call.params, call.text_query, call.headers, decoded_path=True)
        unread = {(one.location, one.name) for one in wrong}
        errors.extend(((one.location, one.name), one.reason, "value_error") for one in wrong)
        for part in self._parts:
            found = values.get(part.location, {})
            into = call.params if part.location == "path" else call.query
            if part.name in found:
                found[part.name] = part.check(found[part.name], errors)
            elif part.required and (part.location, part.name) not in unread:
                errors.append(((part.location, part.name), "Field required", "missing"))
            if part.location in ("path", "query", "querystring"):
                into[part.name] = found.get(part.name, part.default if part.has_default else None)


def _is_styled(parameter: Parameter, schemas: Schemas) -> bool:
    """Tell whether a parameter is more than a text, or in a query a repeated name."""
    form = schemas.shapes.of(parameter.schema).form
    if parameter.location in ("header", "cookie"):
        named = parameter.location == "cookie" or parameter.name.lower() not in IGNORED
        schema = schemas.resolve(parameter.schema)
        plain = form == "text" and _is_plain(schema) and _types(schema) <= {"string", "null"}
        return named and (parameter.required or not plain)
    whole = parameter.location == "querystring" or parameter.style == "deepObject"
    if parameter.content is not None or form == "object" or whole:
        return True
    if parameter.location == "path":
        return form == "array" or parameter.style != "simple"
    return form == "array" and (parameter.style != "form" or not parameter.explode)


def _is_value_of_step(error: Any, body: Any) -> bool:
    """Tell whether an error is about the value of a step of a JSON Patch: it may be any, whatever a document says."""
    path = list(error.instance_path)
    if not path or path[-1] != "value" or error.kind.name != "type":
        return False
    step = body
    for name in path[:-1]:
        step = step[name]
    return isinstance(step, dict) and {"op", "path"} <= step.keys()


class BodyChecker:
    """Parses and checks a request body: JSON, or whatever else the document declares."""

    __slots__ = ("bodies", "check", "json", "lax", "required", "schema", "schemas", "validator", "whole")

    def __init__(self, body: Body, schemas: Schemas, lax: Lax | None = None) -> None:
        self.lax = lax
        self.required = body.required
        self.schemas = schemas
        self.check = BodyCheck(body.content, schemas, schemas.request, texts=lax is not None)
        self.bodies = self.check.bodies
        schema = body.content.get("application/json")
        self.json = schema is not None
        self.schema = schema.schema if schema is not None else True
        self.validator = schemas.validator(self.schema, schemas.request)
        target = schemas.resolve(self.schema)
        self.whole = tuple(
            name
            for name, part in target.get("properties", {}).items()
            if "integer" in (types := _types(schemas.resolve(part))) and "number" not in types
        )

    def read(self, raw: bytes, content_type: str | None) -> Any:
        """Return the parsed body; raises a 422 ``Problem`` that says what is wrong with it."""
        if self._is_other(content_type):
            return self._read_other(raw, content_type)
        if not raw:
            if self.required:
                raise invalid((("body",), "Field required", "missing"))
            return {}
        if content_type and not self._means_json(content_type):
            detail = f"Input should be a valid dictionary or object: send application/json, not {content_type[:80]}"
            raise invalid((("body",), detail, "model_attributes_type"))
        try:
            value = orjson.loads(raw if self.lax is None else _in_utf8(raw))
        except orjson.JSONDecodeError as error:
            raise invalid((("body", error.pos), f"JSON decode error: {error.msg}", "json_invalid")) from None
        if isinstance(value, dict | list) and raw.count(b"[") + raw.count(b"{") > _DEEPEST and _too_deep(value):
            raise invalid((("body",), f"JSON decode error: deeper than {_DEEPEST} levels", "json_invalid"))
        if b"\\u0000" in raw:
            found = _nul_at(value, ("body",))
            if found is not None:
                raise invalid((found, "Value must not contain NUL", "value_error"))
        errors: list[Error] = []
        value = _checked(value, self.validator, self.schema, self.lax, ("body",), errors)
        if errors:
            raise invalid(*errors)
        if self.whole and isinstance(value, dict):
            for name in self.whole:
                number = value.get(name)
                least = LEAST_INT + isinstance(number, float)  # a smaller one is read as a float, which may round to it
                if isinstance(number, float | int) and not least <= number <= MAX_INT:
                    raise invalid((("body", name), TOO_LARGE, "int_parsing_size"))
                if isinstance(number, float):
                    value[name] = int(number)
        return value

    def _means_json(self, content_type: str) -> bool:
        return is_json(content_type) and (self.lax is None or kind_of(content_type).startswith("application/"))

    def _is_other(self, content_type: str | None) -> bool:
        """Tell whether a body is meant that is not JSON."""
        if not self.json or not content_type:
            return not self.json
        return not self._means_json(content_type) and best(self.bodies.content, content_type) is not None

    def _read_other(self, raw: bytes, content_type: str | None) -> Any:
        if not raw:
            if self.required:
                raise invalid((("body",), "Field required", "missing"))
            return None
        try:
            value = self.bodies.decode(raw, content_type)
        except BodyError as error:
            kind = {"media-type": "media_type", "syntax": "json_invalid"}.get(error.kind, "value_error")
            raise invalid((("body", *error.place), error.reason, kind)) from None
        media_type, content = self.bodies.pick(content_type)
        if kind_of(media_type) in SEQUENCES:  # each item has a schema of its own
            mistakes = list(self.check.mistakes(value, content, kind_of(media_type)))
            if mistakes:
                raise invalid(*((("body", *one.place), one.message, "value_error") for one in mistakes))
            return value
        schema = content.schema
        if kind_of(content_type or "") == "application/json-patch+json" and isinstance(value, list):
            schema = True  # a list of steps, whatever a document says of the whole; its form was checked with it
        errors: list[Error] = []
        if self.lax is not None and isinstance(value, dict):  # a field left empty is one that was not filled in
            value = {name: one for name, one in value.items() if one != ""}
        validator = self.schemas.validator(schema, self.schemas.request)
        value = _checked(value, validator, schema, self.lax, ("body",), errors, files=True)
        if errors:
            raise invalid(*errors)
        return value


def _in_utf8(raw: bytes) -> bytes:
    """Return JSON text as Python's own reader finds it: behind a mark of its byte order, or in UTF-16 or UTF-32."""
    encoding = json.detect_encoding(raw)
    if encoding == "utf-8":
        return raw
    try:
        return raw.decode(encoding).encode()
    except UnicodeError:
        return raw


class Checker:
    """Checks requests to and responses of one operation; `lax` reads requests as FastAPI with pydantic 2 does."""

    __slots__ = ("_body", "_lax", "_path", "_query", "_schemas", "_spec", "_styled")

    def __init__(self, spec: Operation, schemas: Schemas, lax: bool = False) -> None:
        self._lax = Lax(schemas) if lax else None
        self._spec = spec
        self._schemas = schemas
        self._path: tuple[ParameterChecker, ...] | None = None
        self._query: tuple[ParameterChecker, ...] = ()
        self._styled: StyledParameters | None = None
        self._body: BodyChecker | None = None

    def _build(self) -> tuple[ParameterChecker, ...]:
        given = self._spec.parameters
        styled = [one for one in given if _is_styled(one, self._schemas)]
        if styled:
            self._styled = StyledParameters(given, styled, self._schemas, self._lax)
        simple = [one for one in given if one.location in ("path", "query") and one not in styled]
        parts = [ParameterChecker(one, self._schemas, self._lax) for one in simple]
        self._query = tuple(part for part in parts if part.location == "query")
        body = self._spec.body
        self._body = BodyChecker(body, self._schemas, self._lax) if body else None
        self._path = tuple(part for part in parts if part.location == "path" and not part.plain)
        return self._path

    def request(self, call: Call) -> None:
        """Fill ``call.params``, ``call.query`` and ``call.body``; raises one 422 ``Problem`` with every error."""
        path = self._path if self._path is not None else self._build()
        errors: list[Error] = []
        for part in path:
            call.params[part.name] = part.read(call.params[part.name], errors)
        if self._query:
            self._read_query(call, errors)
        if self._styled is not None:
            self._styled.read(call, errors)
        body: Any = None
        if self._body is not None:
            try:
                body = self._body.read(call.raw, call.headers.get("content-type"))
            except Problem as problem:
                errors.extend((tuple(one["loc"]), one["msg"], one["type"]) for one in problem.detail)
        if errors:
            raise invalid(*errors)
        call.body = body

    def _read_query(self, call: Call, errors: list[Error]) -> None:
        sent: dict[str, Any] = {}
        if call.text_query:
            try:
                pairs = parse_qsl(call.text_query, keep_blank_values=True, errors="strict", max_num_fields=1000)
            except ValueError:
                raise invalid((("query",), "The query string is not valid UTF-8 form data", "value_error")) from None
            for name, value in pairs:
                sent.setdefault(name, []).append(value)
        query = call.query
        for part in self._query:
            values = sent.get(part.name)
            if values is not None:
                query[part.name] = part.read(values if part.array else values[-1], errors)
            elif part.has_default:
                query[part.name] = part.default
            elif part.required:
                errors.append((("query", part.name), "Field required", "missing"))
            else:
                query[part.name] = None

    def response(self, status: int, content_type: str, body: bytes) -> Iterator[str]:
        """Yield what a response breaks of the document's promise: status, content type, or schema with its pointer."""
        promised = self._spec.response(status)
        if promised is None:
            yield f"status {status} is not declared for {self._spec.key}"
            return
        declared = promised.content or {}
        if declared and best(declared, content_type) is None:
            media = content_type.partition(";")[0].strip()
            yield f"content type {media} is not the declared {' or '.join(declared)} ({promised.pointer})"
        elif declared:
            _, mistakes = BodyCheck(declared, self._schemas, self._schemas.response).read(body, content_type)
            for one in mistakes:
                yield f"at /{'/'.join(map(str, one.place))}: {one.message} ({promised.pointer})"
