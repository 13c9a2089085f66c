"""Rights: what one kind of credential opens, another kind does not, and one write of several is no hole."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, workshop

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
    if not others:
        check.does_not_apply("everybody has what it declares")
        return
    request = shop.request(op)
    for one in others[:2]:
        if request.identity is one:
            check.that(
                False,
                f"{one.name} is let in, whose credential is of no scheme that is declared here",
                op=op,
                expected="401 or 403",
                got="2xx",
                about="open",
            )
            continue
        reply = shop.session.play(request, Credential(one.name, one.everything.headers, one.everything.query))
        check.that(
            reply.status in (401, 403, 404),
            f"{one.name}, whose credential is of no scheme that is declared here, is answered with {reply.status}",
            reply,
            expected="401 or 403",
            about="open",
        )
        if reply.ok:
            shop.take(request, reply)
            request = shop.request(op)


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
        if reply.ok:
            shop.take(request, reply)
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
