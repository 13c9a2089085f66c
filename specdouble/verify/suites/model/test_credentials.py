"""Credentials: what the document protects opens to good credentials alone."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from specdouble.openapi import Op
from specdouble.verify.session.check import Check
from specdouble.verify.api.credentials import NOBODY, Credential, claims
from specdouble.verify.generated import Known, Request
from specdouble.verify.generated.guard import own_words
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.record import WARNING
from specdouble.verify.api.rules import rule
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, has_role, workshop
from specdouble.verify.suites.model.test_bounds import look

_ADMIN = re.compile(r"\b(for|only)( the)? admin(istrator)?s\b|\badmin(istrator)?s? only\b|\brequires? (an )?admin", re.IGNORECASE)
REFUSED = (401, 403)


def protected(op: Op, _known: Known) -> bool:
    """Whether an operation declares that a credential is needed."""
    return not op.spec.public


@dataclass(frozen=True)
class Wrong:
    """A credential that opens nothing."""

    rule: str
    who: Credential


def takes_anything(session: Session) -> bool:
    """Whether the server takes whatever looks like a credential, as a mock does: then none is a wrong one.

    It is asked only where the good ones were not given by the server itself.
    """

    def ask() -> bool:
        shop = workshop(session)
        answers = []
        for op in session.contract.ops:
            if op.reads and not op.spec.public and "{" not in op.spec.path and len(answers) < 3:
                try:
                    request = shop.request(op)
                except Unmet:
                    continue
                basic = any(value.startswith("Basic ") for value in request.who.headers.values())
                other = base64.b64encode(b"specdouble:nobody").decode() if basic else "specdouble-garbage"
                answers.append(session.play(request, _with(request.who, "garbage", lambda _one, text=other: text)).ok)
        return bool(answers) and all(answers)

    found: bool = session.shared("whether any credential is taken", ask)
    return found


def _with(good: Credential, name: str, change: Any) -> Credential:
    """Return a credential with its token exchanged."""
    headers = {}
    for key, value in good.headers.items():
        scheme, blank, token = value.rpartition(" ")
        if key.lower() == "cookie":
            parts = [one.partition("=") for one in value.split("; ")]
            headers[key] = "; ".join(f"{left}={change(right)}" for left, _, right in parts)
        else:
            headers[key] = f"{scheme}{blank}{change(token)}".strip()
    return Credential(name, headers, {key: change(value) for key, value in good.query.items()})


def _flipped(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + ("A" if text[middle : middle + 1] != "A" else "B") + text[middle + 1 :]


def wrong(good: Credential, who: Identity) -> Iterator[Wrong]:
    """Yield credentials that are nearly a good one, the most telling first."""
    yield Wrong("AUTH-41", NOBODY)
    yield Wrong("AUTH-42", _with(good, "garbage in place of the token", lambda _one: "garbage"))
    yield Wrong("AUTH-42", _with(good, "an empty token", lambda _one: ""))
    yield Wrong("AUTH-42", _with(good, "a token with one other character", _flipped))
    yield Wrong("AUTH-42", _with(good, "a token that is cut short", lambda one: one[: max(1, len(one) * 2 // 3)]))
    yield Wrong("AUTH-42", _with(good, "a token with more behind it", lambda one: f"{one}x"))
    if any(claims(token) for token in who.tokens):
        yield from forged(good)
    if who.login is not None:
        refresh = next((value for name, value in who.login.response.items()
                        if "refresh" in name.lower() and isinstance(value, str)), "")  # fmt: skip
        if refresh and refresh not in who.tokens:
            yield Wrong("AUTH-45", _with(good, "a refresh token as an access token", lambda _one: refresh))
    for name, value in good.headers.items():
        if value.startswith("Bearer "):
            token = value.removeprefix("Bearer ")
            encoded = base64.b64encode(b"admin:admin").decode()
            yield Wrong("AUTH-43", Credential("Basic in place of Bearer", {**good.headers, name: f"Basic {encoded}"}))
            yield Wrong("AUTH-43", Credential("the token in another scheme", {**good.headers, name: f"Digest {token}"}))
        elif value.startswith("Basic "):
            yield Wrong("AUTH-43", Credential("Bearer in place of Basic", {**good.headers, name: f"Bearer {value[6:]}"}))


def forged(good: Credential) -> Iterator[Wrong]:
    """Yield tokens that nobody issued, made from a JWT."""

    def unsigned(token: str) -> str:
        head = {**_part(token, 0), "alg": "none"}
        return f"{_encoded(head)}.{token.split('.')[1]}." if token.count(".") == 2 else "garbage"

    def later(token: str) -> str:
        if token.count(".") != 2:
            return "garbage"
        head, _payload, signature = token.split(".")
        told = claims(token)
        return f"{head}.{_encoded({**told, 'exp': int(told.get('exp', 0)) + 86_400})}.{signature}"

    def foreign(token: str) -> str:
        import jwt

        head = _part(token, 0)
        more = {"kid": head["kid"]} if "kid" in head else {}
        return jwt.encode(claims(token), "specdouble-knows-no-secret-of-this-server", "HS256", more) if token.count(".") == 2 else "garbage"

    def bare(token: str) -> str:
        return f"{token.rpartition('.')[0]}." if token.count(".") == 2 else "garbage"

    def expired(token: str) -> str:
        import jwt

        told = claims(token)
        past = {**told, "exp": 1_000_000_000, "iat": 999_999_000}
        return jwt.encode(past, "specdouble-knows-no-secret-of-this-server", "HS256") if token.count(".") == 2 else "garbage"

    yield Wrong("AUTH-44", _with(good, "an unsigned token (alg none)", unsigned))
    yield Wrong("AUTH-44", _with(good, "a token whose payload was changed", later))
    yield Wrong("AUTH-44", _with(good, "a token signed with another key", foreign))
    yield Wrong("AUTH-44", _with(good, "a token without its signature", bare))
    yield Wrong("AUTH-44", _with(good, "an expired token", expired))


def _part(token: str, number: int) -> dict[str, Any]:
    try:
        part = token.split(".")[number]
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


@rule("AUTH-41")
@by_model(protected)
def test_a_wrong_credential_opens_nothing(op: Op, session: Session, check: Check) -> None:
    """What the document protects is refused (401 or 403) without a credential and with a wrong one, and changes nothing.

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
    if who.login is None and takes_anything(session):
        tries = [one for one in tries if one.rule in ("AUTH-41", "AUTH-43")]
    for one in tries:
        reply = shop.session.play(request, one.who)
        if reply.ok:
            opened.append(one)
            shop.take(request, reply)
        lenient = one.who.name == "the token in another scheme"
        check.that(
            reply.status in (*REFUSED, 400, 404) if one.rule != "AUTH-41" else reply.status in (*REFUSED, 404),
            f"{one.who.name} is answered with {reply.status}", reply, rule=one.rule, expected="401", about=one.who.name,
            **({"severity": WARNING} if lenient else {}),
        )  # fmt: skip
        if one.rule == "AUTH-41" and not reply.ok and 401 in op.spec.responses:
            check.that(reply.status == 401, f"a missing credential is answered with {reply.status}, and 401 is declared", reply,
                       rule="AUTH-49", expected="401", about="missing")  # fmt: skip
        if reply.ok and not op.reads:
            request = shop.request(op)
            before = look(session, request)
    if not opened and not op.reads:
        after = look(session, request)
        check.that(after == before or after is None, "a refused request changes something", op=op, rule="AUTH-48", expected=before,
                   got=after, about="refused")  # fmt: skip


