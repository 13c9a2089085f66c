"""A schema as whoever makes values wants it: `allOf` merged, alternatives apart, bounds as numbers."""

from __future__ import annotations

from typing import Any

from specdouble.openapi.validation.compiled import Schemas

Schema = dict[str, Any] | bool
_DEEPEST = 16
_SINGLE = (
    "format", "pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "multipleOf", "minProperties",
    "maxProperties", "title", "contentMediaType", "contentEncoding",
)  # fmt: skip


class Flat:
    """One schema without `allOf`. `options` are its `oneOf` or `anyOf`, each merged with the rest when it is asked for.

    `additional` is None where the schema does not say what further members are.
    """

    __slots__ = (
        "additional",
        "default",
        "discriminator",
        "enum",
        "examples",
        "has_default",
        "high",
        "items",
        "key",
        "low",
        "nullable",
        "options",
        "prefix",
        "properties",
        "raw",
        "read_only",
        "required",
        "rules",
        "said",
        "strict_high",
        "strict_low",
        "types",
        "write_only",
    )  # fmt: skip

    def __init__(self, raw: Schema) -> None:
        self.raw = raw
        self.key = ""
        self.types: set[str] | None = None
        self.properties: dict[str, Schema] = {}
        self.required: set[str] = set()
        self.items: Schema | None = None
        self.prefix: list[Schema] = []
        self.additional: Schema | None = None
        self.enum: list[Any] | None = None
        self.examples: list[Any] = []
        self.default: Any = None
        self.has_default = False
        self.nullable = False
        self.low: float | None = None
        self.high: float | None = None
        self.strict_low = False
        self.strict_high = False
        self.rules: dict[str, Any] = {}
        self.options: list[Schema] = []
        self.discriminator: dict[str, Any] = {}
        self.read_only = False
        self.write_only = False
        self.said = ""

    @property
    def type(self) -> str:
        """The type that a value is made of: the first that is not null, "" where anything goes."""
        if self.types:
            for one in _ORDER:
                if one in self.types:
                    return one
            return "null"
        if self.properties or isinstance(self.additional, dict):
            return "object"
        if self.items is not None or self.prefix:
            return "array"
        if self.enum:
            return ""
        if self.rules.keys() & {"format", "pattern", "minLength", "maxLength"}:
            return "string"
        return "number" if self.low is not None or self.high is not None else ""

    @property
    def open(self) -> bool:
        """Whether an object may have members that are not declared: the schema says so, or nothing."""
        if self.additional is not None:
            return self.additional is not False
        return not self.properties and not self.options


_ORDER = ("object", "array", "string", "integer", "number", "boolean")


