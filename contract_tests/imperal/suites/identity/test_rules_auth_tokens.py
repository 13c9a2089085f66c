"""Rules of tokens: what a login answers, what a verifier may rely on, how a pair rotates and how it ends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from specdouble.verify.kit import Check, Reply, Unmet, bearer, claims, forged, rule

from ...people import Person
from ...session import Session
from ...shared.accounts import another_session, log_in, moment, moves, profile, refresh, rows, status_of
from ...users import PASSWORD

LOGIN, REFRESH, LOGOUT, ME = "POST /v1/auth/login", "POST /v1/auth/refresh", "POST /v1/auth/logout", "GET /v1/auth/me"
REGISTER, JWKS = "POST /v1/auth/register", "GET /v1/auth/.well-known/jwks.json"
NAMES = ("email", "tenant_id", "role", "scopes")  # claims that the profile shows under the same name


def pairs(session: Session) -> dict[str, Reply]:
    """Return the responses of the operations that issue tokens to one new person."""
    email = f"{session.users.fresh('tokens')}@example.com"
    made = session.send(REGISTER, session.users.service, body={"email": email, "password": PASSWORD}).need()
    logged = log_in(session, email, PASSWORD).need()
    return {REGISTER: made, LOGIN: logged, REFRESH: refresh(session, str(logged["refresh_token"])).need()}


@rule("A04", LOGIN)
def test_wrong_logins_are_told_alike(session: Session, check: Check) -> None:
    """A wrong password and an unknown address get the same status and the same words, so nobody can probe addresses."""
    person = session.users.kept("person whose password is guessed")  # wrong logins may lock an account
    wrong = log_in(session, person, "not-the-password")
    unknown = log_in(session, f"nobody-{session.users.fresh()}@example.com", "not-the-password")
    check.status(wrong, 401, message="a wrong password is not 401")
    check.equal(unknown.status, wrong.status, "an unknown address has another status than a wrong password", unknown)
    check.equal(unknown.detail, wrong.detail, "an unknown address has other words than a wrong password", unknown)
    for text in session.variants(person.password).values():
        check.status(
            log_in(session, person, text),
            401,
            message="a password that is almost right logs in",
        )


@rule("A06", LOGIN, REFRESH, REGISTER)
def test_the_life_of_a_token_is_what_the_answer_says(session: Session, check: Check) -> None:
    """expires_in is a positive integer and equals exp - iat of the access token, whichever operation issued it."""
    for op, reply in pairs(session).items():
        told, token = reply["expires_in"], claims(str(reply["access_token"]))
        check.that(type(told) is int and told > 0, "expires_in is no positive integer", reply, got=told)
        check.equal(token.get("exp", 0) - token.get("iat", 0), told, "exp - iat is not expires_in", reply, op=op)
        check.equal(reply.json.get("token_type", "bearer"), "bearer", "token_type is not bearer", reply)


@rule("A10", LOGIN, REFRESH, REGISTER, JWKS)
def test_whoever_has_the_key_set_can_verify_a_token(session: Session, check: Check) -> None:
    """Access tokens are RS256 JWTs that a verifier with nothing but the JWKS accepts; their claims are the profile."""
    keys = session.send(JWKS).need().json
    for op, reply in pairs(session).items():
        token = str(reply["access_token"])
        try:
            header = jwt.get_unverified_header(token)
            found = [one for one in jwt.PyJWKSet.from_dict(keys).keys if one.key_id == header.get("kid")]
            check.equal(header.get("alg"), "RS256", "the access token is signed with another algorithm", reply, op=op)
            check.must(
                len(found) == 1, "the kid of the access token is not in the JWKS, once", reply, op=op, got=header
            )
            options: Any = {"require": ["sub", "exp", "iat"], "verify_exp": False, "verify_iat": False}
            told = jwt.decode(token, found[0], algorithms=["RS256"], options=options)
        except jwt.PyJWTError as error:
            check.must(False, f"a verifier refuses the access token: {error}", reply, op=op)
            return
        me = profile(session, bearer(token))
        expected = {"sub": me["imperal_id"], "actor_kind": "user", **{name: me[name] for name in NAMES}}
        for name, value in expected.items():
            check.equal(told.get(name), value, f"the claim {name} is not what the profile says", reply, op=op)
        current = [one["session_id"] for one in rows(session, bearer(token)) if one["current"]]
        check.equal([told.get("sid")], current, "the claim sid is not the current session", reply, op=op)


@rule("A10", ME, JWKS)
def test_what_the_key_set_does_not_know_opens_nothing(session: Session, check: Check) -> None:
    """HS256, alg none, a foreign key, an unknown kid and a changed payload are refused with 401."""
    person = session.users.user
    for wrong in forged(person.access_token):
        reply = session.send(ME, wrong.who)
        check.status(reply, 401, message=f"{wrong.who.name} is answered with {reply.status}", about=wrong.who.name)
    head = jwt.get_unverified_header(person.access_token)
    for key in jwt.PyJWKSet.from_dict(session.send(JWKS).need().json).keys:
        pem = key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        header = base64.urlsafe_b64encode(orjson.dumps({**head, "alg": "HS256"})).decode().rstrip("=")
        signed = f"{header}.{person.access_token.split('.')[1]}"
        mac = base64.urlsafe_b64encode(hmac.new(pem, signed.encode(), hashlib.sha256).digest()).decode().rstrip("=")
        reply = session.send(ME, bearer(f"{signed}.{mac}"))
        check.status(
            reply, 401, message="the public key as a shared secret signs a token", about="public key as secret"
        )
    check.ok(session.send(ME, person), "the real token is refused afterwards")


@rule("A10", LOGIN, REFRESH, ME)
def test_a_token_says_what_its_person_is_now(session: Session, check: Check) -> None:
    """When an administrator gives somebody another role, the next tokens carry the role and scopes of their profile.

    The profile shows what the administrator wrote, at once.
    """
    person = session.users.new("person with a new role")
    held, where = another_session(session, person), {"user_id": person.imperal_id}
    written = {"role": "viewer", "scopes": ["notes:read", "mail:write"], "attributes": {"team": "compilers", "desk": 7}}
    session.send("PATCH /v1/users/{user_id}", session.users.admin, params=where, body=written).need()
    me = profile(session, person)
    check.equal(me["role"], "viewer", "the profile shows another role than was given", op=ME)
    check.equal(set(me["scopes"]), set(written["scopes"]), "the profile shows other scopes than were given", op=ME)
    shown = {name: me["attributes"].get(name) for name in ("team", "desk")}
    check.equal(shown, written["attributes"], "the profile shows other attributes than were given", op=ME)
    for reply in (
        log_in(session, person, person.password),
        refresh(session, held.refresh_token),
    ):
        token = str(check.ok(reply)["access_token"])
        check.equal(claims(token).get("role"), "viewer", "the token carries the former role", reply)
        check.equal(claims(token).get("scopes"), me["scopes"], "the scopes of the token are not the profile's", reply)


@rule("LIFE-118", ME, "PUT /v1/billing/profile", "POST /v1/developer/register")
def test_a_profile_has_the_persons_attributes(session: Session, check: Check) -> None:
    """Attributes of a profile hold the invoicing profile, and for a developer the tier; other people's are theirs."""
    person, other = session.users.new_developer("explorer"), session.users.new("person without attributes")
    check.equal(
        profile(session, person)["attributes"].get("developer_tier"), "explorer", "the tier of a developer", op=ME
    )
    invoice = {"name": "Ada Lovelace", "company": "Engines Ltd", "vat": "DE123456789", "country": "DE"}
    check.ok(session.send("PUT /v1/billing/profile", person, body=invoice))
    billing = profile(session, person)["attributes"].get("billing") or {}
    check.equal({name: billing.get(name) for name in invoice}, invoice, "the invoicing profile", op=ME)
    theirs = profile(session, other)["attributes"]
    check.that(not {"billing", "developer_tier"} & theirs.keys(), "somebody else has them too", op=ME, got=theirs)