@rule("AUTH-46")
@by_model(lambda op, _known: not op.spec.public and _leaves(op))
def test_an_ended_session_opens_nothing(op: Op, session: Session, check: Check) -> None:
    """After a logout the credential of the session is refused; another session of the same person goes on."""
    shop = workshop(session)
    request = shop.request(op)
    who = request.identity
    if who is None or who.renew is None:
        raise Unmet("nobody can be logged in again: --auth FILE with a login")
    probe = _probe(session, who)
    if not shop.send(probe, who).ok:
        raise Unmet("the new session opens nothing")
    shop.send(request).need()
    after = shop.send(probe, who)
    check.that(after.status in REFUSED, f"the credential of an ended session is answered with {after.status}", after, op=op,
               expected="401", about="ended")  # fmt: skip
    if who.login is not None and "refresh_token" in who.login.response:
        for other in session.contract.ops:
            if "refresh" in own_words(other) and other.spec.method == "POST":
                body = {"refresh_token": who.login.response["refresh_token"]}
                reply = session.client.send(other, NOBODY, body=body)
                check.that(not reply.ok, "the refresh token of an ended session gives a new one", reply, op=op, expected="401",
                           about="refresh")  # fmt: skip
    still = shop.send(probe, shop.identities.first if who.name == shop.identities.first.name else None)
    if who.name == shop.identities.first.name:
        check.that(still.ok, "a logout ends another session of the same person", still, op=op, expected="2xx", about="other")


