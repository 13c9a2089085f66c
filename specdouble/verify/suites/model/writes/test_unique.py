"""What there may be only one of: a clash the second time, also at once, and no clash below another parent."""

from __future__ import annotations

import re
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import words
from specdouble.verify.api.rules import rule
from specdouble.verify.generated.guard import own_words
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import body_members, by_model, has_role, make, still, workshop
from specdouble.verify.suites.model.bounds.test_bounds import look

MAKES = has_role("create", "upsert")
_CLASH = re.compile(r"\b(unique|taken|exists|in use|duplicate)\b", re.IGNORECASE)
_TAKEN = re.compile(r"\bunique\b|already (taken|exists|in use)|must not (already )?exist", re.IGNORECASE)


def _registers(op: Op) -> bool:
    """Whether an operation makes an account, which no other operation may show."""
    return op.spec.method == "POST" and bool(own_words(op) & {"register", "signup", "registration"})


@rule("LIFE-45")
@by_model(
    lambda op, known: (
        (MAKES(op, known) or _registers(op)) and not op.spec.path.endswith("}") and 409 in op.spec.responses
    )
)
def test_what_there_may_be_only_one_of_is_a_clash(op: Op, session: Session, check: Check) -> None:
    """Where the document declares a clash (409), the same body a second time is one, and changes nothing.

    A create whose body holds nothing that could be unique may be repeated; so this is judged where a member is called
    unique, or is what the resource is named by.
    """
    shop = workshop(session)
    request, _reply, first = make(session, op)
    unique = unique_members(session, op)
    if not isinstance(request.body, dict) or unique.isdisjoint(request.body):
        check.does_not_apply("nothing says that a member is unique")
        return
    before = shop.reading.item(first) if first is not None else None
    many = look(session, request)
    again = shop.send(request)
    check.that(not again.ok, "the same body makes a second one", again, expected="409", about="again")
    told = f"{op.spec.summary} {op.spec.description} {op.spec.responses[409].description}"
    check.that(
        again.status not in (400, 404, 422) or not _CLASH.search(told),
        f"a clash is answered with {again.status}, and the document says 409",
        again,
        expected="409",
        about="status",
    )
    if again.ok:
        shop.take(request, again)
    said = f"{op.spec.summary} {op.spec.description}"
    if not again.ok:
        _elsewhere(session, check, op, request, unique)
    if "email" in unique and not again.ok and re.search(r"\bcase\b", said):
        louder = {**request.body, "email": str(request.body["email"]).upper()}
        other = shop.send(request, body=louder)
        check.that(not other.ok, "the same address in capitals makes a second one", other, expected="409", about="case")
    if not again.ok:
        after = look(session, request)
        check.that(
            many is None or after == many,
            "a refused create has made something",
            again,
            rule="LIFE-55",
            expected=many,
            got=after,
            about="made",
        )
    if not again.ok and first is not None and before is not None:
        check.equal(
            still(shop.reading.item(first)), still(before), "a refused create changes the first", again, about="changed"
        )


_INSIDE = re.compile(
    r"\bunique\b[^.]{0,20}\b(in|within|per|inside|for each)\b (?:(?:the|its|a|each) )?(\w+)", re.IGNORECASE
)


def _elsewhere(session: Session, check: Check, op: Op, request: Any, unique: set[str]) -> None:
    """Judge that what is unique within a parent may be used below another one."""
    shop = workshop(session)
    within = shop.known.about(op).within
    for name in sorted(unique):
        schema = body_members(session, op)[name]
        raw = shop.filler(op).schemas.resolve(schema)
        text = f"{raw.get('description') or ''} {(schema if isinstance(schema, dict) else {}).get('description') or ''}"
        found = _INSIDE.search(text)
        inside = next((one for one in within.values() if found and found[2].lower() in words(one)), None)
        if inside is None or found is None:
            continue
        with shop.making.apart():
            fresh = shop.request(op)
        if fresh.params == request.params or not isinstance(fresh.body, dict):
            continue
        reply = shop.send(fresh, body={**fresh.body, name: request.body[name]})
        check.that(
            reply.ok,
            f"a {name} is refused ({reply.status}) that another {inside} uses, and the document says: {found[0]}",
            reply,
            expected="2xx",
            about=f"elsewhere {name}",
        )
        if reply.ok:
            shop.take(fresh, reply)


def unique_members(session: Session, op: Op) -> set[str]:
    """Return the members of a body of which there may be only one."""
    shop, resource = workshop(session), workshop(session).known.resource(op)
    found = {part.field.removeprefix("/") for part in resource.key.parts} if resource is not None else set()
    members = body_members(session, op)
    flats = shop.filler(op).flats
    for name, schema in members.items():
        raw = shop.filler(op).schemas.resolve(schema)
        text = f"{raw.get('description') or ''} {(schema if isinstance(schema, dict) else {}).get('description') or ''}"
        if _TAKEN.search(text) or name in ("email", "username", "slug"):
            found.add(name)
        del raw
    assert flats is not None
    return {name for name in found if name in members}
