"""What the suites of the model share: which operations they are made for, and how values are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from specdouble.openapi import Op
from specdouble.openapi.media_types import is_json
from specdouble.openapi.model.evidence.words import words
from specdouble.verify.api.known import MISSING, known_of
from specdouble.verify.generated import Known, Request, Thing, Workshop
from specdouble.verify.generated.filling import Filler
from specdouble.verify.generated.making import USED_UP
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.session import Session

# Members that move on every write, or by themselves.
_MOVING = frozenset(
    {
        "updated",
        "modified",
        "version",
        "revision",
        "rev",
        "etag",
        "changed",
        "touched",
        "generation",
        "seen",
        "used",
        "accessed",
        "now",
        "timestamp",
        "uptime",
        "age",
        "expires",
        "nonce",
        "signature",
        "views",
    }
)
_HIDDEN = frozenset({"password", "passwd", "secret", "token", "pin", "cvc", "pwd"})
GONE = (404, 410)
REFUSED = (401, 403, 404)
INVALID = (400, 409, 413, 415, 422)


def by_model(wanted: Callable[[Op, Known], object]) -> pytest.MarkDecorator:
    """Let a test be made for each operation of a document without a pack that is wanted."""

    def chosen(op: Op, api: Any) -> bool:
        return bool(api.generated and wanted(op, known_of(api.contract)))

    return pytest.mark.operations(wanted=chosen)


def has_role(*roles: str) -> Callable[[Op, Known], bool]:
    """Return what chooses operations of some roles."""
    return lambda op, known: known.about(op).role in roles


def workshop(session: Session) -> Workshop:
    """Return the workshop of a session."""
    found: Workshop = session.workshop  # type: ignore[attr-defined]  # of the sessions that these suites are made for
    return found


# -- members ---------------------------------------------------------------------------------------------------------


def body_members(session: Session, op: Op) -> dict[str, Any]:
    """Return the members of a JSON body with their schemas; {} for any other body."""
    content = Filler.content(op)
    if content is None or not is_json(content.media_type) or "json-patch" in content.media_type:
        return {}
    return workshop(session).filler(op).flats.members(content.schema)


def shown_members(session: Session, op: Op) -> set[str]:
    """Return the members of the item that the success of an operation is declared to show."""
    shop = workshop(session)
    success = op.spec.success
    flats = shop.filler(op).flats
    found = flats.members(success.schema)
    for part in shop.known.about(op).at.split("/")[1:]:
        if part in found:
            found = flats.members(found[part])
    return set(found)


def moves(name: str) -> bool:
    """Whether a member may change without being named."""
    return not _MOVING.isdisjoint(words(name))


def hidden(name: str) -> bool:
    """Whether a member is never shown: passwords and the like."""
    return not _HIDDEN.isdisjoint(words(name))


def still(value: Any) -> Any:
    """Return a value without the members that move by themselves."""
    if isinstance(value, dict):
        return {name: still(one) for name, one in value.items() if not moves(name)}
    return [still(one) for one in value] if isinstance(value, list) else value


def unordered(value: Any) -> Any:
    """Return a value with the rows of its lists in one order: where nothing is paged, no order is promised."""
    if isinstance(value, dict):
        return {name: unordered(one) for name, one in value.items()}
    return sorted((unordered(one) for one in value), key=repr) if isinstance(value, list) else value


def same(written: Any, shown: Any, name: str = "", *, inside: bool = False) -> bool:
    """Whether a value came back: equal, the same instant, or for an object every written part of it.

    To a list `inside` of an object a server may add, such as the maker to those who may write.
    """
    if isinstance(written, dict) and isinstance(shown, dict):
        return all(
            key in shown and same(value, shown[key], key, inside=True)
            for key, value in written.items()
            if not hidden(key)
        )
    if isinstance(written, list) and isinstance(shown, list) and inside:
        return all(any(same(one, other) for other in shown) for one in written)
    if isinstance(written, list) and isinstance(shown, list):
        if len(written) == len(shown) and all(isinstance(one, str) for one in (*written, *shown)):
            return sorted(written) == sorted(shown)  # a set has no order
        return len(written) == len(shown) and all(map(same, written, shown))
    if isinstance(written, bool) or isinstance(shown, bool):
        return written is shown
    if isinstance(written, int | float) and isinstance(shown, int | float):
        return abs(written - shown) < 1e-6 * max(1.0, abs(written))
    if isinstance(written, str) and isinstance(shown, str):
        if "@" in written and "email" in words(name):
            return written.lower() == shown.lower()
        return written == shown or _instant(written) == _instant(shown) != None  # noqa: E711 - of two texts
    if isinstance(written, str | int) and isinstance(shown, dict):  # an id that is shown as the thing it names
        return any(str(one) == str(written) for one in shown.values() if isinstance(one, str | int))
    return bool(written == shown)


def _instant(text: str) -> float | None:
    if len(text) < 10 or not text[:4].isdigit():
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if "T" in text or " " in text else None
    except ValueError:
        return None


def written(request: Request, shown: set[str] | dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members of a request that an item should show."""
    for name, value in (request.body or {}).items() if isinstance(request.body, dict) else ():
        if name in shown and not hidden(name):
            yield name, value


def state_refuses(session: Session, request: Request, reply: Reply) -> bool:
    """Whether a refusal is about the state of things, such as an empty stock, and not about the form of a request.

    It is where a request without form is refused with another status.
    """
    if reply.status not in (402, 403, 404, 409, 422, 423, 424, 429):
        return False
    if not isinstance(request.body, dict) or reply.status in (402, 423, 424, 429):
        return reply.status != 422
    control = workshop(session).send(request, body=["specdouble"])
    return not control.ok and control.status != reply.status


def lists_nothing(session: Session, op: Op, reply: Reply) -> bool:
    """Whether a response is a list without rows."""
    known = workshop(session).known
    value = reply.json
    inner = list(value.values()) if isinstance(value, dict) else [value]
    lists = known.about(op).role in ("list", "find") or any(isinstance(one, list) for one in inner)
    return lists and not known.rows(op, value)


# -- things ----------------------------------------------------------------------------------------------------------


def make(session: Session, op: Op) -> tuple[Request, Reply, Thing | None]:
    """Make something with a create; return the request, the response, and the thing where its key is known."""
    shop = workshop(session)
    request = shop.request(op)
    reply = shop.send(request)
    if reply.status in USED_UP:
        with shop.making.apart():  # what it names may be used up
            request = shop.request(op)
            reply = shop.send(request)
    return request, reply.need(), shop.take(request, reply)


def as_sent(session: Session, op: Op, body: Any) -> dict[str, Any]:
    """Return a body as the client takes it: data for JSON, else bytes in the media type that is declared."""
    encoded = workshop(session).filler(op).encoded(op, body)
    return {"body": body} if encoded is None else {"content": encoded[0], "content_type": encoded[1]}


def thing_for(session: Session, op: Op) -> tuple[Request, Thing]:
    """Return a request about a thing of its own, and the thing.

    Raises:
        Unmet: the operation is about no thing that can be made.

    """
    request = workshop(session).request(op)
    if request.thing is None:
        raise Unmet(f"{op.id} is about nothing that could be made")
    return request, request.thing


def item(session: Session, one: Thing) -> dict[str, Any]:
    """Return what a thing shows now.

    Raises:
        Unmet: nothing shows it.

    """
    found = workshop(session).reading.item(one)
    if found is None:
        raise Unmet(f"no operation shows {one.resource.name}")
    return found


__all__ = ["MISSING", "by_model", "has_role", "known_of"]
