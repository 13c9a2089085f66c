"""Laws of tokens: what a login answers, what a verifier may rely on, how a pair rotates and how it ends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from specdouble.verify.kit import PASSWORD, Judge, Person, Reply, Stage, Unmet, almost, bearer, claims, forged, law

from ...accounts import log_in, moment, moves, profile, refresh, rows, session, status_of

LOGIN, REFRESH, LOGOUT, ME = "POST /v1/auth/login", "POST /v1/auth/refresh", "POST /v1/auth/logout", "GET /v1/auth/me"
REGISTER, JWKS = "POST /v1/auth/register", "GET /v1/auth/.well-known/jwks.json"
NAMES = ("email", "tenant_id", "role", "scopes")  # claims that the profile shows under the same name


def pairs(stage: Stage) -> dict[str, Reply]:
    """Return the answers of the operations that issue tokens to one new person."""
    email = f"{stage.cast.fresh('tokens')}@example.com"
    made = stage.send(REGISTER, stage.cast.service, body={"email": email, "password": PASSWORD}).need()
    logged = log_in(stage, email, PASSWORD).need()
    return {REGISTER: made, LOGIN: logged, REFRESH: refresh(stage, str(logged["refresh_token"])).need()}


@law("A04", LOGIN)
def test_wrong_logins_are_told_alike(stage: Stage, judge: Judge) -> None:
    """A wrong password and an unknown address get the same status and the same words, so nobody can probe addresses."""
    person = stage.cast.kept("person whose password is guessed")  # wrong logins may lock an account
    wrong = log_in(stage, person, "not-the-password")
    unknown = log_in(stage, f"nobody-{stage.cast.fresh()}@example.com", "not-the-password")
    judge.status(wrong, 401, message="a wrong password is not 401")
    judge.equal(unknown.status, wrong.status, "an unknown address has another status than a wrong password", unknown)
    judge.equal(unknown.detail, wrong.detail, "an unknown address has other words than a wrong password", unknown)
    for text in almost(person.password):
        judge.status(
            log_in(stage, person, text),
            401,
            message="a password that is almost right logs in",
        )


@law("A06", LOGIN, REFRESH, REGISTER)
def test_the_life_of_a_token_is_what_the_answer_says(stage: Stage, judge: Judge) -> None:
    """expires_in is a positive integer and equals exp - iat of the access token, whichever operation issued it."""
    for op, reply in pairs(stage).items():
        told, token = reply["expires_in"], claims(str(reply["access_token"]))
        judge.that(type(told) is int and told > 0, "expires_in is no positive integer", reply, got=told)
        judge.equal(token.get("exp", 0) - token.get("iat", 0), told, "exp - iat is not expires_in", reply, op=op)
        judge.equal(reply.json.get("token_type", "bearer"), "bearer", "token_type is not bearer", reply)


@law("A10", LOGIN, REFRESH, REGISTER, JWKS)
def test_whoever_has_the_key_set_can_verify_a_token(stage: Stage, judge: Judge) -> None:
    """Access tokens are RS256 JWTs that a verifier with nothing but the JWKS accepts; their claims are the profile."""
    keys = stage.send(JWKS).need().json
    for op, reply in pairs(stage).items():
        token = str(reply["access_token"])
        try:
            header = jwt.get_unverified_header(token)
            found = [one for one in jwt.PyJWKSet.from_dict(keys).keys if one.key_id == header.get("kid")]
            judge.equal(header.get("alg"), "RS256", "the access token is signed with another algorithm", reply, op=op)
            judge.must(
                len(found) == 1, "the kid of the access token is not in the JWKS, once", reply, op=op, got=header
            )
            options: Any = {"require": ["sub", "exp", "iat"], "verify_exp": False, "verify_iat": False}
            told = jwt.decode(token, found[0], algorithms=["RS256"], options=options)
        except jwt.PyJWTError as error:
            judge.must(False, f"a verifier refuses the access token: {error}", reply, op=op)
            return
        me = profile(stage, bearer(token))
        expected = {"sub": me["imperal_id"], "actor_kind": "user", **{name: me[name] for name in NAMES}}
        for name, value in expected.items():
            judge.equal(told.get(name), value, f"the claim {name} is not what the profile says", reply, op=op)
        current = [one["session_id"] for one in rows(stage, bearer(token)) if one["current"]]
        judge.equal([told.get("sid")], current, "the claim sid is not the current session", reply, op=op)


@law("A10", ME, JWKS)
def test_what_the_key_set_does_not_know_opens_nothing(stage: Stage, judge: Judge) -> None:
    """HS256, alg none, a foreign key, an unknown kid and a changed payload are refused with 401."""
    person = stage.cast.user
    for wrong in forged(person):
        reply = stage.send(ME, wrong.who)
        judge.status(reply, 401, message=f"{wrong.who.name} is answered with {reply.status}", about=wrong.who.name)
    head = jwt.get_unverified_header(person.access_token)
    for key in jwt.PyJWKSet.from_dict(stage.send(JWKS).need().json).keys:
        pem = key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        header = base64.urlsafe_b64encode(orjson.dumps({**head, "alg": "HS256"})).decode().rstrip("=")
        signed = f"{header}.{person.access_token.split('.')[1]}"
        mac = base64.urlsafe_b64encode(hmac.new(pem, signed.encode(), hashlib.sha256).digest()).decode().rstrip("=")
        reply = stage.send(ME, bearer(f"{signed}.{mac}"))
        judge.status(
            reply, 401, message="the public key as a shared secret signs a token", about="public key as secret"
        )
    judge.ok(stage.send(ME, person), "the real token is refused afterwards")


@law("A10", LOGIN, REFRESH, ME)
def test_a_token_says_what_its_person_is_now(stage: Stage, judge: Judge) -> None:
    """When an administrator gives somebody another role, the next tokens carry the role and scopes of their profile.

    The profile shows what the administrator wrote, at once.
    """
    person = stage.cast.new("person with a new role")
    held, where = session(stage, person), {"user_id": person.imperal_id}
    written = {"role": "viewer", "scopes": ["notes:read", "mail:write"], "attributes": {"team": "compilers", "desk": 7}}
    stage.send("PATCH /v1/users/{user_id}", stage.cast.admin, params=where, body=written).need()
    me = profile(stage, person)
    judge.equal(me["role"], "viewer", "the profile shows another role than was given", op=ME)
    judge.equal(set(me["scopes"]), set(written["scopes"]), "the profile shows other scopes than were given", op=ME)
    shown = {name: me["attributes"].get(name) for name in ("team", "desk")}
    judge.equal(shown, written["attributes"], "the profile shows other attributes than were given", op=ME)
    for reply in (
        log_in(stage, person, person.password),
        refresh(stage, held.refresh_token),
    ):
        token = str(judge.ok(reply)["access_token"])
        judge.equal(claims(token).get("role"), "viewer", "the token carries the former role", reply)
        judge.equal(claims(token).get("scopes"), me["scopes"], "the scopes of the token are not the profile's", reply)


@law("LIFE-118", ME, "PUT /v1/billing/profile", "POST /v1/developer/register")
def test_a_profile_has_the_persons_attributes(stage: Stage, judge: Judge) -> None:
    """Attributes of a profile hold the invoicing profile, and for a developer the tier; other people's are theirs."""
    person, other = stage.cast.new_developer("explorer"), stage.cast.new("person without attributes")
    judge.equal(
        profile(stage, person)["attributes"].get("developer_tier"), "explorer", "the tier of a developer", op=ME
    )
    invoice = {"name": "Ada Lovelace", "company": "Engines Ltd", "vat": "DE123456789", "country": "DE"}
    judge.ok(stage.send("PUT /v1/billing/profile", person, body=invoice))
    billing = profile(stage, person)["attributes"].get("billing") or {}
    judge.equal({name: billing.get(name) for name in invoice}, invoice, "the invoicing profile", op=ME)
    theirs = profile(stage, other)["attributes"]
    judge.that(not {"billing", "developer_tier"} & theirs.keys(), "somebody else has them too", op=ME, got=theirs)