@rule("A11", JWKS)
def test_the_key_set_is_public(session: Session, check: Check) -> None:
    """The JWKS is there for everybody, with keys that verifiers take: RSA of 2048 bits or more, each kid once."""
    reply = check.ok(session.send(JWKS))
    keys = reply["keys"]
    check.must(keys, "the key set is empty", reply)
    check.equal(len({one["kid"] for one in keys}), len(keys), "two keys have one kid", reply)
    for one in keys:
        check.equal([one["kty"], one["use"], one["alg"]], ["RSA", "sig", "RS256"], "no RS256 key for signatures", reply)
        key: Any = jwt.PyJWK.from_dict(one).key
        check.that(key.key_size >= 2048, f"a key has {key.key_size} bits", reply)
    check.equal(session.send(JWKS).json, reply.json, "the key set differs from one read to the next", reply)


# -- rotation ------------------------------------------------------------------------------------------------------


@rule("A07", REFRESH)
def test_a_refresh_rotates_the_pair(session: Session, check: Check) -> None:
    """A refresh answers a new pair of the same session, and the refresh token that was shown is dead at once."""
    person = session.users.new("person who refreshes")
    other, old = another_session(session, person), another_session(session, person)
    first = check.ok(refresh(session, old.refresh_token))
    check.that(first["refresh_token"] != old.refresh_token, "the refresh token did not change", first)
    check.that(first["access_token"] != old.access_token, "the access token did not change", first)
    now, before = claims(str(first["access_token"])), claims(old.access_token)
    for name in ("sub", "sid", "tenant_id", "email", "role", "scopes"):
        check.equal(now.get(name), before.get(name), f"the claim {name} changed with a refresh", first, about=name)
    check.equal(status_of(session, str(first["access_token"])), 200, "the new access token opens nothing", first)
    second = check.ok(refresh(session, str(first["refresh_token"])), "the new refresh token does not work")
    check.that(second["refresh_token"] not in (first["refresh_token"], old.refresh_token), "a token came back", second)
    sids = [one["session_id"] for one in rows(session, other)]
    check.equal(sids.count(old.session_id), 1, "a refreshed session is not on the list once", second)
    check.equal(len(sids), 3, "a refresh opened or ended a session", second)
    reused = refresh(session, old.refresh_token)
    check.status(reused, 401, message="a used refresh token works again")
    check.status(refresh(session, str(first["refresh_token"])), 401, message="a used refresh token works again")
    check.equal(status_of(session, other.access_token), 200, "the refresh of one session ended another", second)


