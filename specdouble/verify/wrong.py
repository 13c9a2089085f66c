"""Wrong credentials: everything that somebody might send in place of a good one, made from a real person's.

They belong to the person who could make the request with a good credential; else a refusal might rest on something
other than the credential.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

from specdouble.verify.credentials import Credential, Person, api_key, bearer, claims
from specdouble.verify.problems import Unmet
from specdouble.verify.safety import UNKNOWN
from specdouble.verify.session import Session

_SECRET = "x" * 48


@dataclass(frozen=True)
class Wrong:
    """A credential that must open nothing, and the rule that says so."""

    rule: str
    who: Credential


@cache
def _foreign_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def _flip(text: str) -> str:
    """Change a character in the middle: the last one of base64 may hold no bits that count."""
    middle = len(text) // 2
    return text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]


def almost(secret: str) -> list[str]:
    """Return texts that are nearly a secret and never the secret itself, whatever it looks like.

    What readers of passwords may leave out is not among them: all after 72 bytes, which bcrypt does not see.
    """
    tried = [secret[:-1], secret[1:], f"{secret}x", secret.lower(), secret.upper(), secret.swapcase(), secret[::-1], ""]
    return [one for one in dict.fromkeys(tried) if one.encode()[:72] != secret.encode()[:72]]


def nobody(session: Session) -> Person:
    """Return somebody whom no server knows, with a token that nobody signed."""

    def make() -> Person:
        try:
            keys = session.send("GET /v1/auth/.well-known/jwks.json")["keys"]
            kid = str(keys[0]["kid"])
        except (Unmet, LookupError, TypeError):
            kid = "unknown-key"
        now = int(time.time())
        body = {
            "sub": UNKNOWN, "sid": "ses_nobody99", "tenant_id": session.settings.tenant, "role": "user",
            "type": "access", "iat": now, "exp": now + 900,
        }  # fmt: skip
        token = jwt.encode(body, _foreign_key(), "RS256", {"kid": kid})
        return Person("nobody", "nobody@example.com", "", imperal_id=UNKNOWN, access_token=token, ours=False)

    found: Person = session.shared("nobody at all", make)
    return found


def strangers(session: Session) -> list[Wrong]:
    """Return wrong credentials that are made from nobody's: whoever takes one acts for nobody."""
    person = nobody(session)
    acting = Wrong("AUTH-16", Credential("an acting user alone", {"X-Acting-User": UNKNOWN}))
    return [*malformed(person.access_token), *forged(person), acting]


def forged(person: Person) -> Iterator[Wrong]:
    """Yield tokens that nobody issued: tampered, unsigned, signed with other keys or algorithms."""
    token = person.access_token
    head, payload, signature = token.split(".")
    header, body = jwt.get_unverified_header(token), claims(token)
    later = {**body, "exp": body.get("exp", 0) + 86400}
    yield Wrong("AUTH-06", bearer(f"{head}.{_part(later)}.{signature}", "a token with a tampered payload"))
    yield Wrong(
        "AUTH-07", bearer(f"{head}.{payload}.{signature[: len(signature) // 2]}", "a token with a cut signature")
    )
    yield Wrong("AUTH-07", bearer(f"{head}.{payload}.{_flip(signature)}", "a token with a changed signature"))
    yield Wrong("AUTH-07", bearer(f"{head}.{payload}.", "a token without its signature"))
    for name in ("none", "None", "NONE"):
        unsigned = f"{_part({**header, 'alg': name})}.{payload}."
        yield Wrong("AUTH-08", bearer(unsigned, f"an unsigned token (alg {name})"))
    yield Wrong(
        "AUTH-09", bearer(jwt.encode(body, _SECRET, "HS256", {"kid": header.get("kid")}), "a token of alg HS256")
    )
    foreign = jwt.encode(body, _foreign_key(), "RS256", {"kid": header.get("kid")})
    yield Wrong("AUTH-09", bearer(foreign, "a token signed with a foreign key"))
    unknown = jwt.encode(body, _foreign_key(), "RS256", {"kid": "unknown-key"})
    yield Wrong("AUTH-09", bearer(unknown, "a token of an unknown kid"))


