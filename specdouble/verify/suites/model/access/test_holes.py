"""Rights: what one kind of credential opens, another kind does not, and one write of several is no hole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential, claims
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known, Thing
from specdouble.verify.generated.things import Request
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, workshop

Send = Callable[[Request, Identity], Reply]
WRITES = ("create", "upsert", "update", "replace", "delete", "action", "upload")


def schemes(session: Session, service: str) -> dict[str, dict[str, Any]]:
    """Return the security schemes of a document by name."""
    raw = session.contract.by_name[service].document.raw
    found: dict[str, dict[str, Any]] = (
        (raw.get("components") or {}).get("securitySchemes") or raw.get("securityDefinitions") or {}
    )
    return found


def meets(credential: Credential, scheme: dict[str, Any]) -> bool:
    """Whether a credential has what a scheme asks for, right or wrong."""
    headers = {name.lower(): value for name, value in credential.headers.items()}
    if scheme.get("type") == "apiKey":
        name, place = str(scheme.get("name")), scheme.get("in")
        if place == "header":
            return name.lower() in headers
        if place == "query":
            return name in credential.query
        return any(part.partition("=")[0].strip() == name for part in headers.get("cookie", "").split(";"))
    if scheme.get("type") == "mutualTLS":
        return True
    return "authorization" in headers


@rule("AUTH-62")
@by_model(lambda op, _known: not op.spec.public)
def test_a_credential_of_another_scheme_opens_nothing(op: Op, session: Session, check: Check) -> None:
    """A person whose credential meets none of the schemes that an operation declares is refused (401, 403)."""
    shop = workshop(session)
    known = schemes(session, op.service)
    if any(not way for way in op.spec.security):
        check.does_not_apply("no credential is needed")
        return
    others = [
        one
        for one in shop.identities.in_order
        if not any(
            all(name in known and meets(one.everything, known[name]) for name in way) for way in op.spec.security
        )
    ]
    others = [one for one in others if not one.higher]  # administrators may do more than is declared
    if not others or len(others) == len(shop.identities.people):
        check.does_not_apply("everybody has what it declares, or nobody")
        return

    def send(request: Request, one: Identity) -> Reply:
        return session.play(request, Credential(one.name, one.everything.headers, one.everything.query))

    why = "whose credential is of no scheme that is declared here"
    _closed(op, session, check, others, why, send, expected="401 or 403", about="open")


def _closed(
    op: Op, session: Session, check: Check, people: list[Identity], why: str, send: Send, *, expected: str, about: str
) -> None:
    """Check that the first of these people are refused."""
    shop = workshop(session)
    request = shop.request(op)
    for one in people[:2]:
        if request.identity is one:
            check.that(False, f"{one.name} is let in, {why}", op=op, expected=expected, got="2xx", about=about)
            continue
        reply = send(request, one)
        said = f"{one.name}, {why}, is answered with {reply.status}"
        check.that(reply.status in (401, 403, 404), said, reply, expected=expected, about=about)
        if reply.ok:
            shop.take(request, reply)
            request = shop.request(op)


def needed(raw: dict[str, Any], path: str, method: str) -> list[frozenset[str]]:
    """Return the scopes that each alternative of an operation asks for."""
    operation = ((raw.get("paths") or {}).get(path) or {}).get(method.lower()) or {}
    ways = operation.get("security", raw.get("security")) or []
    return [frozenset(str(one) for scopes in way.values() for one in scopes or ()) for way in ways]


def granted(who: Identity) -> set[str] | None:
    """Return the scopes that the token or the login of a person names, None where they name none."""
    told = [claims(token) for token in who.tokens] + ([who.login.response] if who.login is not None else [])
    found: set[str] | None = None
    for one in told:
        for name in ("scope", "scopes", "scp"):
            value = one.get(name)
            if isinstance(value, str | list):
                found = (found or set()) | set(map(str, value.split() if isinstance(value, str) else value))
    return found


def _asks_scopes(op: Op, known: Known) -> bool:
    raw = known.contract.by_name[op.service].document.raw
    return all(needed(raw, op.spec.path, op.spec.method) or [frozenset()])


@rule("AUTH-64")
@by_model(lambda op, known: not op.spec.public and _asks_scopes(op, known))
def test_scopes_that_are_too_small_open_nothing(op: Op, session: Session, check: Check) -> None:
    """A person whose token names its scopes, and none of those that an operation asks for, is refused (403)."""
    shop = workshop(session)
    ways = needed(session.contract.by_name[op.service].document.raw, op.spec.path, op.spec.method)
    small = [
        one
        for one in shop.identities.people
        if (has := granted(one)) is not None and not any(way <= has for way in ways)
    ]
    if not small:
        check.does_not_apply("nobody has a token that says that its scopes are too small")
        return
    _closed(op, session, check, small, "whose scopes are too small", shop.send, expected="403", about="scopes")


def _stands(op: Op, known: Known) -> bool:
    about = known.about(op)
    ways = [one for one in known.contract.ops if known.about(one).resource == about.resource and not one.reads]
    return bool(about.resource) and not op.reads and ways[0] is op and len(ways) > 2


@rule("AUTH-63")
@by_model(_stands)
def test_no_write_of_several_is_a_hole(op: Op, session: Session, check: Check) -> None:
    """Where most writes to a kind of things are refused to ordinary people and done by administrators, all are."""
    shop = workshop(session)
    if not shop.identities.higher or not shop.identities.peers:
        raise Unmet("an administrator is needed beside an ordinary person: --auth FILE")
    higher, peer = shop.identities.higher[0], shop.identities.peers[-1]
    about = shop.known.about(op)
    opened: list[tuple[Op, Reply]] = []
    closed: list[tuple[Op, Reply]] = []
    own: Thing | None = None
    for one in session.contract.ops:
        mine = shop.known.about(one)
        if one.service != op.service or mine.resource != about.resource or one.reads or one.spec.public:
            continue
        if mine.role not in WRITES:
            continue
        try:
            request = shop.request(one, higher)
        except Unmet:
            continue
        subject = request.thing
        if subject is not None and subject.who is peer:
            continue
        reply = shop.send(request, peer)
        if reply.status in (400, 404, 405, 409, 412, 415, 422, 429):
            continue
        (opened if reply.ok else closed).append((one, reply))
        made = shop.take(request.but(identity=peer), reply) if reply.ok else None
        if made is not None and mine.role in ("create", "upsert"):
            own = replace(made, who=peer)
    if own is not None and any(_may(session, one, own, peer) for one, _reply in closed):
        check.does_not_apply("what a person makes is their own")
        return
    for one, reply in opened:
        check.that(
            len(closed) <= len(opened) or 403 not in one.spec.responses,
            f"an ordinary person is let in ({reply.status}), whom {len(closed)} other writes to such things refuse",
            reply,
            op=one,
            expected="403",
            about=f"hole {one.id}",
        )
    if not opened:
        check.that(True, "", op=op)


def _may(session: Session, op: Op, own: Thing, who: Identity) -> bool:
    """Whether somebody is let in where the thing is their own."""
    shop = workshop(session)
    if shop.known.about(op).role not in ("update", "replace", "delete", "action", "upload"):
        return False
    try:
        return shop.send(shop.request(op, who, thing=own), who).status not in (401, 403)
    except Unmet:
        return False
