"""Wrong credentials of Imperal Cloud: everything that somebody might send in place of a good one.

They belong to the person who could make the request with a good credential; else a refusal might rest on something
other than the credential.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import jwt

from specdouble.verify.kit import Credential, Unmet, Wrong, bearer, foreign_key, forged

from .people import Person, api_key
from .safety import UNKNOWN

if TYPE_CHECKING:
    from .session import Session


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
        token = jwt.encode(body, foreign_key(), "RS256", {"kid": kid})
        return Person("nobody", "nobody@example.com", id=UNKNOWN, access_token=token, ours=False)

    found: Person = session.shared("nobody at all", make)
    return found


def strangers(session: Session) -> list[Wrong]:
    """Return wrong credentials that are made from nobody's: whoever takes one acts for nobody."""
    person = nobody(session)
    acting = Wrong("AUTH-16", Credential("an acting user alone", {"X-Acting-User": UNKNOWN}))
    return [*malformed(person.access_token), *forged(person.access_token), acting]


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
    twin = Person(person.label, person.email, person.password, tenant_id=person.tenant_id)
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
            *malformed(person.access_token), *forged(person.access_token), *once, *misplaced(session),
            Wrong("AUTH-16", Credential("an acting user alone", {"X-Acting-User": person.imperal_id})),
        ]  # fmt: skip
        return sorted(every, key=lambda one: TELLING.index(one.who.name) if one.who.name in TELLING else len(TELLING))

    found: list[Wrong] = session.shared(f"wrong {person.imperal_id} {person.session_id}", make)
    return found


def service_tokens(session: Session, token: str) -> Iterator[Wrong]:
    """Yield service tokens that are none."""
    good = session.settings.service_token or "service-token"
    tries = {
        "a wrong service token": "wrong", "an access token as the service token": token,
        **{f"{name} the service token": value for name, value in session.variants(good).items()},
    }  # fmt: skip
    for name, value in tries.items():
        yield Wrong("GATE-02", Credential(name, {"X-Service-Token": value}))
