"""What a schema says about how a value is written as text: its types, its members, its items.

Parameters, forms and XML hold nothing but text; the schema tells which text is a number and which is a list. Bounds and
patterns are left to the validators: a text that is none of the declared types stays text, and they refuse it.
"""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from math import isfinite
from typing import Any

from specdouble.openapi.references import References

Schema = dict[str, Any] | bool

TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_COMPLEX = frozenset({"array", "object"})
_DEEPEST = 30  # of allOf, anyOf, oneOf inside each other
_LONGEST = 400  # digits: Python refuses to read integers of a few thousand
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BINARY = frozenset({"binary", "file"})


class Shapes:
    """The shapes of the schemas of one document, each made once; those that are not `typed` leave every text a text."""

    def __init__(self, document: dict[str, Any], typed: bool = True) -> None:
        self._references = References(document)
        self.typed = typed
        self._made: dict[int, tuple[Any, Shape]] = {}

    def of(self, schema: Any) -> "Shape":
        """Return the shape of a schema whose references point into the document."""
        known = self._made.get(id(schema))
        if known is None:
            known = self._made[id(schema)] = schema, Shape(schema, self)  # an id is valid while its object lives
        return known[1]

    def resolve(self, schema: Any) -> dict[str, Any]:
        """Follow references; a boolean schema, or one that leads nowhere, says nothing."""
        found, _ = self._references.follow(schema)
        return found if isinstance(found, dict) else {}


class Shape:
    """How values of a schema are written."""

    def __init__(self, schema: Any, shapes: Shapes) -> None:
        self._raw = schema
        self._shapes = shapes

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The schema itself, behind references."""
        return self._shapes.resolve(self._raw)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types that a value may have; every one where the schema says nothing about it."""
        return self._types(self._raw, 0)

    @property
    def untyped(self) -> bool:
        """Whether the schema says nothing about types."""
        return self.types == TYPES

    @cached_property
    def form(self) -> str:
        """`array` or `object` where values are written as such, or else `text`."""
        kinds = self.types - {"null"}
        if kinds and not self.untyped and kinds <= _COMPLEX:
            return "object" if kinds == {"object"} else "array"
        if not self.untyped and "string" not in kinds and kinds & _COMPLEX:
            return "array" if "array" in kinds else "object"
        return "text"

    @cached_property
    def parts(self) -> tuple[dict[str, Any], ...]:
        """The schema and all those in its `allOf`, `anyOf` and `oneOf`, behind references."""
        return tuple(self._walk(self._raw, 0))

    @cached_property
    def properties(self) -> dict[str, "Shape"]:
        """The declared members."""
        found: dict[str, Shape] = {}
        for part in self.parts:
            given = part.get("properties")
            for name, schema in given.items() if isinstance(given, dict) else ():
                found.setdefault(name, self._shapes.of(schema))
        return found

    @cached_property
    def takes_any(self) -> bool:
        """Whether the schema says that members which are not declared may be there."""
        return any(
            part.get("additionalProperties") not in (None, False) or "patternProperties" in part for part in self.parts
        )

    def member(self, name: str) -> "Shape":
        """Return the shape of a member, declared or not."""
        return self.properties.get(name) or self._additional(name)

    def _additional(self, name: str) -> "Shape":
        for part in self.parts:
            patterns = part.get("patternProperties")
            for pattern, schema in patterns.items() if isinstance(patterns, dict) else ():
                if _found(pattern, name):
                    return self._shapes.of(schema)
            if isinstance(part.get("additionalProperties"), dict):
                return self._shapes.of(part["additionalProperties"])
        return ANYTHING

    def item(self, index: int = 0) -> "Shape":
        """Return the shape of an item."""
        for part in self.parts:
            prefix = part.get("prefixItems")
            if isinstance(prefix, list) and index < len(prefix):
                return self._shapes.of(prefix[index])
            if isinstance(part.get("items"), dict):
                return self._shapes.of(part["items"])
        return ANYTHING

    @cached_property
    def binary(self) -> bool:
        """Whether values are the bytes of a file."""
        return any(
            part.get("format") in _BINARY
            or part.get("type") == "file"
            or ("contentMediaType" in part and "contentEncoding" not in part)
            for part in self.parts
        )

    @cached_property
    def choices(self) -> tuple[Any, ...]:
        """The values that the schema lists (`enum`, `const`)."""
        found: list[Any] = []
        for part in self.parts:
            found += part["enum"] if isinstance(part.get("enum"), list) else ()
            found += [part["const"]] if "const" in part else ()
        return tuple(found)

    def read(self, text: str) -> Any:
        """Return the value that a text stands for; one that is none of the declared types stays text.

        Where a string is allowed, a text is a string, unless the schema lists another value that is written like it
        and not the text itself.
        """
        types = self.types
        if not self._shapes.typed:
            return text
        if "string" in types:
            if self.choices and text not in self.choices:
                return next((one for one in self.choices if _written_as(one, text)), text)
            return text
        if "boolean" in types and text in ("true", "false"):
            return text == "true"
        for kind, read in _READERS:
            if kind in types:
                value = read(text)
                if value is not None:
                    return value
        return None if "null" in types and text in ("null", "") else text

    def _types(self, raw: Any, depth: int) -> frozenset[str]:
        schema = self._shapes.resolve(raw)
        given = schema.get("type")
        if isinstance(given, str):
            found = frozenset({"string"} if given == "file" else {given})
        elif isinstance(given, list):
            found = frozenset(str(one) for one in given)
        else:
            found = _implied(schema)
        if schema.get("nullable") is True and given is not None:
            found |= {"null"}
        if "number" in found:
            found |= {"integer"}
        if depth < _DEEPEST:
            for keyword in ("anyOf", "oneOf"):
                if isinstance(schema.get(keyword), list) and schema[keyword]:
                    found = _both(found, frozenset().union(*(self._types(o, depth + 1) for o in schema[keyword])))
            for one in schema["allOf"] if isinstance(schema.get("allOf"), list) else ():
                found = _both(found, self._types(one, depth + 1))
        return found

    def _walk(self, raw: Any, depth: int) -> Iterator[dict[str, Any]]:
        schema = self._shapes.resolve(raw)
        yield schema
        for keyword in ("allOf", "anyOf", "oneOf") if depth < _DEEPEST else ():
            for one in schema[keyword] if isinstance(schema.get(keyword), list) else ():
                yield from self._walk(one, depth + 1)


