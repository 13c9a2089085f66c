"""Credentials: what the document protects opens to good credentials alone."""

from __future__ import annotations

import re

from specdouble.openapi import Op
from specdouble.verify.api.credentials import NOBODY
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known
from specdouble.verify.generated.guard import own_words
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.record import WARNING
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import REFUSED, by_model, workshop
from specdouble.verify.suites.model.access._wrong import takes_anything, wrong
from specdouble.verify.suites.model.bounds.test_bounds import look

_ADMIN = re.compile(
    r"\b(for|only)( the)? admin(istrator)?s\b|\badmin(istrator)?s? only\b|\brequires? (an )?admin", re.IGNORECASE
)


def protected(op: Op, _known: Known) -> bool:
    """Whether an operation declares that a credential is needed."""
    return not op.spec.public


@rule("AUTH-41")
@by_model(protected)
def test_a_wrong_credential_opens_nothing(op: Op, session: Session, check: Check) -> None:
    """What the document protects is refused (401, 403) without a credential and with a wrong one, and changes nothing.

    The request is one that is taken with a good credential, so that nothing but the credential can be the reason.
    """
    shop = workshop(session)
    request = shop.request(op)
    who = request.identity
    if who is None or request.who is NOBODY or not request.who.headers.keys() | request.who.query.keys():
        raise Unmet("no credential was needed to reach it")
    before = look(session, request)
    opened = []
    tries = list(session.some(wrong(request.who, who), 3, 3))
    if who.login is None and takes_anything(session, request.who):
        tries = [one for one in tries if one.rule in ("AUTH-41", "AUTH-43")]
    for one in tries:
        reply = shop.session.play(request, one.who)
        if reply.ok:
            opened.append(one)
            shop.take(request, reply)
        lenient = one.who.name == "the token in another scheme"
        check.that(
            reply.status in (*REFUSED, 302, 303, 400, 404)
            if one.rule != "AUTH-41"
            else reply.status in (*REFUSED, 302, 303, 404),
            f"{one.who.name} is answered with {reply.status}",
            reply,
            rule=one.rule,
            expected="401",
            about=one.who.name,
            **({"severity": WARNING} if lenient else {}),
        )
        if one.rule == "AUTH-41" and not reply.ok and 401 in op.spec.responses:
            check.that(
                reply.status == 401,
                f"a missing credential is answered with {reply.status}, and 401 is declared",
                reply,
                rule="AUTH-49",
                expected="401",
                about="missing",
            )
        if reply.ok and not op.reads:
            request = shop.request(op)
            before = look(session, request)
    if not opened and not op.reads:
        after = look(session, request)
        check.that(
            after == before or after is None,
            "a refused request changes something",
            op=op,
            rule="AUTH-48",
            expected=before,
            got=after,
            about="refused",
        )


@rule("AUTH-51")
@by_model(lambda op, _known: not op.spec.public and _for_admins(op))
def test_what_is_for_administrators_is_refused_to_others(op: Op, session: Session, check: Check) -> None:
    """An operation that the document calls one for administrators is refused (403) to everybody else."""
    shop = workshop(session)
    request = shop.request(op)
    who = request.identity
    if not shop.identities.higher:
        raise Unmet("an administrator is needed beside an ordinary person: --auth FILE")
    others = [one for one in shop.identities.peers if one is not who]
    if who is not None and not who.higher and shop.identities.higher:
        check.that(
            False,
            f"an operation for administrators is open to {who.name}",
            op=op,
            expected="403",
            got="2xx",
            about="open",
        )
        return
    if not others:
        raise Unmet("an ordinary person is needed beside an administrator: --auth FILE")
    reply = shop.send(request, others[0])
    check.that(
        reply.status in (401, 403, 404),
        f"an operation for administrators is answered with {reply.status} to others",
        reply,
        expected="403",
        about="others",
    )


def _for_admins(op: Op) -> bool:
    said = " ".join(
        (
            op.spec.summary,
            op.spec.description,
            *(one.description for one in op.spec.responses.values() if one.status == 403),
        )
    )
    return "admin" in own_words(op) or op.spec.required_role == "admin" or bool(_ADMIN.search(said))
