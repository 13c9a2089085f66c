"""Whether a value is one of a schema, and what is wrong with it first.

Compiled validators are exact and quick, but each holds all that its schema leads to: where schemas refer to each other
all over a document, a single one takes megabytes and a tenth of a second. Such schemas are walked instead, and only
their leaves are compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.openapi.patterns import matches
from specdouble.openapi.validation.compiled import Schemas
from specdouble.openapi.validation.telling import errors_of

MOST = 400  # schemas that a validator may lead to
_DEEPEST = 60
_ELSEWHERE = frozenset({"not", "if", "then", "else", "contains", "propertyNames", "dependentRequired",
                        "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "prefixItems",
                        "patternProperties", "$dynamicRef", "dependencies", "$id", "$anchor", "$schema"})  # fmt: skip
_INSIDE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
           "unevaluatedProperties", "unevaluatedItems")  # fmt: skip
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_LEAVES = ("format", "multipleOf", "const")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong first: at which path, against which keyword, and for members that lack or are too many, which."""

    path: tuple[str | int, ...]
    keyword: str
    names: tuple[str, ...] = ()


class Checks:
    """Judges values by the schemas of one document, as its responses have them."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._heavy: dict[int, tuple[Any, bool]] = {}

    def fits(self, schema: Any, value: Any) -> bool:
        """Tell whether a value is one of a schema."""
        try:
            if self.is_heavy(schema):
                return self._mistake(schema, value, (), 0) is None
            return bool(self.schemas.validator(schema, self.schemas.response).is_valid(value))
        except ValueError:
            return False

    def mistake(self, schema: Any, value: Any) -> Mistake | None:
        """Return what is wrong first, None for a value that fits."""
        if self.is_heavy(schema):
            return self._mistake(schema, value, (), 0)
        return self._compiled(schema, value, ())

    def is_heavy(self, schema: Any) -> bool:
        """Tell whether a schema leads to so much that it is walked."""
        known = self._heavy.get(id(schema))
        if known is None:  # an id lives as its object does
            known = self._heavy[id(schema)] = schema, self._leads_to(schema) > MOST
        return known[1]

    def _leads_to(self, schema: Any) -> int:
        """Count the schemas that one leads to, each once; no further than it matters."""
        seen: set[str] = set()
        todo, count = [schema], 0
        while todo and count <= MOST:
            one = todo.pop()
            if not isinstance(one, dict):
                continue
            count += 1
            ref = one.get("$ref")
            if isinstance(ref, str):
                if ref not in seen:
                    seen.add(ref)
                    todo.append(self.schemas.resolve(one))
                continue
            todo += [one[name] for name in _INSIDE if name in one]
            for name in _LISTS:
                todo += one[name] if isinstance(one.get(name), list) else []
            members = one.get("properties")
            todo += members.values() if isinstance(members, dict) else []
        return count if len(seen) > 1 else 0

    # ------------------------------------------------------------------------------------------------------- a walk
    def _mistake(self, schema: Any, value: Any, path: tuple[str | int, ...], depth: int) -> Mistake | None:
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return Mistake(path, "false") if schema is False else None
        if isinstance(schema.get("$ref"), str):
            found = self._mistake(self.schemas.resolve(schema), value, path, depth + 1)
            if found is not None or self.schemas.old or len(schema) == 1:
                return found
            schema = {name: one for name, one in schema.items() if name != "$ref"}
        if schema.keys() & _ELSEWHERE:
            return self._compiled(schema, value, path)
        if value is None and self.schemas.old and True in (schema.get("nullable"), schema.get("x-nullable")):
            return None
        if not _has_type(value, schema.get("type")):
            return Mistake(path, "type")
        found = self._combined(schema, value, path, depth) or self._leaf(schema, value, path)
        if found is None and isinstance(value, dict):
            found = self._members(schema, value, path, depth)
        if found is None and isinstance(value, list):
            found = self._elements(schema, value, path, depth)
        return found

    def _compiled(self, schema: Any, value: Any, path: tuple[str | int, ...]) -> Mistake | None:
        validator = self.schemas.validator(schema, self.schemas.response)
        if validator.is_valid(value):
            return None
        error = errors_of(validator, value)[0]
        kind: Any = error.kind
        names = (kind.property,) if kind.name == "required" else ()
        if kind.name in ("additionalProperties", "unevaluatedProperties"):
            names = tuple(kind.unexpected)
        return Mistake((*path, *error.instance_path), kind.name, names)

    def _combined(self, schema: dict[str, Any], value: Any, path: tuple[str | int, ...], depth: int) -> Mistake | None:
        for one in schema.get("allOf") or ():
            found = self._mistake(one, value, path, depth + 1)
            if found is not None:
                return found
        several = schema.get("anyOf")
        if several and all(self._mistake(one, value, path, depth + 1) for one in several):
            return Mistake(path, "anyOf")
        several = schema.get("oneOf")
        if several and sum(self._mistake(one, value, path, depth + 1) is None for one in several) != 1:
            return Mistake(path, "oneOf")
        return None

    def _leaf(self, schema: dict[str, Any], value: Any, path: tuple[str | int, ...]) -> Mistake | None:
        if isinstance(schema.get("enum"), list) and value not in schema["enum"]:
            return Mistake(path, "enum")
        if isinstance(value, str):
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                return Mistake(path, "maxLength")
            if isinstance(schema.get("pattern"), str) and not matches(schema["pattern"], value):
                return Mistake(path, "pattern")
        rules = {name: schema[name] for name in (*_LEAVES, "minimum", "maximum", "exclusiveMinimum",
                                                 "exclusiveMaximum") if name in schema}  # fmt: skip
        if rules and isinstance(value, str | int | float):
            return self._compiled(rules, value, path)
        return None

    def _members(
        self, schema: dict[str, Any], value: dict[str, Any], path: tuple[str | int, ...], depth: int
    ) -> Mistake | None:
        members = schema.get("properties")
        members = members if isinstance(members, dict) else {}
        for name in schema.get("required") or ():
            if name not in value and self.schemas.resolve(members.get(name, {})).get("writeOnly") is not True:
                return Mistake(path, "required", (name,))
        more = schema.get("additionalProperties")
        for name, one in value.items():
            inner = members.get(name, True if more is None else more)
            if name not in members and inner is False:
                return Mistake(path, "additionalProperties", (name,))
            found = self._mistake(inner, one, (*path, name), depth + 1)
            if found is not None:
                return found
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
            return Mistake(path, "minProperties")
        return None

    def _elements(
        self, schema: dict[str, Any], value: list[Any], path: tuple[str | int, ...], depth: int
    ) -> Mistake | None:
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return Mistake(path, "minItems")
        if schema.get("uniqueItems") is True and any(one in value[:index] for index, one in enumerate(value)):
            return Mistake(path, "uniqueItems")
        inner = schema.get("items", True)
        for index, one in enumerate(value) if isinstance(inner, dict) else ():
            found = self._mistake(inner, one, (*path, index), depth + 1)
            if found is not None:
                return found
        return None


def _has_type(value: Any, kinds: Any) -> bool:
    given = [kinds] if isinstance(kinds, str) else kinds
    if not isinstance(given, list) or "file" in given:
        return True
    own = "null" if value is None else {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object",
                                        list: "array"}.get(type(value), "")  # fmt: skip
    whole = own == "number" and value == int(value) if own == "number" and abs(value) < 1e300 else False
    return own in given or (own == "integer" and "number" in given) or (whole and "integer" in given)
