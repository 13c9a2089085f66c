"""Every object of a document with its kind and its place, as the specification nests them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from specdouble.openapi.keywords import MANY, NAMED, ONE
from specdouble.openapi.pointers import escape, lookup

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_ONE, _LIST, _MAP = "one", "list", "map"
_MEDIA = {"schema": (_ONE, "schema"), "itemSchema": (_ONE, "schema"), "examples": (_MAP, "example")}
_VALUED = {**_MEDIA, "content": (_MAP, "media")}
_ITEM = {
    "parameters": (_LIST, "parameter"),
    "servers": (_LIST, "server"),
    "additionalOperations": (_MAP, "operation"),
    **dict.fromkeys(METHODS, (_ONE, "operation")),
}
_COMPONENTS = {
    "schemas": "schema",
    "responses": "response",
    "parameters": "parameter",
    "examples": "example",
    "requestBodies": "body",
    "headers": "header",
    "securitySchemes": "scheme",
    "links": "link",
    "callbacks": "callback",
    "pathItems": "item",
    "mediaTypes": "media",
}
INSIDE: dict[str, dict[str, tuple[str, str]]] = {
    "document": {
        "paths": (_MAP, "item"),
        "webhooks": (_MAP, "item"),
        "components": (_ONE, "components"),
        "servers": (_LIST, "server"),
        "definitions": (_MAP, "schema"),
    },
    "components": {name: (_MAP, kind) for name, kind in _COMPONENTS.items()},
    "item": _ITEM,
    "operation": {
        "parameters": (_LIST, "parameter"),
        "requestBody": (_ONE, "body"),
        "responses": (_MAP, "response"),
        "callbacks": (_MAP, "callback"),
        "servers": (_LIST, "server"),
    },
    "parameter": _VALUED,
    "header": _VALUED,
    "body": {"content": (_MAP, "media")},
    "response": {"headers": (_MAP, "header"), "content": (_MAP, "media"), "links": (_MAP, "link")},
    "media": {**_MEDIA, "encoding": (_MAP, "encoding")},
    "encoding": {"headers": (_MAP, "header")},
    "link": {"server": (_ONE, "server")},
}


@dataclass(frozen=True, slots=True)
class Place:
    """An object of the document. `reading` is request or response where it is certain which it belongs to."""

    kind: str
    value: Any
    pointer: str
    reading: str = ""


def places(document: dict[str, Any]) -> Iterator[Place]:
    """Yield every object of a document, outer ones first; references are yielded and not followed.

    What stands below an extension, where the specification nests nothing, is what references take it for: so do the
    parts of other files that were put into the document.
    """
    todo = [Place("document", document, "")]
    elsewhere: set[str] = set()
    while todo:
        place = todo.pop()
        yield place
        value = place.value
        ref = value.get("$ref") if isinstance(value, dict) else None
        if isinstance(ref, str) and ref.startswith("#/x-") and ref not in elsewhere:
            elsewhere.add(ref)
            with suppress(KeyError):
                todo.insert(0, Place(place.kind, lookup(document, unquote(ref[1:])), unquote(ref[1:])))
        if not isinstance(value, dict) or ("$ref" in value and place.kind not in ("schema", "item")):
            continue
        if place.kind == "schema":
            todo += reversed(list(_subschemas(place)))
        elif place.kind == "callback":
            todo += _members(place, value, "item", place.pointer)
        else:
            todo += reversed(list(_inner(place)))


def _inner(place: Place) -> Iterator[Place]:
    for key, (form, kind) in INSIDE.get(place.kind, {}).items():
        value = place.value.get(key)
        pointer = f"{place.pointer}/{escape(key)}"
        reading = {"body": "request", "parameter": "request", "response": "response"}.get(kind, place.reading)
        below = Place(place.kind, place.value, place.pointer, reading)
        if form == _ONE and value is not None:
            yield Place(kind, value, pointer, reading)
        elif form == _LIST and isinstance(value, list):
            yield from (Place(kind, one, f"{pointer}/{index}", reading) for index, one in enumerate(value))
        elif form == _MAP and isinstance(value, dict):
            yield from _members(below, value, kind, pointer)


def _members(place: Place, value: dict[str, Any], kind: str, pointer: str) -> Iterator[Place]:
    for name, one in value.items():
        free = kind in ("schema", "header", "parameter", "example") or not name.startswith("x-")
        if free and not (name.startswith("x-") and not isinstance(one, dict | bool)):
            yield Place(kind, one, f"{pointer}/{escape(name)}", place.reading)


def _subschemas(place: Place) -> Iterator[Place]:
    schema, pointer = place.value, place.pointer
    for key in ONE:
        if isinstance(schema.get(key), dict | bool):
            yield Place("schema", schema[key], f"{pointer}/{key}", place.reading)
    for key in (*MANY, "items"):
        if isinstance(schema.get(key), list):
            for index, one in enumerate(schema[key]):
                yield Place("schema", one, f"{pointer}/{key}/{index}", place.reading)
    for key in (*NAMED, "$defs", "definitions"):
        if isinstance(schema.get(key), dict):
            for name, one in schema[key].items():
                yield Place("schema", one, f"{pointer}/{key}/{escape(name)}", place.reading)