@law("A11", JWKS)
def test_the_key_set_is_public(stage: Stage, judge: Judge) -> None:
    """The JWKS is there for everybody, with keys that verifiers take: RSA of 2048 bits or more, each kid once."""
    reply = judge.ok(stage.send(JWKS))
    keys = reply["keys"]
    judge.must(keys, "the key set is empty", reply)
    judge.equal(len({one["kid"] for one in keys}), len(keys), "two keys have one kid", reply)
    for one in keys:
        judge.equal([one["kty"], one["use"], one["alg"]], ["RSA", "sig", "RS256"], "no RS256 key for signatures", reply)
        key: Any = jwt.PyJWK.from_dict(one).key
        judge.that(key.key_size >= 2048, f"a key has {key.key_size} bits", reply)
    judge.equal(stage.send(JWKS).json, reply.json, "the key set differs from one read to the next", reply)


# -- rotation ------------------------------------------------------------------------------------------------------


@law("A07", REFRESH)
def test_a_refresh_rotates_the_pair(stage: Stage, judge: Judge) -> None:
    """A refresh answers a new pair of the same session, and the refresh token that was shown is dead at once."""
    person = stage.cast.new("person who refreshes")
    other, old = session(stage, person), session(stage, person)
    first = judge.ok(refresh(stage, old.refresh_token))
    judge.that(first["refresh_token"] != old.refresh_token, "the refresh token did not change", first)
    judge.that(first["access_token"] != old.access_token, "the access token did not change", first)
    now, before = claims(str(first["access_token"])), claims(old.access_token)
    for name in ("sub", "sid", "tenant_id", "email", "role", "scopes"):
        judge.equal(now.get(name), before.get(name), f"the claim {name} changed with a refresh", first, about=name)
    judge.equal(status_of(stage, str(first["access_token"])), 200, "the new access token opens nothing", first)
    second = judge.ok(refresh(stage, str(first["refresh_token"])), "the new refresh token does not work")
    judge.that(second["refresh_token"] not in (first["refresh_token"], old.refresh_token), "a token came back", second)
    sids = [one["session_id"] for one in rows(stage, other)]
    judge.equal(sids.count(old.session_id), 1, "a refreshed session is not on the list once", second)
    judge.equal(len(sids), 3, "a refresh opened or ended a session", second)
    reused = refresh(stage, old.refresh_token)
    judge.status(reused, 401, message="a used refresh token works again")
    judge.status(refresh(stage, str(first["refresh_token"])), 401, message="a used refresh token works again")
    judge.equal(status_of(stage, other.access_token), 200, "the refresh of one session ended another", second)