@rule("A07", REFRESH)
def test_of_two_refreshes_at_once_one_wins(session: Session, check: Check) -> None:
    """Two clients that refresh with one token at the same time: exactly one gets a pair, the other 401."""
    person = session.users.new("person who refreshes twice")
    for _ in range(3):
        token, gate, seen = another_session(session, person).refresh_token, threading.Barrier(2), list[Reply]()

        def play(token: str = token, gate: threading.Barrier = gate, seen: list[Reply] = seen) -> None:
            gate.wait(5)
            seen.append(refresh(session, token))

        threads = [threading.Thread(target=play) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        if len(seen) < 2:
            raise Unmet("two requests at the same time were not both answered")
        statuses = sorted(one.status for one in seen)
        check.equal(statuses, [200, 401], "of two refreshes at once not exactly one won", seen[0])


@rule("A08", REFRESH)
def test_only_a_dead_token_is_401_at_refresh(session: Session, check: Check) -> None:
    """401 at refresh means that the login is over, so nothing but a dead or unknown refresh token is told so."""
    held = another_session(session, session.users.kept("person with sessions"))
    for body in ({}, {"refresh_token": 5}, {"refresh_token": None}, {"token": held.refresh_token}):
        check.status(session.send(REFRESH, body=body), 422, message="a malformed refresh is not 422")
    check.status(refresh(session, held.access_token), 401, message="an access token refreshes")
    variants = session.variants(held.refresh_token)
    check.status(refresh(session, variants["more than"]), 401, message="a longer refresh token refreshes")
    check.status(refresh(session, variants["the beginning of"]), 401, message="a shorter refresh token refreshes")
    check.status(refresh(session, session.users.fresh("token")), 401, message="an unknown refresh token is not 401")
    stale = refresh(session, held.refresh_token, headers={"Authorization": "Bearer an.old.token"})
    check.status(stale, 200, message="a stale Authorization header logs a client out")


@rule("A09", LOGOUT, REFRESH)
def test_a_logout_ends_its_session(session: Session, check: Check) -> None:
    """A logout needs the refresh token only; it ends that session, its tokens and nothing else, and may be repeated."""
    person = session.users.new("person who logs out")
    leaving = another_session(session, person)
    reply = check.ok(session.send(LOGOUT, body={"refresh_token": leaving.refresh_token}))
    check.that(reply["message"], "the response has no message", reply)
    check.status(refresh(session, leaving.refresh_token), 401, message="the refresh token works after the logout")
    check.equal(status_of(session, leaving.access_token), 401, "the access token works after the logout", reply)
    sids = [one["session_id"] for one in rows(session, person)]
    check.equal(sids, [person.session_id], "the list of sessions after the logout", reply)
    for token in (leaving.refresh_token, session.users.fresh("token")):
        check.status(session.send(LOGOUT, body={"refresh_token": token}), 200, message="a repeated logout is refused")
    check.equal(status_of(session, person.access_token), 200, "another session ended with the logout", reply)
    check.ok(refresh(session, person.refresh_token), "another session cannot refresh after the logout")


@rule("LIFE-103", LOGIN, ME)
def test_a_login_moves_last_login(session: Session, check: Check) -> None:
    """A login moves last_login forward and opens a session of its own; a refused one does neither."""
    person = session.users.new("person who logs in")
    refused = log_in(session, person, "not-the-password")
    before = [one["session_id"] for one in rows(session, person)]
    check.equal(before, [person.session_id], "a refused login opened a session", refused)
    earlier, later = moves(
        lambda: moment(profile(session, person)["last_login"]), lambda: log_in(session, person, person.password)
    )  # fmt: skip
    check.that(
        later > earlier, "last_login did not move forward with a login", op=LOGIN, got=later, expected=f"> {earlier}"
    )
    held = another_session(session, person)
    issued = float(claims(held.access_token).get("iat", 0))
    off = abs(moment(profile(session, held)["last_login"]) - issued)
    check.that(off < 30, f"last_login is {off:.0f} seconds from the login", op=LOGIN)
    check.that(held.session_id not in before, "a second login opened no session of its own", op=LOGIN)


@rule("A14", LOGIN, REFRESH, ME)
def test_a_deactivated_person_is_out(session: Session, check: Check) -> None:
    """Somebody deactivated cannot log in (403), and their tokens and keys are 401; activation gives no token back."""
    person: Person = session.users.new("person who leaves")
    key, where = session.users.key(person), {"user_id": person.imperal_id}
    other = another_session(session, person)
    session.send("PATCH /v1/users/{user_id}", session.users.admin, params=where, body={"is_active": False}).need()
    check.status(
        log_in(session, person, person.password),
        403,
        message="a deactivated person can log in",
    )
    for who in (person.bearer, other.bearer, key):
        check.status(session.send(ME, who), 401, message=f"{who.name} opens the profile of a deactivated person")
    check.status(refresh(session, other.refresh_token), 401, message="a deactivated person refreshes")
    session.send("PATCH /v1/users/{user_id}", session.users.admin, params=where, body={"is_active": True}).need()
    check.ok(
        log_in(session, person, person.password),
        "somebody activated again cannot log in",
    )
    check.equal(status_of(session, person.access_token), 401, "a session from before the deactivation lives", op=ME)
    check.status(
        refresh(session, person.refresh_token), 401, message="a refresh token from before the deactivation lives"
    )
