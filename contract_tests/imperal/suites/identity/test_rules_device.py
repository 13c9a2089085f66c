"""Rules of device login: a command line shows a code, a person approves it elsewhere, polling brings the tokens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from specdouble.verify.kit import Check, Reply, bearer, claims, rule

from ...people import Person
from ...session import Session
from ...shared.accounts import CHALLENGE, VERIFIER, challenge, profile, refresh, rows

AUTHORIZE, TOKEN = "POST /v1/auth/cli/device/authorize", "POST /v1/auth/cli/device/token"
PENDING = ("authorization_pending", "slow_down")


def start(session: Session, **more: Any) -> Reply:
    """Start a device login."""
    return session.send(AUTHORIZE, body={"code_challenge": CHALLENGE, **more}).need()


def poll(session: Session, device: Reply, verifier: str = VERIFIER) -> Reply:
    """Ask once whether a device login was approved."""
    return session.send(TOKEN, body={"device_code": device["device_code"], "code_verifier": verifier})


def decide(session: Session, device: Reply, verdict: str, person: Person | None = None) -> None:
    """Play the page on which a person approves or denies a device login."""
    who = {"user_id": person.imperal_id} if person else {}
    session.control.post(f"device/{device['user_code']}/{verdict}", who)


def waits(check: Check, reply: Reply) -> None:
    """Check that a login is still pending: 200 with an error and nothing else."""
    check.status(reply, 200, message="polling a pending login is not 200")
    check.that(isinstance(reply.json, dict) and set(reply.json) == {"error"}, "more than an error", reply)
    check.that((reply.json or {}).get("error") in PENDING, "a pending login is not told as pending", reply)


def final(check: Check, reply: Reply, error: str) -> None:
    """Check that a login is refused for good: 400 with this error."""
    check.status(reply, 400, message=f"a final refusal is {reply.status}, not 400", about=error)
    check.equal(reply.json, {"error": error}, f"the body of a final refusal ({error})", reply, about=f"body {error}")


@rule("LIFE-107", AUTHORIZE)
def test_a_device_login_starts_with_its_codes(session: Session, check: Check) -> None:
    """Each start has codes of its own, a page that can take the user code with it, a life and a pace."""
    first = check.ok(session.send(AUTHORIZE, body={"code_challenge": CHALLENGE, "code_challenge_method": "S256"}))
    second = check.ok(session.send(AUTHORIZE, body={"code_challenge": CHALLENGE}), "S256 is not the default")
    for name in ("device_code", "user_code"):
        check.that(first[name] != second[name], f"two logins have one {name}", second)
    for one in (first, second):
        page, whole = urlsplit(one["verification_uri"]), urlsplit(one["verification_uri_complete"])
        check.equal((whole.netloc, whole.path), (page.netloc, page.path), "two different pages", one)
        check.that(one["user_code"] in whole.query, "the complete page lacks the user code", one)
        check.that(one["user_code"] not in page.geturl(), "the plain page carries a user code", one)
        check.that(0 < one.json.get("interval", 5) < one.json.get("expires_in", 600), "interval or expires_in", one)
        check.that(len(one["device_code"]) >= 20, "the device code can be guessed", one)
        check.that(one["device_code"] != one["user_code"], "the device code is the user code", one)
    bad: list[Any] = ["short", "x" * 42, "x" * 129, None, 5]
    for wrong in bad:
        refused = session.send(AUTHORIZE, body={"code_challenge": wrong})
        check.status(refused, 422, message=f"a challenge of {wrong!r} is taken", about="challenge")
    plain = session.send(AUTHORIZE, body={"code_challenge": CHALLENGE, "code_challenge_method": "plain"})
    check.status(plain, 422, message="the method plain is taken")


@rule("A19", TOKEN, AUTHORIZE)
def test_polling_a_pending_login_is_no_failure(session: Session, check: Check) -> None:
    """While nobody has decided, polling is 200 with authorization_pending, or slow_down when it comes too fast."""
    device = start(session)
    first = poll(session, device)
    waits(check, first)
    check.equal((first.json or {}).get("error"), "authorization_pending", "the first poll is not told to wait", first)
    waits(check, poll(session, device))
    final(check, poll(session, start(session), "w" * 50), "invalid_grant")
    unknown = session.send(TOKEN, body={"device_code": session.users.fresh("device"), "code_verifier": VERIFIER})
    final(check, unknown, "invalid_grant")
    user_code = session.send(TOKEN, body={"device_code": device["user_code"], "code_verifier": VERIFIER})
    check.status(user_code, 400, message="the user code is taken for the device code")
    waits(check, poll(session, device))


@rule("A19", TOKEN)
def test_an_approved_login_brings_tokens_once(session: Session, check: Check) -> None:
    """Once approved, one poll brings the tokens of who approved, in a session of the surface cli; the next is 400."""
    person, other = session.users.new("person at a terminal"), start(session)
    device = start(session)
    waits(check, poll(session, device))
    decide(session, device, "approve", person)
    reply = check.ok(poll(session, device), "an approved login brings no tokens")
    check.must("access_token" in reply.json, "an approved login brings no tokens", reply)
    own = bearer(str(reply["access_token"]))
    check.equal(profile(session, own)["imperal_id"], person.imperal_id, "the tokens are somebody else's", reply)
    listed = {one["session_id"]: one for one in rows(session, own)}
    row = listed.get(claims(str(reply["access_token"])).get("sid", ""), {})
    check.equal((row.get("surface"), row.get("current")), ("cli", True), "the session of a device login", reply)
    check.equal(len(listed), 2, "a device login is not one more session", reply)
    told = claims(str(reply["access_token"]))
    check.equal(told.get("exp", 0) - told.get("iat", 0), reply["expires_in"], "expires_in", reply, rule="A06")
    check.equal(told.get("actor_kind"), "user", "the claim actor_kind", reply, rule="A10")
    final(check, poll(session, device), "invalid_grant")
    check.ok(refresh(session, str(reply["refresh_token"])), "the refresh token of a device login does not work")
    waits(check, poll(session, other))


@rule("A19", TOKEN)
def test_a_denied_login_stays_denied(session: Session, check: Check) -> None:
    """A denied login is 400 access_denied at every poll, and never brings tokens."""
    device, other = start(session), start(session)
    decide(session, device, "deny")
    for _ in range(2):
        final(check, poll(session, device), "access_denied")
    waits(check, poll(session, other))


@rule("LIFE-108", TOKEN)
def test_a_login_is_bound_to_its_challenge(session: Session, check: Check) -> None:
    """The tokens go to who holds the verifier of that very login: another login's verifier does not open it."""
    person, verifier = session.users.kept("person with sessions"), "another-verifier-0123456789-0123456789-0123456789"
    for tried in (VERIFIER, verifier[:-1], verifier + "x", challenge(verifier), "", verifier):
        device = start(session, code_challenge=challenge(verifier))
        decide(session, device, "approve", person)
        reply = poll(session, device, tried)
        if tried == verifier:
            check.that("access_token" in (reply.json or {}), "the right verifier opens nothing", reply)
        else:
            check.status(reply, 400, 422, message="a wrong verifier opens a login")


@rule("A14", TOKEN)
def test_a_device_login_of_a_deactivated_person_brings_nothing(session: Session, check: Check) -> None:
    """Who is deactivated between approval and poll gets no tokens."""
    person, device = session.users.new("person at a terminal"), start(session)
    decide(session, device, "approve", person)
    where, body = {"user_id": person.imperal_id}, {"is_active": False}
    session.send("PATCH /v1/users/{user_id}", session.users.admin, params=where, body=body).need()
    reply = poll(session, device)
    check.that("access_token" not in reply.text, "a deactivated person gets tokens", reply, expected="400 or an error")
