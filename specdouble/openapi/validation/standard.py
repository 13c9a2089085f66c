"""Schemas of any dialect written out in JSON Schema 2020-12, for validators that know nothing else."""

from collections.abc import Callable
from typing import Any

from specdouble.openapi.keywords import INTEGER_FORMATS, MANY, NAMED, ONE
from specdouble.openapi.places import places

Resolve = Callable[[Any], Any]  # follows references; what is none comes back as it is
_DROPPED = ("example", "nullable", "x-nullable", "discriminator", "xml", "externalDocs")


def _itself(value: Any) -> Any:
    return value


def standard(raw: Any, version: str, unsent: frozenset[str] = frozenset(), resolve: Resolve = _itself) -> Any:
    """Return a schema in 2020-12; members annotated with one of `unsent`, such as `readOnly`, need not be there.

    `resolve` follows references, behind which such an annotation may stand.
    """
    if not isinstance(raw, dict):
        return raw if isinstance(raw, bool) else {}
    old = version in ("2.0", "3.0")
    if old and isinstance(raw.get("$ref"), str):
        return {"$ref": raw["$ref"]}
    made = {key: value for key, value in raw.items() if not (old and key in _DROPPED) and not key.startswith("x-")}
    for keyword in ONE:
        if isinstance(made.get(keyword), dict):
            made[keyword] = standard(made[keyword], version, unsent, resolve)
    for keyword in (*MANY, "items"):
        if isinstance(made.get(keyword), list):
            made[keyword] = [standard(part, version, unsent, resolve) for part in made[keyword]]
    for keyword in (*NAMED, "$defs", "definitions"):
        if isinstance(made.get(keyword), dict):
            made[keyword] = {name: standard(part, version, unsent, resolve) for name, part in made[keyword].items()}
    _forgive(raw, made, unsent, resolve)
    if not old:
        return _limited(made)
    if isinstance(made.get("items"), list):
        made["prefixItems"] = made.pop("items")
    if made.get("type") == "file":
        made["type"] = "string"
    for keyword, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and keyword in made:
            made[exclusive] = made.pop(keyword)
    return _nullable(raw, _limited(made))


def _forgive(raw: dict[str, Any], made: dict[str, Any], unsent: frozenset[str], resolve: Resolve) -> None:
    """Ask for no member that is not part of this direction."""
    members = raw.get("properties")
    if not unsent or not isinstance(made.get("required"), list) or not isinstance(members, dict):
        return
    gone = {name for name, member in members.items() if any(_says(one, unsent) for one in (member, resolve(member)))}
    if gone:
        made["required"] = [name for name in made["required"] if not isinstance(name, str) or name not in gone]


def _says(schema: Any, keywords: frozenset[str]) -> bool:
    return isinstance(schema, dict) and any(schema.get(keyword) is True for keyword in keywords)


def _limited(made: dict[str, Any]) -> dict[str, Any]:
    """Write formats such as int32 as the limits that they are: validators look at formats of text only."""
    name = made.get("format")
    if not isinstance(name, str) or name not in INTEGER_FORMATS:
        return made
    low, high = INTEGER_FORMATS[name]
    least, most = made.get("minimum", low), made.get("maximum", high)
    if isinstance(least, int | float) and isinstance(most, int | float):
        made["minimum"], made["maximum"] = max(least, low), min(most, high)
    return made


def _nullable(raw: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    if raw.get("nullable") is not True and raw.get("x-nullable") is not True:
        return made
    if "type" not in made or any(keyword in made for keyword in ("allOf", "anyOf", "oneOf", "not", "if")):
        return {"anyOf": [made, {"type": "null"}]}
    made["type"] = [*(made["type"] if isinstance(made["type"], list) else [made["type"]]), "null"]
    if isinstance(made.get("enum"), list):
        made["enum"] = [*made["enum"], None]
    return made


def standard_document(
    document: dict[str, Any], version: str, unsent: frozenset[str], resolve: Resolve = _itself
) -> Any:
    """Return a copy of the document in which every schema is written in 2020-12; other parts stay as they are."""
    made = _copy(document)
    root = "-"
    for place in places(made):
        if place.kind != "schema" or not isinstance(place.value, dict) or place.pointer.startswith(root):
            continue
        root = f"{place.pointer}/"  # inner schemas are written with the outer one
        fresh = standard(dict(place.value), version, unsent, resolve)
        if fresh != place.value:
            place.value.clear()
            place.value.update(fresh)
    return made


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