class Flats:
    """The flat schemas of one document, each made once."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._made: dict[int, tuple[Any, Flat]] = {}
        self._mixed: dict[tuple[int, int], tuple[Any, Flat]] = {}

    def of(self, schema: Any) -> Flat:
        """Return the flat form of a schema whose references point into the document."""
        known = self._made.get(id(schema))
        if known is None:
            flat = Flat(schema)
            self._into(flat, schema, 0)
            known = self._made[id(schema)] = schema, flat  # an id is valid while its object lives
        return known[1]

    def option(self, flat: Flat, index: int) -> Flat:
        """Return one of the alternatives of a schema, merged with what holds for all of them."""
        known = self._mixed.get((id(flat), index))
        if known is None:
            made = Flat(flat.raw)
            self._merge(made, flat)
            made.options, made.discriminator = [], {}
            self._into(made, flat.options[index], 1)
            made.raw = flat.options[index]
            known = self._mixed[id(flat), index] = flat, made
        return known[1]

    def members(self, schema: Any) -> dict[str, Schema]:
        """Return the declared members of a schema, those of its alternatives included; nobody may change them."""
        flat = self.of(schema)
        if not flat.options:
            return flat.properties
        found = dict(flat.properties)
        for index in range(len(flat.options)):
            for name, one in self.option(flat, index).properties.items():
                found.setdefault(name, one)
        return found

    def _into(self, flat: Flat, raw: Any, depth: int) -> None:
        schema = raw
        if isinstance(raw, dict) and "$ref" in raw:
            flat.key = flat.key or str(raw["$ref"])
            schema = self.schemas.resolve(raw)
            if not self.schemas.old and len(raw) > 1:
                schema = {**schema, **{name: one for name, one in raw.items() if name != "$ref"}}
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return
        self._own(flat, schema)
        for one in _list(schema.get("allOf")):
            self._into(flat, one, depth + 1)
        for keyword in ("oneOf", "anyOf"):
            given = _list(schema.get(keyword))
            real = [one for one in given if not _is_null(one)]
            if len(real) < len(given):
                flat.nullable = True
            if not real:
                continue
            if len(real) == 1:
                self._into(flat, real[0], depth + 1)
            elif not flat.options:
                if all(isinstance(one, dict) and set(one) <= {"required", "description", "title"} for one in real):
                    continue  # which members must be there: the validator has the last word
                flat.options = real
                flat.discriminator = schema["discriminator"] if isinstance(schema.get("discriminator"), dict) else {}

    def _own(self, flat: Flat, schema: dict[str, Any]) -> None:
        kinds = schema.get("type")
        if isinstance(kinds, str):
            kinds = [kinds]
        if isinstance(kinds, list):
            given = {("string" if one == "file" else str(one)) for one in kinds}
            if "null" in given:
                flat.nullable = True
            flat.types = (flat.types & given or flat.types) if flat.types else given
        if schema.get("nullable") is True or schema.get("x-nullable") is True:
            flat.nullable = True
        self._objects(flat, schema)
        if "enum" in schema and isinstance(schema["enum"], list):
            flat.enum = [one for one in schema["enum"] if flat.enum is None or one in flat.enum] or flat.enum
        if "const" in schema:
            flat.enum = [schema["const"]]
        if "example" in schema:
            flat.examples.append(schema["example"])
        if isinstance(schema.get("examples"), list):
            flat.examples += schema["examples"]
        if "default" in schema and not flat.has_default:
            flat.default, flat.has_default = schema["default"], True
        for name in _SINGLE:
            if name in schema:
                flat.rules.setdefault(name, schema[name])
        if isinstance(schema.get("description"), str):
            flat.said = flat.said or schema["description"]
        self._bounds(flat, schema)
        flat.read_only |= schema.get("readOnly") is True
        flat.write_only |= schema.get("writeOnly") is True

    def _objects(self, flat: Flat, schema: dict[str, Any]) -> None:
        inside = schema.get("properties")
        for name, one in inside.items() if isinstance(inside, dict) else ():
            known = flat.properties.get(name)
            flat.properties[name] = one if known is None or known == one else {"allOf": [known, one]}
        flat.required.update(one for one in _list(schema.get("required")) if isinstance(one, str))
        more = schema.get("additionalProperties", schema.get("unevaluatedProperties"))
        if isinstance(more, dict | bool):
            flat.additional = more if flat.additional is None or more is False else flat.additional
        for one in (schema.get("patternProperties") or {}).values() if flat.additional is None else ():
            flat.additional = one
        if isinstance(schema.get("items"), dict | bool) and schema["items"] is not False:
            flat.items = schema["items"]
        flat.prefix = flat.prefix or _list(schema.get("prefixItems"))
        if isinstance(schema.get("items"), list):
            flat.prefix = [one for one in schema["items"] if isinstance(one, dict | bool)]

    def _bounds(self, flat: Flat, schema: dict[str, Any]) -> None:
        low, high = _number(schema.get("minimum")), _number(schema.get("maximum"))
        strict_low, strict_high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        if low is not None and (flat.low is None or low > flat.low):
            flat.low, flat.strict_low = low, strict_low is True
        if high is not None and (flat.high is None or high < flat.high):
            flat.high, flat.strict_high = high, strict_high is True
        if (limit := _number(strict_low)) is not None and (flat.low is None or limit >= flat.low):
            flat.low, flat.strict_low = limit, True
        if (limit := _number(strict_high)) is not None and (flat.high is None or limit <= flat.high):
            flat.high, flat.strict_high = limit, True

    def _merge(self, made: Flat, other: Flat) -> None:
        made.types = set(other.types) if other.types else None
        made.properties = dict(other.properties)
        made.required = set(other.required)
        made.items, made.prefix, made.additional = other.items, other.prefix, other.additional
        made.enum = other.enum
        made.nullable = other.nullable
        made.low, made.high, made.strict_low, made.strict_high = (
            other.low, other.high, other.strict_low, other.strict_high)  # fmt: skip
        made.rules = dict(other.rules)
        made.read_only, made.write_only = other.read_only, other.write_only


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and (schema.get("type") == "null" or schema.get("enum") == [None])