def _leaves(op: Op) -> bool:
    said = own_words(op)
    return op.spec.method in ("POST", "DELETE") and bool(said & {"logout", "signout", "logoff"})


def _probe(session: Session, who: Identity) -> Request:
    """Return a read that is protected and needs nothing."""
    shop = workshop(session)
    for op in session.contract.ops:
        if op.reads and not op.spec.public and "{" not in op.spec.path and not any(one.required for one in op.spec.parameters):
            try:
                request = shop.request(op)
            except Unmet:
                continue
            if request.identity is not None and request.identity.name == who.name:
                return request.but(who=who.credential(op.spec.security))  # type: ignore[return-value]
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
    probe = _probe(session, who)
    fresh = _with(who.everything, f"{who.name} after a refresh", lambda _one: token)
    after = session.play(probe, fresh)
    check.that(after.ok, f"a refreshed access token is answered with {after.status}", after, op=op, expected="2xx", about="fresh")
    if re.search(r"\bonce\b|single[- ]use|one[- ]time|rotat", f"{op.spec.summary} {op.spec.description} {_body_words(session, op)}", re.IGNORECASE):
        again = shop.send(request)
        check.that(not again.ok, "a refresh token works a second time", again, expected="401", about="again")
        if "session ends" in (op.spec.description or ""):
            last = session.play(probe, fresh)
            check.that(last.status in REFUSED, "a repeated refresh token does not end its session", last, op=op,
                       expected="401", about="family")  # fmt: skip


def _body_words(session: Session, op: Op) -> str:
    content = workshop(session).filler(op).content(op)
    raw = session.contract.of(op).resolve(content.schema) if content else {}
    return str(raw.get("description", ""))


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
        check.that(False, f"an operation for administrators is open to {who.name}", op=op, expected="403", got="2xx", about="open")
        return
    if not others:
        raise Unmet("an ordinary person is needed beside an administrator: --auth FILE")
    reply = shop.send(request, others[0])
    check.that(reply.status in (401, 403, 404), f"an operation for administrators is answered with {reply.status} to others",
               reply, expected="403", about="others")  # fmt: skip


def _for_admins(op: Op) -> bool:
    said = " ".join((op.spec.summary, op.spec.description, *(one.description for one in op.spec.responses.values() if one.status == 403)))
    return "admin" in own_words(op) or op.spec.required_role == "admin" or bool(_ADMIN.search(said))


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
    refuses = [one for one in session.contract.ops if not one.spec.public and one.reads and all(
        scheme[0] not in way for way in one.spec.security)]  # fmt: skip
    for one, right in [*((one, True) for one in takes[:6]), *((one, False) for one in refuses[:6])]:
        try:
            read = shop.request(one, request.identity)
        except Unmet:
            continue
        answer = session.play(read, key)
        if right:
            check.that(answer.ok, f"a key is answered with {answer.status} where its scheme is declared", answer, op=one,
                       expected="2xx", about="declared")  # fmt: skip
        else:
            check.that(not answer.ok, "a key opens an operation that does not declare its scheme", answer, op=one,
                       expected="401", about="undeclared")  # fmt: skip
    _writes(session, check, request, key, scheme[0])
    if thing is None or not takes:
        return
    deleter = shop.known.deleter(thing.service, thing.resource.name)
    if deleter is not None:
        shop.send(shop.request(deleter, thing=thing)).need()
        probe = shop.request(takes[0], request.identity)
        gone = session.play(probe, key)
        check.that(gone.status in REFUSED, f"a deleted key is answered with {gone.status}", gone, op=deleter, expected="401",
                   about="deleted")  # fmt: skip
        near = Credential("a key with one other character", {scheme[1]: _flipped(secret)})
        check.that(session.play(probe, near).status in REFUSED, "a key with one other character opens something", op=op,
                   expected="401", about="near")  # fmt: skip


def _writes(session: Session, check: Check, request: Request, key: Credential, scheme: str) -> None:
    """A key whose scope says that it reads does not write."""
    said = [value for name, value in (request.body or {}).items() if "scope" in name or "permission" in name] if isinstance(
        request.body, dict) else []  # fmt: skip
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
        check.that(not reply.ok, "a key that may read writes", reply, op=op, rule="AUTH-53", expected="403", about="read key")


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
        one for name, one in (value.items() if isinstance(value, dict) else ())
        if isinstance(one, str) and len(one) >= 12 and re.search(r"key|secret|token", name, re.IGNORECASE)
    ]  # fmt: skip
    return max(found, key=len, default="")
