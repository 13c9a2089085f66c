"""Sessions: a logout ends one, a refresh gives another, and nothing else does."""

from __future__ import annotations

import re

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import ME, words
from specdouble.verify.api.credentials import NOBODY
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Request
from specdouble.verify.generated.guard import own_words
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import REFUSED, as_sent, by_model, workshop
from specdouble.verify.suites.model.access._wrong import exchanged


@rule("AUTH-46")
@by_model(lambda op, _known: not op.spec.public and _leaves(op))
def test_an_ended_session_opens_nothing(op: Op, session: Session, check: Check) -> None:
    """After a logout the credential of the session is refused; another session of the same person goes on."""
    shop = workshop(session)
    request = shop.request(op)
    who = request.identity
    if who is None or who.renew is None:
        raise Unmet("nobody can be logged in again: --auth FILE with a login")
    probe = protected_read(session, who)
    if not shop.send(probe, who).ok:
        raise Unmet("the new session opens nothing")
    shop.send(request).need()
    after = shop.send(probe, who)
    check.that(
        after.status in REFUSED,
        f"the credential of an ended session is answered with {after.status}",
        after,
        op=op,
        expected="401",
        about="ended",
    )
    if who.login is not None and "refresh_token" in who.login.response:
        for other in session.contract.ops:
            if "refresh" in own_words(other) and other.spec.method == "POST":
                body = {"refresh_token": who.login.response["refresh_token"]}
                reply = session.client.send(other, NOBODY, **as_sent(session, other, body))
                check.that(
                    not reply.ok,
                    "the refresh token of an ended session gives a new one",
                    reply,
                    op=op,
                    expected="401",
                    about="refresh",
                )
    still = shop.send(probe, shop.identities.first if who.name == shop.identities.first.name else None)
    if who.name == shop.identities.first.name:
        check.that(
            still.ok, "a logout ends another session of the same person", still, op=op, expected="2xx", about="other"
        )


def _leaves(op: Op) -> bool:
    said = own_words(op)
    named = bool(said & {"logout", "signout", "logoff"}) or {"log", "out"} <= said or {"sign", "out"} <= said
    before, _, end = op.spec.path.rstrip("/").rpartition("/")
    last = set(words(end))
    if last & (ME | {"current", "own"}):  # /sessions/current
        last = set(words(before.rpartition("/")[2]))
    ends = (
        op.spec.method == "DELETE"
        and "{" not in op.spec.path
        and bool(last & {"session", "sessions", "login", "token"})
    )
    return ends or (op.spec.method in ("POST", "DELETE") and named)


def protected_read(session: Session, who: Identity) -> Request:
    """Return a read that is protected and needs nothing."""
    shop = workshop(session)
    for op in session.contract.ops:
        if (
            op.reads
            and not op.spec.public
            and "{" not in op.spec.path
            and not any(one.required for one in op.spec.parameters)
        ):
            try:
                request = shop.request(op)
            except Unmet:
                continue
            if request.identity is not None and request.identity.name == who.name:
                return request.but(who=who.credential(op.spec.security))
    raise Unmet("no protected read needs nothing, so nothing shows whether a session has ended")


@rule("AUTH-47")
@by_model(lambda op, _known: op.spec.method == "POST" and "refresh" in own_words(op) and op.spec.body is not None)
def test_a_refresh_token_works_as_the_document_says(op: Op, session: Session, check: Check) -> None:
    """A refresh gives credentials that work; where the document says that a refresh token works once, it does."""
    shop = workshop(session)
    request = shop.request(op)
    reply = shop.send(request).need()
    found = reply.json if isinstance(reply.json, dict) else {}
    token = next((value for name, value in found.items() if "access" in name and isinstance(value, str)), "")
    who = request.identity
    if not token or who is None:
        raise Unmet("the response holds no access token")
    probe = protected_read(session, who)
    fresh = exchanged(who.everything, f"{who.name} after a refresh", lambda _one: token)
    if isinstance(request.body, dict):
        held = [name for name, value in request.body.items() if "refresh" in name and isinstance(value, str)]
        for name in held:
            swapped = shop.send(request, body={**request.body, name: token})
            check.that(
                not swapped.ok,
                "an access token works as a refresh token",
                swapped,
                expected="401",
                about="access token",
            )
            newer = next((value for key, value in found.items() if "refresh" in key and isinstance(value, str)), "")
            if newer:
                second = shop.send(request, body={**request.body, name: newer})
                check.that(
                    second.ok,
                    f"a new refresh token is answered with {second.status}",
                    second,
                    expected="2xx",
                    about="newer",
                )
                later = second.json if second.ok and isinstance(second.json, dict) else {}
                token = next(
                    (value for key, value in later.items() if "access" in key and isinstance(value, str)), token
                )
                fresh = exchanged(who.everything, f"{who.name} after a refresh", lambda _one, text=token: text)
    after = session.play(probe, fresh)
    check.that(
        after.ok,
        f"a refreshed access token is answered with {after.status}",
        after,
        op=op,
        expected="2xx",
        about="fresh",
    )
    if re.search(
        r"\bonce\b|single[- ]use|one[- ]time|rotat",
        f"{op.spec.summary} {op.spec.description} {_body_words(session, op)}",
        re.IGNORECASE,
    ):
        again = shop.send(request)
        check.that(not again.ok, "a refresh token works a second time", again, expected="401", about="again")
        if "session ends" in (op.spec.description or ""):
            last = session.play(probe, fresh)
            check.that(
                last.status in REFUSED,
                "a repeated refresh token does not end its session",
                last,
                op=op,
                expected="401",
                about="family",
            )


def _body_words(session: Session, op: Op) -> str:
    content = workshop(session).filler(op).content(op)
    raw = session.contract.of(op).resolve(content.schema) if content else {}
    return str(raw.get("description", ""))
