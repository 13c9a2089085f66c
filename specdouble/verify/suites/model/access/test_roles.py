"""Roles: where a person lets another one in with a role, the role opens what it should and nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import singular, words
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known, Request, Thing
from specdouble.verify.generated.filling import Filler
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, workshop
from specdouble.verify.suites.model.access.test_isolation import READS, WRITING

_LEAST = ("viewer", "view", "reader", "read", "read_only", "readonly", "guest", "observer", "watcher")
_SHARES = frozenset(
    {"member", "members", "collaborator", "collaborators", "share", "shares", "permissions", "participants", "access"}
)


def _lets_in(op: Op, known: Known) -> bool:
    """Whether an operation gives somebody a role on what its path names."""
    static = {word for one in op.spec.path.split("/") if "{" not in one for word in words(one)}
    return (
        known.about(op).role in ("upsert", "create", "set-add")
        and not static.isdisjoint(_SHARES)
        and bool(known.about(op).within)
    )


def _roles(session: Session, op: Op) -> tuple[str, list[str]]:
    """Return the member of a body that holds a role, and the roles that are listed for it."""
    content = Filler.content(op)
    flats = workshop(session).filler(op).flats
    members = flats.members(content.schema) if content is not None else {}
    for name, schema in members.items():
        listed = [one for one in flats.of(schema).enum or () if isinstance(one, str)]
        if listed and set(words(name)) & {"role", "permission", "access", "level"}:
            return name, listed
    return "", []


@rule("AUTH-61")
@by_model(_lets_in)
def test_a_role_opens_what_it_should(op: Op, session: Session, check: Check) -> None:
    """Whoever was let in reads; with the least role they write nothing; each role does what the document says of it.

    The document says of an operation for whom it is in words ("For editors and owners"); where it does not, the least
    role is held against what most operations do.
    """
    shop = workshop(session)
    name, listed = _roles(session, op)
    if not listed:
        check.does_not_apply("no roles are listed")
        return
    request = shop.request(op)
    owner = request.identity
    other = shop.identities.other(owner) if owner is not None else None
    if owner is None or other is None:
        raise Unmet("a second person is needed: --auth FILE with two peers")
    for role in listed:
        found = list(_ways(session, op, name, role, owner, other, listed))
        if not found:
            continue
        closed = [one for one, ok, _ in found if not ok and one.spec.method != "GET"]
        opened = [one for one, ok, _ in found if ok and one.spec.method != "GET"]
        for one, ok, reply in found:
            said = _said(one, listed)
            if said:
                check.that(
                    ok == (role in said) or (ok and one.reads),
                    f"the role {role} is answered with {reply.status}, and the document says: "
                    f"for {', '.join(sorted(said))}",
                    reply,
                    op=one,
                    expected="2xx" if role in said else "403",
                    about=f"{role} said",
                )
            elif one.reads:
                check.that(
                    ok,
                    f"the role {role} does not read ({reply.status})",
                    reply,
                    op=one,
                    expected="2xx",
                    about=f"{role} reads",
                )
            elif role in _LEAST:
                check.that(
                    not ok or len(closed) <= len(opened),
                    f"the role {role} writes, which {len(closed)} other writes refuse",
                    reply,
                    op=one,
                    expected="403",
                    about=f"{role} writes",
                )


def _said(op: Op, listed: list[str]) -> set[str]:
    """Return the roles that the document names for an operation."""
    text = f"{op.spec.summary} {op.spec.description}"
    found = re.search(r"\b[Ff]or ((?:[a-z_ -]+?(?:,| and | or )?)+)\.", text) or re.search(
        r"\b[Oo]nly ((?:[a-z_ -]+?(?:,| and | or )?)+) (?:may|can)\b", text
    )
    named = {singular(word) for word in re.findall(r"[a-z_-]+", found[1])} if found else set()
    return {one for one in listed if one in named}


def _ways(
    session: Session, op: Op, name: str, role: str, owner: Identity, other: Identity, listed: list[str]
) -> Iterator[tuple[Op, bool, Any]]:
    """Yield what somebody of a role may do to a thing that they were let into."""
    shop = workshop(session)
    inside = list(shop.known.about(op).within.values())[-1]
    for one in session.contract.ops:
        about = shop.known.about(one)
        if one.service != op.service or one.spec.public or about.role not in (*READS, *WRITING):
            continue
        if inside not in about.within.values() and not (about.resource == inside and "{" in one.spec.path):
            continue
        try:
            with shop.making.apart():
                request = shop.request(one, owner)
                parent = _parent(request, inside)
                if parent is None or not parent.ours:
                    continue
                _let_in(session, op, name, role, parent, owner)
                reply = shop.send(request, other)
        except Unmet:
            continue
        if reply.status in (400, 404, 405, 409, 415, 422, 429) and not (reply.status == 404 and one.reads):
            continue
        if reply.ok:
            shop.take(request, reply)
        yield one, reply.ok, reply


def _parent(request: Request, name: str) -> Thing | None:
    thing = request.thing
    if thing is not None and thing.resource.name == name:
        return thing
    found = thing.within(name) if thing is not None else None
    return (
        found
        or request.above.get(name)
        or next((one.within(name) for one in request.above.values() if one.within(name)), None)
    )


def _let_in(session: Session, op: Op, name: str, role: str, parent: Thing, owner: Identity) -> None:
    """Give the other person a role on a thing."""
    shop = workshop(session)
    request = shop.request(op, owner)
    params = dict(request.params)
    for parameter, inside in shop.known.about(op).within.items():
        above = parent if inside == parent.resource.name else parent.within(inside)
        if above is not None:
            params[parameter] = next(reversed(above.keys.values()))
    body = {**(request.body if isinstance(request.body, dict) else {}), name: role}
    shop.send(request, params=params, body=body).need()
