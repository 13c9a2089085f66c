"""One schema object of any dialect in the words of JSON Schema 2020-12, without what says nothing about values.

Read as their authors mean them: `nullable: true` of 3.0 adds null also beside an `enum`, `allOf` or reference.
"""

from typing import Any

from specdouble.openapi.keywords import MANY, NAMED, ONE
from specdouble.openapi.schemas.flat import TYPES
from specdouble.openapi.schemas.formats import HINTS
from specdouble.openapi.schemas.numbers import is_number, text_of

ANNOTATIONS = ("default", "readOnly", "writeOnly", "deprecated", "discriminator", "x-extensible-enum")
_SIZES = ("minLength", "minItems", "minProperties")
_COUNTS = (*_SIZES, "maxLength", "maxItems", "maxProperties", "minContains", "maxContains")
_CONTENT = {
    "byte": ("contentEncoding", "base64"),
    "base64": ("contentEncoding", "base64"),
    "binary": ("contentMediaType", "application/octet-stream"),
}
_TEXTS = ("pattern", "contentMediaType", "contentEncoding")


def normal(raw: Any, version: str) -> dict[str, Any]:
    """Return the schema object with inner schemas untouched; `version` is that of the document.

    `type` becomes a tuple, `const` an `enum` of texts, boolean limits become numbers, and what holds for every value
    is left out. A schema that accepts nothing has the key `never`.
    """
    if not isinstance(raw, dict):
        return {"never": True} if raw is False else {}
    old = version in ("2.0", "3.0")
    if "$ref" in raw and old:
        return {"$ref": raw["$ref"]} if isinstance(raw["$ref"], str) else {}
    found: dict[str, Any] = {}
    for keyword in ("$ref", "$dynamicRef"):
        if isinstance(raw.get(keyword), str):
            found[keyword] = raw[keyword]
    _types(raw, found)
    _values(raw, found, old)
    _limits(raw, found)
    _inner(raw, found)
    for keyword in ANNOTATIONS:
        if keyword in raw and raw[keyword] is not False:
            found[keyword] = raw[keyword]
    if old and (raw.get("nullable") is True or raw.get("x-nullable") is True):
        _nullable(found)
    return found


def _types(raw: dict[str, Any], found: dict[str, Any]) -> None:
    kinds = raw.get("type")
    names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    known = {"string" if name == "file" else name for name in names if isinstance(name, str)}
    known &= {*TYPES, "integer"}
    if "number" in known:
        known.discard("integer")
    if known and not known >= set(TYPES):
        found["type"] = tuple(sorted(known))


def _values(raw: dict[str, Any], found: dict[str, Any], old: bool) -> None:
    if isinstance(raw.get("enum"), list):
        found["enum"] = frozenset(map(text_of, raw["enum"]))
    if "const" in raw and not old:
        found["enum"] = found.get("enum", frozenset((text_of(raw["const"]),))) & {text_of(raw["const"])}
    if isinstance(raw.get("required"), list):
        names = frozenset(name for name in raw["required"] if isinstance(name, str))
        if names:
            found["required"] = names
    if raw.get("uniqueItems") is True:
        found["uniqueItems"] = True
    kind = raw.get("format")
    if isinstance(kind, str) and kind not in HINTS:
        found["format"] = kind
    for keyword in _TEXTS:
        if isinstance(raw.get(keyword), str):
            found[keyword] = raw[keyword]
    if raw.get("type") == "file":
        found["format"] = "binary"
    # What 3.0 says by a format, 3.1 says by what the text holds.
    instead = _CONTENT.get(str(found.get("format")))
    if instead and raw.get("type") in ("string", "file"):
        del found["format"]
        found.setdefault(instead[0], instead[1])


def _limits(raw: dict[str, Any], found: dict[str, Any]) -> None:
    for keyword, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        limit, shut = raw.get(keyword), raw.get(exclusive)
        if is_number(limit):
            found[exclusive if shut is True else keyword] = limit
        if is_number(shut):
            found[exclusive] = shut
    step = raw.get("multipleOf")
    if is_number(step) and step > 0:
        found["multipleOf"] = step
    for keyword in _COUNTS:
        count = raw.get(keyword)
        if is_number(count) and not (count <= 0 and keyword in _SIZES):
            found[keyword] = int(count)


def _inner(raw: dict[str, Any], found: dict[str, Any]) -> None:
    for keyword in ONE:
        if isinstance(raw.get(keyword), dict | bool):
            found[keyword] = raw[keyword]
    if isinstance(raw.get("items"), list):  # tuples before 2020-12
        found["prefixItems"] = raw["items"]
        found.pop("items", None)
        if isinstance(raw.get("additionalItems"), dict | bool):
            found["items"] = raw["additionalItems"]
    for keyword in MANY:
        if isinstance(raw.get(keyword), list) and raw[keyword]:
            found[keyword] = raw[keyword]
    if found.get("items") is False:  # which is a limit of their number
        del found["items"]
        longest = len(found.get("prefixItems", ()))
        found["maxItems"] = min(found.get("maxItems", longest), longest)
    for keyword in NAMED:
        if isinstance(raw.get(keyword), dict) and raw[keyword]:
            found[keyword] = raw[keyword]
    _dependencies(raw, found)
    if "if" not in found or not ("then" in found or "else" in found):
        for keyword in ("if", "then", "else"):
            found.pop(keyword, None)
    if "contains" not in found:
        found.pop("minContains", None)
        found.pop("maxContains", None)


def _dependencies(raw: dict[str, Any], found: dict[str, Any]) -> None:
    """Write `dependentRequired` and the older `dependencies` as `dependentSchemas`."""
    given: dict[str, list[Any]] = {name: [schema] for name, schema in found.pop("dependentSchemas", {}).items()}
    for keyword in ("dependentRequired", "dependencies"):
        if isinstance(raw.get(keyword), dict):
            for name, needed in raw[keyword].items():
                given.setdefault(name, []).append({"required": needed} if isinstance(needed, list) else needed)
    if given:
        found["dependentSchemas"] = {
            name: schemas[0] if len(schemas) == 1 else {"allOf": schemas} for name, schemas in given.items()
        }


def _nullable(found: dict[str, Any]) -> None:
    if "type" in found:
        found["type"] = tuple(sorted({*found["type"], "null"}))
    if "enum" in found:
        found["enum"] |= {"null"}
    alternatives = {keyword: found.pop(keyword) for keyword in ("allOf", "anyOf", "oneOf") if keyword in found}
    if alternatives:
        found["anyOf"] = [alternatives, {"type": "null"}]
