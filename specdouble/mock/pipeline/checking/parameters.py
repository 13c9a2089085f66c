"""Parameters of requests: what a path, a query, headers and cookies say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.checking.lax import Lax
from specdouble.mock.pipeline.checking.values import (
    Error,
    as_boolean,
    as_integer,
    as_number,
    as_text,
    checked,
    types_of,
)
from specdouble.openapi import Parameter
from specdouble.openapi.parameters import IGNORED, Parameters
from specdouble.openapi.validation.compiled import Schemas

_NOTES = frozenset({"type", "title", "default", "description", "anyOf", "example", "examples"})


class ParameterChecker:
    """Reads one path or query parameter from text into its declared type and checks its bounds."""

    __slots__ = (
        "array", "coerce", "default", "has_default", "lax", "location", "name", "plain", "required", "schema",
        "validator",
    )  # fmt: skip

    def __init__(self, parameter: Parameter, schemas: Schemas, lax: Lax | None = None) -> None:
        schema = schemas.resolve(parameter.schema)
        types = types_of(schema) - {"null"}
        self.name = parameter.name
        self.location = parameter.location
        self.required = parameter.required
        self.has_default = "default" in schema
        self.default = schema.get("default")
        self.array = types == {"array"}
        coercions: dict[str, Callable[[str], Any]] = {"integer": as_integer, "number": as_number, "boolean": as_boolean}
        mixed = as_text if not types or "string" in types else schemas.shapes.of(parameter.schema).read
        self.coerce = coercions.get(next(iter(types)), as_text) if len(types) == 1 else mixed
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
        return checked(value, self.validator, self.schema, self.lax, loc, errors)


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


def is_styled(parameter: Parameter, schemas: Schemas) -> bool:
    """Tell whether a parameter is more than a text, or in a query a repeated name."""
    form = schemas.shapes.of(parameter.schema).form
    if parameter.location in ("header", "cookie"):
        named = parameter.location == "cookie" or parameter.name.lower() not in IGNORED
        schema = schemas.resolve(parameter.schema)
        plain = form == "text" and _is_plain(schema) and types_of(schema) <= {"string", "null"}
        return named and (parameter.required or not plain)
    whole = parameter.location == "querystring" or parameter.style == "deepObject"
    if parameter.content is not None or form == "object" or whole:
        return True
    if parameter.location == "path":
        return form == "array" or parameter.style != "simple"
    return form == "array" and (parameter.style != "form" or not parameter.explode)


def _is_plain(schema: dict[str, Any]) -> bool:
    """Tell whether any text will do: nothing but types and notes, in the branches of an ``anyOf`` too."""
    return not schema.keys() - _NOTES and all(map(_is_plain, schema.get("anyOf", ())))
