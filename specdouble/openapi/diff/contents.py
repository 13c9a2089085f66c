"""Bodies: media types paired by what they cover, their schemas, and the encoding of forms."""

from typing import Any

from specdouble.openapi.diff.context import Place
from specdouble.openapi.diff.nodes import FORM
from specdouble.openapi.diff.rules import BREAKING, COMPATIBLE, REQUEST
from specdouble.openapi.media_types import canonical, covers, kind_of
from specdouble.openapi.pointers import escape

_FORMS = ("application/x-www-form-urlencoded", "text/plain")
_WRITTEN = ("style", "explode", "allowReserved")


def compare_bodies(place: Place, old: Any, new: Any) -> None:
    """Compare the request bodies of an operation; None where there is none."""
    before = place.documents.follow(old, 0) if old is not None else None
    after = place.documents.follow(new, 1) if new is not None else None
    if not before and not after:
        return
    sends = place.sent == REQUEST
    if not before or not after:
        required = bool((before or after or {}).get("required"))
        if not before:
            rule = "request-body-added-required" if required else "request-body-added"
            place.change(rule, level="" if sends else COMPATIBLE)
        else:
            place.change("request-body-removed")
        return
    was, now = before.get("required") is True, after.get("required") is True
    if was != now:
        rule = f"request-body-became-{'required' if now else 'optional'}"
        place.change(rule, level=BREAKING if now == sends else COMPATIBLE)
    compare_content(place, before.get("content"), after.get("content"), place.sent)


def compare_content(place: Place, old: Any, new: Any, direction: str) -> None:
    """Compare media types: equal ones, then ranges and what they cover."""
    before, after = place.documents.members(old, 0), place.documents.members(new, 1)
    if not before and not after:
        return
    if direction != REQUEST and not (before and after):
        place.change("response-body-removed" if before else "response-body-added")
        return
    names = {canonical(name): name for name in after}
    paired: set[str] = set()
    missing: list[str] = []
    for name, media in before.items():
        twin = name if name in after else names.get(canonical(name))
        if twin is None:
            missing.append(name)
            continue
        paired.add(twin)
        if twin != name:
            place.change(f"{direction}-media-type-renamed", name, twin)
        _media(place.at(f"/content/{escape(twin)}"), media, after[twin], direction)
    for name in missing:
        paired |= _covered(place, name, before[name], after, direction)
    for name in after.keys() - paired:
        place.change(f"{direction}-media-type-added", None, name)


def _covered(
    place: Place, name: str, media: dict[str, Any], after: dict[str, dict[str, Any]], direction: str
) -> set[str]:
    """Compare a media type that is gone by name with those that cover it, or that it covered."""
    wide = [twin for twin in after if covers(canonical(twin), canonical(name))]
    narrow = [twin for twin in after if covers(canonical(name), canonical(twin))]
    if not wide and (direction == REQUEST or not narrow):
        place.change(f"{direction}-media-type-removed", name, None)
        return set(narrow)
    for twin in wide[:1] or narrow:
        rule = "generalized" if wide and direction != REQUEST else "renamed"
        place.change(f"{direction}-media-type-{rule}", name, twin)
        _media(place.at(f"/content/{escape(twin)}"), media, after[twin], direction)
    return {*wide[:1], *narrow}


def _media(place: Place, old: dict[str, Any], new: dict[str, Any], direction: str) -> None:
    name = kind_of(place.pointer.rpartition("/")[2].replace("~1", "/"))
    kind = FORM if direction == REQUEST and name in _FORMS else direction
    for keyword in ("schema", "itemSchema"):
        if keyword in old or keyword in new:
            schemas = [_of_bytes(one.get(keyword)) for one in (old, new)]
            place.schemas(schemas[0], schemas[1], kind)
    before, after = place.documents.members(old.get("encoding"), 0), place.documents.members(new.get("encoding"), 1)
    for name in {**before, **after}:
        _encoding(place.at(f"/{escape(name)}"), before.get(name, {}), after.get(name, {}), direction)


def _of_bytes(schema: Any) -> Any:
    """Return nothing for the schema by which 3.0 says that a body is any bytes; 3.1 leaves it out."""
    if not isinstance(schema, dict) or {key for key in schema if key != "description"} != {"type", "format"}:
        return schema
    return None if (schema["type"], schema["format"]) == ("string", "binary") else schema


def _encoding(place: Place, old: dict[str, Any], new: dict[str, Any], direction: str) -> None:
    left, right = _types(old), _types(new)
    request = direction == REQUEST
    if left != right:
        old_wide, new_wide = ((side is None) for side in (left, right))
        wider = new_wide or (not old_wide and all(any(covers(b, a) for b in right or ()) for a in left or ()))
        narrower = old_wide or (not new_wide and all(any(covers(a, b) for a in left or ()) for b in right or ()))
        if not (wider and narrower):
            harmless = wider if request else narrower
            word = ("widened" if request else "narrowed") if harmless else "changed"
            place.change(f"{direction}-encoding-{word}", old.get("contentType"), new.get("contentType"))
    for keyword, before, after in zip(_WRITTEN, _written(old), _written(new), strict=True):
        if before != after:
            place.change(f"{direction}-encoding-changed", before, after, hint=keyword)


def _written(encoding: dict[str, Any]) -> tuple[str, bool, bool]:
    """Return how a part is written, by default as the specification says."""
    style, explode = str(encoding.get("style") or "form"), encoding.get("explode")
    spread = explode if isinstance(explode, bool) else style == "form"
    return style, spread, encoding.get("allowReserved") is True


def _types(encoding: dict[str, Any]) -> frozenset[str] | None:
    text = encoding.get("contentType")
    return frozenset(map(canonical, text.split(","))) if isinstance(text, str) else None
