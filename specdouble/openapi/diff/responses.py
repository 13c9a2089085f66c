"""Responses: statuses with ranges and the default, headers, links and bodies."""

from typing import Any

from specdouble.openapi.diff.contents import compare_content
from specdouble.openapi.diff.context import Place
from specdouble.openapi.diff.parameters import compare_serialization
from specdouble.openapi.diff.rules import BREAKING, COMPATIBLE, RESPONSE
from specdouble.openapi.pointers import escape
from specdouble.openapi.schemas.numbers import text_of

Responses = dict[str, dict[str, Any]]


def compare_responses(place: Place, old: Any, new: Any) -> None:
    """Compare the responses of an operation, each with the one that takes its place."""
    before, after = _statuses(place, old, 0), _statuses(place, new, 1)
    met: set[str] = set()
    for status, response in before.items():
        twins, rule = _twins(status, before, after)
        at = place.at(f"/responses/{status}")
        if rule == "removed":
            at.change(f"response-{'success' if _success(status) else 'status'}-removed")
        elif rule:
            at.change(f"response-status-{rule}", status, ", ".join(twins))
        met.update(twins)
        for twin in twins:
            _pair(place.at(f"/responses/{twin}"), response, after[twin])
    for status in after:
        if status not in met:
            place.at(f"/responses/{status}").change(f"response-{'success' if _success(status) else 'status'}-added")


def _statuses(place: Place, value: Any, side: int) -> Responses:
    return {
        status.upper() if status != "default" else status: response
        for status, response in place.documents.members(value, side, extended=True).items()
    }


def _success(status: str) -> bool:
    return status.startswith(("1", "2", "3"))


def _range(status: str) -> str:
    return f"{status[:1]}XX"


def _twins(status: str, before: Responses, after: Responses) -> tuple[list[str], str]:
    """Return the responses of the newer document that stand for one of the older, and the rule that tells it."""
    if status in after:
        return [status], ""
    if status != "default" and _range(status) in after:
        return [_range(status)], "" if _range(status) in before else "generalized"
    if status.endswith("XX"):
        single = [other for other in after if other != "default" and _range(other) == status and other not in before]
        if single:
            return single, "specialized"
        if any(other != "default" and _range(other) == status for other in after):
            return [], "specialized"
    if status == "default":
        single = [other for other in after if other not in before]
        if not any(map(_success, before)) and any(map(_success, single)):
            return [other for other in single if _success(other)], "specialized"
        return [], "removed"
    if "default" in after and "default" not in before and not any(map(_success, after)):
        return ["default"], "generalized"
    return [], "removed"


def _pair(place: Place, old: dict[str, Any], new: dict[str, Any]) -> None:
    compare_content(place, old.get("content"), new.get("content"), place.received)
    _headers(place, old.get("headers"), new.get("headers"))
    _links(place, old.get("links"), new.get("links"))


def _headers(place: Place, old: Any, new: Any) -> None:
    before, after = (
        {name.lower(): (name, header) for name, header in place.documents.members(value, side).items()}
        for side, value in enumerate((old, new))
    )
    received = place.received == RESPONSE
    for key in {**before, **after}:
        if key == "content-type":  # the specification says that it is ignored
            continue
        name = (after.get(key) or before[key])[0]
        at = place.at(f"/headers/{escape(name)}")
        if key not in after:
            at.change("response-header-removed")
        elif key not in before:
            required = after[key][1].get("required") is True
            at.change("response-header-added", level="" if received or not required else BREAKING)
        else:
            _header(at, before[key][1], after[key][1], received)


def _header(place: Place, old: dict[str, Any], new: dict[str, Any], received: bool) -> None:
    was, now = (one.get("required") is True for one in (old, new))
    if was != now:
        rule = f"response-header-became-{'required' if now else 'optional'}"
        place.change(rule, level=BREAKING if now != received else COMPATIBLE)
    was, now = (one.get("deprecated") is True for one in (old, new))
    if was != now:
        place.change("response-header-deprecated" if now else "response-header-undeprecated")
    compare_serialization(place, old, new, "response-header-style-changed", "parameter-style-rewritten")
    media = [
        next(iter(place.documents.members(one.get("content"), side).values()), {})
        for side, one in enumerate((old, new))
    ]
    place.schemas(media[0].get("schema", old.get("schema")), media[1].get("schema", new.get("schema")), place.received)


def _links(place: Place, old: Any, new: Any) -> None:
    before, after = place.documents.members(old, 0), place.documents.members(new, 1)
    for name in {**before, **after}:
        at = place.at(f"/links/{escape(name)}")
        if name not in after:
            at.change("response-link-removed")
        elif name not in before:
            at.change("response-link-added")
        elif _meaning(before[name]) != _meaning(after[name]):
            at.change("response-link-changed", before[name].get("operationId"), after[name].get("operationId"))


def _meaning(link: dict[str, Any]) -> str:
    return text_of({key: value for key, value in link.items() if key != "description" and not key.startswith("x-")})
