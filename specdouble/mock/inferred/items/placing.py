"""From a request to an item: where the members of a body belong in what is kept."""

from __future__ import annotations

from typing import Any

import orjson

from specdouble.mock.inferred.api import Api, Kind
from specdouble.mock.inferred.pointing import read, write
from specdouble.openapi.bodies.base import File
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.values.make import MISSING


def unwrapped(kind: Kind, body: Any) -> Any:
    """Return the item in a request: what the envelope of requests holds, or the body itself."""
    pointer = kind.resource.envelope.request
    if pointer and isinstance(body, dict):
        inner = read(body, pointer)
        if inner is not MISSING:
            return inner
    return body


def only_one(kind: Kind, body: Any) -> Any:
    """Return the item of a request that is a list of one, alone or in the envelope of lists; else the body itself."""
    pointer = kind.resource.envelope.list
    held = read(body, pointer) if pointer and isinstance(body, dict) else body
    return held[0] if isinstance(held, list) and len(held) == 1 and isinstance(held[0], dict) else body


def placed(api: Api, kind: Kind, sent: Any) -> Any:
    """Return the members of a request under the names that the item has for them.

    A member of the same name stays; one that is written otherwise (`ProjectName`, `project_name`, `name`) gets the
    item's name; several that together are an object of the item go into it; the rest is kept beside.
    """
    if not isinstance(sent, dict):
        return sent
    members = api.flats.members(kind.schema)
    if not members:
        return without_files(sent)
    sent = _opened(members, sent)
    by_plain = api.plain_members.get(kind.name)
    if by_plain is None:
        by_plain = api.plain_members[kind.name] = {plain(one): one for one in reversed(members)}
    noun = plain(kind.name.rpartition("-")[2])
    made: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for name, value in sent.items():
        short = plain(name)
        if name in members:
            made[name] = value
        elif short in by_plain and by_plain[short] not in sent:
            made[by_plain[short]] = value
        elif (
            short.startswith(noun)
            and short.removeprefix(noun) in by_plain
            and by_plain[short.removeprefix(noun)] not in sent
        ):
            made.setdefault(by_plain[short.removeprefix(noun)], value)
        else:
            left[name] = value
    if left or made:
        _into_objects(api, members, sent, left, made)
    return without_files({**left, **made})


def _opened(members: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return the item in a body that is about it and has it in one object, with other things beside."""
    if sent.keys() & members.keys():
        return sent
    inside = [
        one for one in sent.values() if isinstance(one, dict) and len(one.keys() & members.keys()) * 2 >= len(one) > 0
    ]
    return inside[0] if len(inside) == 1 else sent


def _into_objects(
    api: Api, members: dict[str, Any], sent: dict[str, Any], left: dict[str, Any], made: dict[str, Any]
) -> None:
    """Put what the item does not have into an object of it that has most of what was sent."""
    if not left:
        return
    best, most = "", 0
    for name, schema in members.items():
        if name in sent or api.flats.of(schema).type != "object":
            continue
        inside = api.flats.members(schema)
        fitting = len(inside.keys() & sent.keys())
        if fitting > most and len(inside.keys() & left.keys()) * 2 >= len(left):
            best, most = name, fitting
    if best:
        inside = api.flats.members(members[best])
        made[best] = {one: value for one, value in sent.items() if one in inside}


def is_json_value(value: Any) -> bool:
    """Tell whether a value is plain JSON; to walk through one in Python takes a hundred times as long."""
    try:
        orjson.dumps(value)
    except TypeError:  # a file, or an odd number, or nested deeply
        return False
    return True


def without_files(value: Any) -> Any:
    """Return a value with the names of files in the place of files: what came as JSON, which may be large, as it is."""
    if isinstance(value, dict | list) and is_json_value(value):
        return value
    if isinstance(value, File):
        return value.name or "file"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {key: without_files(one) for key, one in value.items()}
    return [without_files(one) for one in value] if isinstance(value, list) else value


def with_parents(kind: Kind, value: Any, within: dict[str, str], api: Api) -> Any:
    """Return an item with the keys of what it belongs to in the members that hold them."""
    if not isinstance(value, dict):
        return value
    for parent in kind.resource.parents:
        field = parent.field or _beside_key(kind, parent.parameter, api)
        if field and parent.resource in within:
            schema = api.below(kind.schema, field)
            fitted = api.fitter.scalar(schema, within[parent.resource])
            if fitted is not MISSING:
                value = write(value, field, fitted)
    return value


def own_parent(kind: Kind, value: dict[str, Any]) -> str:
    """Return the key of the item of the same kind that an item says it belongs to, "" for none."""
    what = plain(kind.name.rpartition("-")[2])
    for name, held in value.items():
        if plain(name) in ("parent", "parentid", f"parent{what}", f"parent{what}id"):
            inner = held.get(kind.field.rpartition("/")[2]) if isinstance(held, dict) else held
            if isinstance(inner, str | int) and not isinstance(inner, bool):
                return str(inner)
    return ""


def with_own_parent(kind: Kind, value: dict[str, Any], key: str, api: Api) -> dict[str, Any]:
    """Return an item that belongs to another one of its kind, with that one's key in the member that names a parent."""
    what = plain(kind.name.rpartition("-")[2])
    for name, schema in api.flats.members(kind.schema).items():
        if plain(name) not in (
            "parent",
            "parentid",
            f"parent{what}",
            f"parent{what}id",
            "parentgid",
            "parentuid",
            "parentkey",
        ):
            continue
        fitted = api.fitter.scalar(schema, key)
        if fitted is not MISSING:
            return {**value, name: fitted}
        member = kind.field.rpartition("/")[2]
        if member in api.flats.members(schema):
            return {**value, name: {member: api.fitter.scalar(api.below(schema, f"/{member}"), key) or key}}
    return value


def _beside_key(kind: Kind, parameter: str, api: Api) -> str:
    """Return the pointer to a parent's key beside the key of the item itself (`/metadata/namespace`)."""
    outer = kind.field.rpartition("/")[0]
    if not outer or parameter not in api.flats.members(api.below(kind.schema, outer)):
        return ""
    return f"{outer}/{parameter}"


def parents_of(kind: Kind, value: Any) -> dict[str, str]:
    """Return the keys of what an item belongs to, as its members name them."""
    found = {}
    for parent in kind.resource.parents:
        held = read(value, parent.field) if parent.field else MISSING
        if isinstance(held, str | int) and not isinstance(held, bool):
            found[parent.resource] = str(held)
    return found
