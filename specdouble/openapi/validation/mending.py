"""Keywords that no validator can use, such as `type: strng`: found one by one, so that the rest still counts."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from specdouble.openapi.keywords import MANY, NAMED, ONE
from specdouble.openapi.places import places
from specdouble.openapi.pointers import escape, lookup
from specdouble.openapi.reading.json_text import decode, encode
from specdouble.openapi.validation.standard import standard

_NAMES = frozenset({"$ref", "$dynamicRef", "$id", "$anchor", "$dynamicAnchor", "$schema", "$defs", "definitions"})

_WORDS = frozenset({"title", "description", "example", "examples", "default", "externalDocs", "xml", "$comment"})


def broken_keywords(model: dict[str, Any], version: str, draft: str) -> dict[str, str]:
    """Return the JSON pointers of keywords that cannot be used, with the reason.

    `model` is the document in the form of 3.x, `version` its own one, `draft` that of JSON Schema, such as "202012".
    """
    found: dict[str, str] = {}
    for place in places(model):
        if place.kind == "schema":
            found.update(_broken(place.value, place.pointer, version, draft))
    return found


def mended(schema: Any, version: str, draft: str) -> Any:
    """Return a copy of one schema without the keywords that cannot be used."""
    found: dict[str, str] = {}
    wrapped = {"components": {"schemas": {"it": schema}}}
    for place in places(wrapped):
        if place.kind == "schema":
            found.update(_broken(place.value, place.pointer, version, draft))
    return without(wrapped, found)["components"]["schemas"]["it"]


def without(model: dict[str, Any], keywords: dict[str, str]) -> dict[str, Any]:
    """Return a copy of a document without the keywords at those places; a schema that is no schema becomes `true`."""
    made: dict[str, Any] = _copy(model)
    for pointer in keywords:
        outer, _, name = pointer.rpartition("/")
        try:
            parent = lookup(made, outer)
        except KeyError:  # it stood in another one that is gone
            continue
        key = name.replace("~1", "/").replace("~0", "~")
        if isinstance(parent, dict) and not isinstance(parent.get(key), dict) and _is_schema(made, pointer):
            parent[key] = True
        elif isinstance(parent, dict):
            parent.pop(key, None)
        elif isinstance(parent, list):
            parent[int(key)] = True
    return made


def _is_schema(model: dict[str, Any], pointer: str) -> bool:
    return any(place.kind == "schema" and place.pointer == pointer for place in places(model))


def _broken(schema: Any, pointer: str, version: str, draft: str) -> Iterator[tuple[str, str]]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield pointer, f"a schema is a mapping, not {type(schema).__name__}"
        return
    own = {
        key: _shallow(key, value)
        for key, value in schema.items()
        if key not in _NAMES and key not in _WORDS and not key.startswith("x-")
    }
    if _refusal(own, version, draft) is None:
        return
    for key, value in own.items():
        reason = _refusal({key: value}, version, draft)
        if reason is not None:
            yield f"{pointer}/{escape(key)}", reason


def _shallow(key: str, value: Any) -> Any:
    """Return what stands under a keyword with inner schemas left out: they are looked at by themselves."""
    if key in ONE and isinstance(value, dict):
        return True
    if (key in MANY or key == "items") and isinstance(value, list):
        return [True] * len(value)
    if key in NAMED and isinstance(value, dict):
        return dict.fromkeys(value, True)
    return value


def _refusal(schema: dict[str, Any], version: str, draft: str) -> str | None:
    return _tried(encode(schema), version, draft)


@lru_cache(2048)  # most schemas of a document say the same as others
def _tried(text: bytes, version: str, draft: str) -> str | None:
    import jsonschema_rs

    kind = getattr(jsonschema_rs, f"Draft{draft}Validator")
    try:
        kind(standard(decode(text), version))
    except ValueError as error:
        return (str(error).splitlines() or [""])[0].partition(" is not valid under any")[0][:200]
    return None


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
