"""Schemas: valid in their dialect, patterns readable, values possible."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from specdouble.openapi import patterns
from specdouble.openapi.errors import closest
from specdouble.openapi.keywords import MANY, NAMED, ONE
from specdouble.openapi.lint.context import Context
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.pointers import escape, join

_DIALECTS = ("https://spec.openapis.org/oas/", "https://json-schema.org/draft/2020-12/schema")
_OTHERS = (
    *("$ref", "$dynamicRef", "$id", "$schema", "$anchor", "$dynamicAnchor", "$comment", "$defs", "$vocabulary"),
    *("definitions", "type", "enum", "const", "format", "pattern", "multipleOf", "maximum", "minimum", "required"),
    *("exclusiveMaximum", "exclusiveMinimum", "maxLength", "minLength", "maxItems", "minItems", "uniqueItems"),
    *("maxContains", "minContains", "maxProperties", "minProperties", "dependentRequired", "dependencies", "title"),
    *("description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "contentEncoding"),
    *("contentMediaType", "discriminator", "xml", "externalDocs", "nullable", "additionalItems"),
)
_TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")
_COMBINING = frozenset({"enum", "const", "allOf", "oneOf", "anyOf", "required", "not", "$ref", "if", "contains"})
_BOUNDS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "items", "format"),
)
_KNOWN = frozenset((*ONE, *MANY, *NAMED, *_OTHERS))


def check_schemas(context: Context) -> Iterator[Finding]:
    """Check every schema of the document."""
    old = context.dialect in ("2.0", "3.0")
    root = "-"
    for place in context.places:
        if place.kind != "schema":
            continue
        if not old and not place.pointer.startswith(root):
            root = f"{place.pointer}/"
            if _standard_dialect(context.document, place.value):
                yield from _valid(place.value, place.pointer)
        if not isinstance(place.value, dict):
            continue
        yield from _patterns(place.value, place.pointer)
        yield from _discriminator(context, place.value, place.pointer)
        if not old:
            yield from _keywords(place.value, place.pointer)
        if old and place.value.get("type") == "array" and not {"items", "$ref"} & place.value.keys():
            yield Finding("array-without-items", place.pointer, "the list has no `items`")
        yield from _enum(context, place.value, place.pointer)
        yield from _empty(context, place.value, place.pointer)


def _standard_dialect(document: dict[str, Any], schema: Any) -> bool:
    declared = document.get("jsonSchemaDialect")
    if isinstance(schema, dict) and isinstance(schema.get("$schema"), str):
        declared = schema["$schema"]
    return not isinstance(declared, str) or declared.startswith(_DIALECTS)


@cache
def _meta() -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})


def _valid(schema: Any, pointer: str) -> Iterator[Finding]:
    for error in _meta().iter_errors(schema):
        message = (error.message.splitlines() or [""])[0][:200]
        if [*error.instance_path][-1:] == ["type"] and isinstance(error.instance, str):
            guess = closest(error.instance.lower(), _TYPES)
            hint = f"; did you mean {guess}?" if guess else f": write {', '.join(_TYPES)}"
            message = f"{error.instance!r} is no type{hint}"
        yield Finding("invalid-schema", pointer + join(map(str, error.instance_path)), message)


def _patterns(schema: dict[str, Any], pointer: str) -> Iterator[Finding]:
    given = [(f"{pointer}/pattern", schema.get("pattern"))]
    members = schema.get("patternProperties")
    given += [(f"{pointer}/patternProperties/{escape(p)}", p) for p in members] if isinstance(members, dict) else []
    for where, pattern in given:
        if isinstance(pattern, str) and not patterns.readable(pattern):
            yield Finding("invalid-pattern", where, f"{pattern} is no regular expression of ECMA 262")


def _keywords(schema: dict[str, Any], pointer: str) -> Iterator[Finding]:
    if "nullable" in schema:
        message = 'nullable means nothing since 3.1; write `type: [..., "null"]`'
        yield Finding("foreign-keyword", f"{pointer}/nullable", message)
    for keyword in schema:
        if keyword in _KNOWN or keyword.startswith(("x-", "$")) or not re.fullmatch(r"[A-Za-z]+", keyword):
            continue
        guess = closest(keyword, _KNOWN)
        if guess and abs(len(guess) - len(keyword)) <= 2:
            yield Finding("misspelt-keyword", f"{pointer}/{escape(keyword)}", f"{keyword}: did you mean {guess}?")


def _enum(context: Context, schema: dict[str, Any], pointer: str) -> Iterator[Finding]:
    values = schema.get("enum")
    kinds = schema.get("type")
    if not isinstance(values, list) or not isinstance(kinds, str | list):
        return
    alone = {key: schema[key] for key in schema if key not in ("enum", "const")}
    conj = context.validity.universe.add(alone, 0)
    for index, value in enumerate(values):
        if not context.validity.values.fits(value, conj):
            yield Finding("enum-mismatch", f"{pointer}/enum/{index}", f"{value!r} does not fit the schema beside it")


def _empty(context: Context, schema: dict[str, Any], pointer: str) -> Iterator[Finding]:
    if schema.get("not") in ({}, True) or not _may_be_empty(schema):
        return
    if context.subset.empty(context.validity.universe.add(schema, 0)):
        yield Finding("empty-schema", pointer, "no value fits: the keywords contradict each other")


def _may_be_empty(schema: dict[str, Any]) -> bool:
    """Tell whether a schema says enough to contradict itself; most of a document's do not."""
    if "type" not in schema and "enum" not in schema and "allOf" not in schema:
        return False
    return not _COMBINING.isdisjoint(schema) or sum(keyword in schema for keyword in _BOUNDS) > 1


def _discriminator(context: Context, schema: dict[str, Any], pointer: str) -> Iterator[Finding]:
    given = schema.get("discriminator")
    name = given.get("propertyName") if isinstance(given, dict) else given
    variants = schema.get("oneOf") or schema.get("anyOf")
    if not isinstance(name, str) or not isinstance(variants, list):
        return
    cutter = context.validity.values.cutter
    flats = [f for one in variants for f in cutter.flats(context.validity.universe.add(one, 0)) if f.type == "object"]
    if flats and not any(name in flat.declared for flat in flats):
        yield Finding("discriminator-undeclared", f"{pointer}/discriminator", f"no variant declares {name}")