@law("A07", REFRESH)
def test_of_two_refreshes_at_once_one_wins(stage: Stage, judge: Judge) -> None:
    """Two clients that refresh with one token at the same time: exactly one gets a pair, the other 401."""
    person = stage.cast.new("person who refreshes twice")
    for _ in range(3):
        token, gate, seen = session(stage, person).refresh_token, threading.Barrier(2), list[Reply]()

        def play(token: str = token, gate: threading.Barrier = gate, seen: list[Reply] = seen) -> None:
            gate.wait(5)
            seen.append(refresh(stage, token))

        threads = [threading.Thread(target=play) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        if len(seen) < 2:
            raise Unmet("two requests at the same time were not both answered")
        statuses = sorted(one.status for one in seen)
        judge.equal(statuses, [200, 401], "of two refreshes at once not exactly one won", seen[0])


@law("A08", REFRESH)
def test_only_a_dead_token_is_401_at_refresh(stage: Stage, judge: Judge) -> None:
    """401 at refresh means that the login is over, so nothing but a dead or unknown refresh token is told so."""
    held = session(stage, stage.cast.kept("person with sessions"))
    for body in ({}, {"refresh_token": 5}, {"refresh_token": None}, {"token": held.refresh_token}):
        judge.status(stage.send(REFRESH, body=body), 422, message="a malformed refresh is not 422")
    judge.status(refresh(stage, held.access_token), 401, message="an access token refreshes")
    judge.status(refresh(stage, f"{held.refresh_token}x"), 401, message="a longer refresh token refreshes")
    judge.status(refresh(stage, held.refresh_token[:-1]), 401, message="a shorter refresh token refreshes")
    judge.status(refresh(stage, stage.cast.fresh("token")), 401, message="an unknown refresh token is not 401")
    stale = refresh(stage, held.refresh_token, headers={"Authorization": "Bearer an.old.token"})
    judge.status(stale, 200, message="a stale Authorization header logs a client out")


@law("A09", LOGOUT, REFRESH)
def test_a_logout_ends_its_session(stage: Stage, judge: Judge) -> None:
    """A logout needs the refresh token only; it ends that session, its tokens and nothing else, and may be repeated."""
    person = stage.cast.new("person who logs out")
    leaving = session(stage, person)
    reply = judge.ok(stage.send(LOGOUT, body={"refresh_token": leaving.refresh_token}))
    judge.that(reply["message"], "the answer has no message", reply)
    judge.status(refresh(stage, leaving.refresh_token), 401, message="the refresh token works after the logout")
    judge.equal(status_of(stage, leaving.access_token), 401, "the access token works after the logout", reply)
    sids = [one["session_id"] for one in rows(stage, person)]
    judge.equal(sids, [person.session_id], "the list of sessions after the logout", reply)
    for token in (leaving.refresh_token, stage.cast.fresh("token")):
        judge.status(stage.send(LOGOUT, body={"refresh_token": token}), 200, message="a repeated logout is refused")
    judge.equal(status_of(stage, person.access_token), 200, "another session ended with the logout", reply)
    judge.ok(refresh(stage, person.refresh_token), "another session cannot refresh after the logout")


@law("LIFE-103", LOGIN, ME)
def test_a_login_moves_last_login(stage: Stage, judge: Judge) -> None:
    """A login moves last_login forward and opens a session of its own; a refused one does neither."""
    person = stage.cast.new("person who logs in")
    refused = log_in(stage, person, "not-the-password")
    before = [one["session_id"] for one in rows(stage, person)]
    judge.equal(before, [person.session_id], "a refused login opened a session", refused)
    earlier, later = moves(
        lambda: moment(profile(stage, person)["last_login"]), lambda: log_in(stage, person, person.password)
    )  # fmt: skip
    judge.that(
        later > earlier, "last_login did not move forward with a login", op=LOGIN, got=later, expected=f"> {earlier}"
    )
    held = session(stage, person)
    issued = float(claims(held.access_token).get("iat", 0))
    off = abs(moment(profile(stage, held)["last_login"]) - issued)
    judge.that(off < 30, f"last_login is {off:.0f} seconds from the login", op=LOGIN)
    judge.that(held.session_id not in before, "a second login opened no session of its own", op=LOGIN)


@law("A14", LOGIN, REFRESH, ME)
def test_a_deactivated_person_is_out(stage: Stage, judge: Judge) -> None:
    """Somebody deactivated cannot log in (403), and their tokens and keys are 401; activation gives no token back."""
    person: Person = stage.cast.new("person who leaves")
    key, where = stage.cast.key(person), {"user_id": person.imperal_id}
    other = session(stage, person)
    stage.send("PATCH /v1/users/{user_id}", stage.cast.admin, params=where, body={"is_active": False}).need()
    judge.status(
        log_in(stage, person, person.password),
        403,
        message="a deactivated person can log in",
    )
    for who in (person.bearer, other.bearer, key):
        judge.status(stage.send(ME, who), 401, message=f"{who.name} opens the profile of a deactivated person")
    judge.status(refresh(stage, other.refresh_token), 401, message="a deactivated person refreshes")
    stage.send("PATCH /v1/users/{user_id}", stage.cast.admin, params=where, body={"is_active": True}).need()
    judge.ok(
        log_in(stage, person, person.password),
        "somebody activated again cannot log in",
    )
    judge.equal(status_of(stage, person.access_token), 401, "a session from before the deactivation lives", op=ME)
    judge.status(
        refresh(stage, person.refresh_token), 401, message="a refresh token from before the deactivation lives"
    )
