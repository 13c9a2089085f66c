"""Keys that the API itself makes: they open what declares them, until they are deleted."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Request
from specdouble.verify.generated.guard import own_words
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import REFUSED, body_members, by_model, has_role, workshop
from specdouble.verify.suites.model.access._wrong import flipped


@rule("AUTH-52")
@by_model(has_role("create"))
def test_a_key_that_the_api_makes_opens_what_declares_it(op: Op, session: Session, check: Check) -> None:
    """A key that is made through the API works where its scheme is declared, nowhere else, and not after its DELETE."""
    shop = workshop(session)
    known = shop.known.resource(op)
    scheme = _key_scheme(session, op)
    if known is None or not scheme or not own_words(op) & {"key", "keys", "token", "tokens", "apikey", "apikeys"}:
        check.does_not_apply("it makes no key")
        return
    request = shop.request(op)
    reply = shop.send(request).need()
    thing = shop.take(request, reply)
    secret = _secret(reply.json)
    if not secret:
        raise Unmet("the response holds nothing that looks like a key")
    key = Credential("a key made by the API", {scheme[1]: secret})
    takes = [one for one in session.contract.ops if frozenset({scheme[0]}) in one.spec.security and one.reads]
    refuses = [
        one
        for one in session.contract.ops
        if not one.spec.public and one.reads and all(scheme[0] not in way for way in one.spec.security)
    ]
    for one, right in [*((one, True) for one in takes[:6]), *((one, False) for one in refuses[:6])]:
        try:
            read = shop.request(one, request.identity)
        except Unmet:
            continue
        answer = session.play(read, key)
        if right:
            check.that(
                answer.ok,
                f"a key is answered with {answer.status} where its scheme is declared",
                answer,
                op=one,
                expected="2xx",
                about="declared",
            )
        else:
            check.that(
                not answer.ok,
                "a key opens an operation that does not declare its scheme",
                answer,
                op=one,
                expected="401",
                about="undeclared",
            )
    if takes:
        _near(session, check, op, scheme[1], secret, shop.request(takes[0], request.identity))
    _writes(session, check, request, key, scheme[0])
    if takes:
        _expires(session, check, op, request, scheme[1], takes[0])
    if thing is None or not takes:
        return
    deleter = shop.known.deleter(thing.service, thing.resource.name)
    if deleter is not None:
        shop.send(shop.request(deleter, thing=thing)).need()
        probe = shop.request(takes[0], request.identity)
        gone = session.play(probe, key)
        check.that(
            gone.status in REFUSED,
            f"a deleted key is answered with {gone.status}",
            gone,
            op=deleter,
            expected="401",
            about="deleted",
        )


def _near(session: Session, check: Check, op: Op, header: str, secret: str, probe: Request) -> None:
    """Judge that what is nearly a live key opens nothing."""
    cut = secret[: max(8, len(secret) // 2)]
    for said, text in (
        ("with one other character", flipped(secret)),
        ("that is cut short", cut),
        ("with more behind it", f"{secret}x"),
        ("in another case", secret.swapcase()),
        ("with another end", f"{cut}{'A' * (len(secret) - len(cut))}"),
    ):
        if text != secret:
            check.that(
                session.play(probe, Credential(f"a key {said}", {header: text})).status in REFUSED,
                f"a key {said} opens something",
                op=op,
                expected="401",
                about=said,
            )


def _expires(session: Session, check: Check, op: Op, request: Request, header: str, probe: Op) -> None:
    """Judge that a key whose end is set does not work after it."""
    shop = workshop(session)
    flats = shop.filler(op).flats
    ends = [
        name
        for name, schema in body_members(session, op).items()
        if "expir" in name.lower() and flats.of(schema).rules.get("format") == "date-time"
    ]
    if not ends or not isinstance(request.body, dict):
        return
    end = datetime.now(UTC) + timedelta(seconds=_SOON)
    fresh = shop.request(op, request.identity)
    reply = shop.send(
        fresh, body={**fresh.body, ends[0]: end.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    )
    secret = _secret(reply.json) if reply.ok else ""
    if not secret:
        return
    shop.take(fresh, reply)
    key = Credential("a key whose time has passed", {header: secret})
    read = shop.request(probe, request.identity)
    if not session.play(read, key).ok:
        return
    time.sleep(_SOON + 0.3)
    late = session.play(read, key)
    check.that(
        late.status in REFUSED,
        f"a key whose time has passed is answered with {late.status}",
        late,
        op=op,
        rule="AUTH-54",
        expected="401",
        about="expired",
    )


_SOON = 1.5  # seconds that a key is to live


def _writes(session: Session, check: Check, request: Request, key: Credential, scheme: str) -> None:
    """Judge that a key whose scope says that it reads does not write."""
    said = (
        [value for name, value in (request.body or {}).items() if "scope" in name or "permission" in name]
        if isinstance(request.body, dict)
        else []
    )
    if not any(one in ("read", ["read"], "readonly", "read_only", "read-only") for one in said):
        return
    shop = workshop(session)
    tried = 0
    for op in session.contract.ops:
        if op.reads or frozenset({scheme}) not in op.spec.security or 403 not in op.spec.responses:
            continue
        try:
            write = shop.request(op, request.identity)
        except Unmet:
            continue
        reply = session.play(write, key)
        if reply.ok:
            shop.take(write, reply)
        tried += 1
        check.that(
            not reply.ok, "a key that may read writes", reply, op=op, rule="AUTH-53", expected="403", about="read key"
        )


def _key_scheme(session: Session, op: Op) -> tuple[str, str] | None:
    raw = session.contract.by_name[op.service].document.raw
    schemes = (raw.get("components") or {}).get("securitySchemes") or raw.get("securityDefinitions") or {}
    for name, one in schemes.items():
        if one.get("type") == "apiKey" and one.get("in") == "header":
            return str(name), str(one["name"])
    return None


def _secret(value: Any) -> str:
    """Return the longest text of a response that may be a key."""
    found = [
        one
        for name, one in (value.items() if isinstance(value, dict) else ())
        if isinstance(one, str) and len(one) >= 12 and re.search(r"key|secret|token", name, re.IGNORECASE)
    ]
    return max(found, key=len, default="")
