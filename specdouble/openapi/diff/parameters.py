"""Parameters: paired by name and place, path parameters by their position in the template."""

from typing import Any

from specdouble.openapi.diff.context import Place, after_sunset, day
from specdouble.openapi.diff.nodes import PARAMETER
from specdouble.openapi.diff.rules import BREAKING, COMPATIBLE, REQUEST
from specdouble.openapi.media_types import canonical, is_json
from specdouble.openapi.pointers import escape
from specdouble.openapi.routing import template_names

Parameters = dict[tuple[str, str], dict[str, Any]]
# The specification says that header parameters of these names are ignored.
_IGNORED = frozenset({"accept", "content-type", "authorization"})
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def parameters_of(place: Place, item: dict[str, Any], operation: dict[str, Any], path: str, side: int) -> Parameters:
    """Return the parameters of an operation by place and name, those of the path item among them."""
    positions = {name: str(index) for index, name in enumerate(template_names(path))}
    found: Parameters = {}
    for source in (item, operation):
        given = source.get("parameters")
        for raw in given if isinstance(given, list) else ():
            one = place.documents.follow(raw, side)
            name, where = one.get("name"), one.get("in")
            if not isinstance(name, str) or not isinstance(where, str):
                continue
            if where == "header" and name.lower() in _IGNORED:
                continue
            key = positions.get(name, name) if where == "path" else name.lower() if where == "header" else name
            found[where, key] = one
    return found


def compare_parameters(place: Place, old: Parameters, new: Parameters) -> None:
    """Compare the parameters of an operation."""
    gone = {key: one for key, one in old.items() if key not in new}
    fresh = {key: one for key, one in new.items() if key not in old}
    for key, one in old.items():
        at = place.at(f"/parameters/{escape(new.get(key, one)['name'])}")
        if key in new:
            _pair(at, one, new[key])
            continue
        moved = next((other for other in fresh if fresh[other]["name"].lower() == one["name"].lower()), None)
        if moved is not None:
            at.change("parameter-moved", one["in"], fresh.pop(moved)["in"])
        elif key in gone:
            _removed(at, one)
    for one in fresh.values():
        required = one.get("required") is True or one.get("in") == "path"
        at = place.at(f"/parameters/{escape(one['name'])}")
        rule = "parameter-added-required" if required else "parameter-added"
        at.change(rule, None, one["in"], level=COMPATIBLE if place.flipped else "")


def _removed(place: Place, one: dict[str, Any]) -> None:
    rule = "parameter-removed-after-sunset" if after_sunset(one, place.today) else "parameter-removed"
    place.change(rule, one["in"], None)


def _pair(place: Place, old: dict[str, Any], new: dict[str, Any]) -> None:
    was, now = (one.get("required") is True or one.get("in") == "path" for one in (old, new))
    if was != now:
        breaks = now != place.flipped
        rule = f"parameter-became-{'required' if now else 'optional'}"
        place.change(rule, level=BREAKING if breaks else COMPATIBLE)
    left, right = _schema(place, old, 0), _schema(place, new, 1)
    compare_serialization(place, old, new, "parameter-style-changed", "parameter-style-rewritten")
    _lifecycle(place, old, new)
    json = any(is_json(name) for name in place.documents.members(new.get("content"), 1))
    place.schemas(left, right, REQUEST if json else PARAMETER)


def _schema(place: Place, one: dict[str, Any], side: int) -> Any:
    content = place.documents.members(one.get("content"), side)
    return next(iter(content.values()), {}).get("schema") if content else one.get("schema")


def compare_serialization(place: Place, old: dict[str, Any], new: dict[str, Any], rule: str, harmless: str) -> None:
    """Compare how a parameter or header is written: `style`, `explode`, `content` and the like."""
    media = [next(iter(place.documents.members(one.get("content"), side)), None) for side, one in enumerate((old, new))]
    canonical_media = [canonical(name) if name else None for name in media]
    if canonical_media[0] != canonical_media[1]:
        place.change(rule, media[0], media[1], hint="content")
        return
    if media[0] is None:
        before, after = _written(old), _written(new)
        if before != after:
            matters = _compound(place, old, 0) or _compound(place, new, 1)
            matters = matters or old.get("in") == "path" or before[0] in ("matrix", "label")
            place.change(rule if matters else harmless, _show(before), _show(after))
    if bool(old.get("allowReserved")) != bool(new.get("allowReserved")):
        place.change("parameter-allow-reserved-changed", bool(old.get("allowReserved")), bool(new.get("allowReserved")))
    if bool(old.get("allowEmptyValue")) != bool(new.get("allowEmptyValue")):
        place.change(f"parameter-empty-value-{'accepted' if new.get('allowEmptyValue') else 'refused'}")


def _written(one: dict[str, Any]) -> tuple[str, bool]:
    style = one.get("style") or _STYLES.get(str(one.get("in")), "simple")
    explode = one.get("explode")
    return str(style), explode if isinstance(explode, bool) else style == "form"


def _show(written: tuple[str, bool]) -> str:
    return f"{written[0]}{', exploded' if written[1] else ''}"


def _compound(place: Place, one: dict[str, Any], side: int) -> bool:
    """Tell whether lists or objects may be sent; single values are written the same in most styles."""
    documents = place.documents
    schema = one.get("schema")
    conj = documents.universe.add({} if schema is None else schema, side)
    return any(flat.type in ("array", "object") for flat in documents.nodes.cutter.flats(conj))


def _lifecycle(place: Place, old: dict[str, Any], new: dict[str, Any]) -> None:
    was, now = (one.get("deprecated") is True for one in (old, new))
    if was != now:
        place.change("parameter-deprecated" if now else "parameter-undeprecated")
    before, after = day(old.get("x-sunset")), day(new.get("x-sunset"))
    if before != after and now and "x-sunset" in old:
        earlier = before is not None and (after is None or after < before)
        rule = "parameter-sunset-earlier" if earlier else "parameter-sunset-changed"
        place.change(rule, old.get("x-sunset"), new.get("x-sunset"))