def malformed(token: str) -> Iterator[Wrong]:
    """Yield credentials that are none."""
    yield Wrong("AUTH-01", Credential("no credential"))
    yield Wrong("AUTH-02", Credential("an empty Authorization", {"Authorization": ""}))
    yield Wrong("AUTH-02", Credential("Bearer without a token", {"Authorization": "Bearer"}))
    yield Wrong("AUTH-02", Credential("an empty API key", {"x-api-key": ""}))
    yield Wrong("AUTH-03", bearer("garbage", "garbage as a token"))
    yield Wrong("AUTH-03", bearer("a.b.c", "three parts of garbage"))
    yield Wrong("AUTH-03", bearer("null", "null as a token"))
    yield Wrong("AUTH-04", Credential("another scheme", {"Authorization": f"Token {token}"}))
    yield Wrong("AUTH-04", Credential("a token without a scheme", {"Authorization": token}))
    yield Wrong("AUTH-05", Credential("Basic", {"Authorization": "Basic YWRtaW46YWRtaW4="}))
    yield Wrong("AUTH-14", api_key("imp_live_" + "x" * 32, "an unknown API key"))
    yield Wrong("AUTH-14", bearer("imp_live_" + "x" * 32, "an unknown API key as a bearer"))
    yield Wrong("AUTH-14", api_key(token, "an access token as an API key"))
    yield Wrong("AUTH-17", Credential("a token in a cookie", {"Cookie": f"token={token}; access_token={token}"}))


def ended(session: Session, person: Person) -> Iterator[Wrong]:
    """Yield credentials that were good once: a logged-out session, a revoked key, a refresh token."""
    twin = Person(person.label, person.email, person.password, person.tenant_id)
    session.users.login(twin)
    yield Wrong("AUTH-11", bearer(twin.refresh_token, "a refresh token as an access token"))
    session.send("POST /v1/auth/logout", body={"refresh_token": twin.refresh_token}).need()
    yield Wrong("AUTH-12", bearer(twin.access_token, "the token of an ended session"))
    if session.settings.allow_destructive:
        made = session.send("POST /v1/keys", person, body={"name": session.users.fresh("revoked")})
        secret = str(made["key"])
        session.send("DELETE /v1/keys/{key_id}", person, params={"key_id": made["id"]}).need()
        yield Wrong("AUTH-13", api_key(secret, "a revoked API key"))
        yield Wrong("AUTH-13", bearer(secret, "a revoked API key as a bearer"))
    if session.control.there:
        try:
            old = session.control.post("access-token", {"user_id": person.imperal_id, "seconds": -60})
        except Unmet:
            return
        session.redactor.learn(old["access_token"], "access token")
        yield Wrong("AUTH-10", bearer(old["access_token"], "an expired token"))


def misplaced(session: Session) -> Iterator[Wrong]:
    """Yield platform credentials where a person's belong."""
    service, registry = session.settings.service_token, session.settings.registry_key
    if service:
        yield Wrong("AUTH-15", bearer(service, "the service token as a bearer"))
        yield Wrong("AUTH-15", api_key(service, "the service token as an API key"))
    if registry:
        yield Wrong("AUTH-15", api_key(registry, "the Registry key"))


# What a gate forgets first: that there must be a credential, that it must be a known one, that its time has passed.
TELLING = ("no credential", "garbage as a token", "an unknown API key", "Basic", "the token of an ended session")


def for_person(session: Session, person: Person) -> list[Wrong]:
    """Return every wrong credential of a person, made once, the most telling ones first."""

    def make() -> list[Wrong]:
        # What was good once takes a login, a logout and a key: a sampling run makes it of people who stay.
        once = ended(session, person) if not session.sampling.on or session.users.stays(person) else ()
        every = [
            *malformed(person.access_token), *forged(person), *once, *misplaced(session),
            Wrong("AUTH-16", Credential("an acting user alone", {"X-Acting-User": person.imperal_id})),
        ]  # fmt: skip
        return sorted(every, key=lambda one: TELLING.index(one.who.name) if one.who.name in TELLING else len(TELLING))

    found: list[Wrong] = session.shared(f"wrong {person.imperal_id} {person.session_id}", make)
    return found


def service_tokens(session: Session, token: str) -> Iterator[Wrong]:
    """Yield service tokens that are none."""
    good = session.settings.service_token or "service-token"
    tries = {
        "an empty service token": "", "a wrong service token": "wrong", "the beginning of the service token": good[:-1],
        "the service token and more": f"{good}x", "the service token in capitals": good.swapcase(),
        "an access token as the service token": token, "the service token with a blank": f"{good[:3]} {good[3:]}",
    }  # fmt: skip
    for name, value in tries.items():
        if value == good:
            continue  # a token without letters is the same in capitals
        yield Wrong("GATE-02", Credential(name, {"X-Service-Token": value}))