def _both(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return one & other or one  # a schema that no value fits is not made worse


def _implied(schema: dict[str, Any]) -> frozenset[str]:
    """Return the types of a schema without `type`: by the values that it lists, or by the keywords that it uses."""
    listed = [
        *(schema["enum"] if isinstance(schema.get("enum"), list) else ()),
        *([schema["const"]] if "const" in schema else ()),
    ]
    if listed:
        return frozenset(map(type_of, listed))
    if "properties" in schema or isinstance(schema.get("additionalProperties"), dict):
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in schema or "prefixItems" in schema else TYPES


def type_of(value: Any) -> str:
    """Return the name of a value's type as JSON Schema has it."""
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (dict, "object"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "string"


def text_of(value: Any) -> str:
    """Return a value without members as text; `read` makes the same value of it again.

    Raises:
        ValueError: the value is a list or a mapping, or a number that no text stands for.

    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return repr(value)
    raise ValueError(f"{str(value)[:60]} ({type(value).__name__}) cannot be written as one text")


def _integer(text: str) -> int | None:
    return int(text) if len(text) <= _LONGEST and _INTEGER.fullmatch(text) else None


def _number(text: str) -> float | None:
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if isfinite(value) else None


_READERS: tuple[tuple[str, Callable[[str], float | None]], ...] = (("integer", _integer), ("number", _number))


def _written_as(value: Any, text: str) -> bool:
    return not isinstance(value, str | list | dict) and text_of(value) == text


def _found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


ANYTHING = Shape(True, Shapes({}))
