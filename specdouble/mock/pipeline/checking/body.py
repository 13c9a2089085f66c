"""Bodies of requests."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from specdouble.mock.pipeline.checking.lax import LEAST_INT, MAX_INT, Lax
from specdouble.mock.pipeline.checking.values import Error, checked, types_of
from specdouble.mock.pipeline.checking.wording import TOO_LARGE
from specdouble.mock.pipeline.problems import invalid
from specdouble.openapi import Body
from specdouble.openapi.bodies import BodyCheck, BodyError
from specdouble.openapi.bodies.codec import SEQUENCES
from specdouble.openapi.media_types import best, is_json, kind_of
from specdouble.openapi.validation.compiled import Schemas

_DEEPEST = 200  # a response may hold the body, a few levels deeper; orjson writes no more than 254


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
            if "integer" in (types := types_of(schemas.resolve(part))) and "number" not in types
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
        text = raw if self.lax is None else _in_utf8(raw)
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise invalid((("body", error.pos), f"JSON decode error: {error.msg}", "json_invalid")) from None
        if isinstance(value, dict | list) and text.count(b"[") + text.count(b"{") > _DEEPEST and _too_deep(text):
            raise invalid((("body",), f"JSON decode error: deeper than {_DEEPEST} levels", "json_invalid"))
        if b"\\u0000" in raw:
            found = _nul_at(value, ("body",))
            if found is not None:
                raise invalid((found, "Value must not contain NUL", "value_error"))
        errors: list[Error] = []
        value = checked(value, self.validator, self.schema, self.lax, ("body",), errors)
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
        value = checked(value, validator, schema, self.lax, ("body",), errors, files=True)
        if errors:
            raise invalid(*errors)
        return value


def _in_utf8(raw: bytes) -> bytes:
    """Return JSON text as Python's own reader finds it: behind a mark of its byte order, or in UTF-16 or UTF-32."""
    if raw[:1] == b"{" and raw[1:2] not in (b"", b"\0"):  # as nearly all of it does
        return raw
    encoding = json.detect_encoding(raw)
    if encoding == "utf-8":
        return raw
    try:
        return raw.decode(encoding).encode()
    except UnicodeError:
        return raw


_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


def _too_deep(text: bytes) -> bool:
    """Tell whether JSON nests deeper than any document needs: each turn takes away what is innermost.

    To walk through a large value takes a second or more, for which everybody else would wait.
    """
    brackets = _TEXT.sub(b"", text).translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(_DEEPEST):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


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
