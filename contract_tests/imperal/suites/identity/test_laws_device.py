"""Laws of device login: a command line shows a code, a person approves it elsewhere, polling brings the tokens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from specdouble.verify.kit import Judge, Person, Reply, Stage, bearer, claims, law

from ...accounts import CHALLENGE, VERIFIER, challenge, profile, refresh, rows

AUTHORIZE, TOKEN = "POST /v1/auth/cli/device/authorize", "POST /v1/auth/cli/device/token"
PENDING = ("authorization_pending", "slow_down")


def start(stage: Stage, **more: Any) -> Reply:
    """Start a device login."""
    return stage.send(AUTHORIZE, body={"code_challenge": CHALLENGE, **more}).need()


def poll(stage: Stage, device: Reply, verifier: str = VERIFIER) -> Reply:
    """Ask once whether a device login was approved."""
    return stage.send(TOKEN, body={"device_code": device["device_code"], "code_verifier": verifier})


def decide(stage: Stage, device: Reply, verdict: str, person: Person | None = None) -> None:
    """Play the page on which a person approves or denies a device login."""
    who = {"user_id": person.imperal_id} if person else {}
    stage.control.post(f"device/{device['user_code']}/{verdict}", who)


def waits(judge: Judge, reply: Reply) -> None:
    """Check that a login is still pending: 200 with an error and nothing else."""
    judge.status(reply, 200, message="polling a pending login is not 200")
    judge.that(isinstance(reply.json, dict) and set(reply.json) == {"error"}, "more than an error", reply)
    judge.that((reply.json or {}).get("error") in PENDING, "a pending login is not told as pending", reply)


def final(judge: Judge, reply: Reply, error: str) -> None:
    """Check that a login is refused for good: 400 with this error."""
    judge.status(reply, 400, message=f"a final refusal is {reply.status}, not 400", about=error)
    judge.equal(reply.json, {"error": error}, f"the body of a final refusal ({error})", reply, about=f"body {error}")


@law("LIFE-107", AUTHORIZE)
def test_a_device_login_starts_with_its_codes(stage: Stage, judge: Judge) -> None:
    """Each start has codes of its own, a page that can take the user code with it, a life and a pace."""
    first = judge.ok(stage.send(AUTHORIZE, body={"code_challenge": CHALLENGE, "code_challenge_method": "S256"}))
    second = judge.ok(stage.send(AUTHORIZE, body={"code_challenge": CHALLENGE}), "S256 is not the default")
    for name in ("device_code", "user_code"):
        judge.that(first[name] != second[name], f"two logins have one {name}", second)
    for one in (first, second):
        page, whole = urlsplit(one["verification_uri"]), urlsplit(one["verification_uri_complete"])
        judge.equal((whole.netloc, whole.path), (page.netloc, page.path), "two different pages", one)
        judge.that(one["user_code"] in whole.query, "the complete page lacks the user code", one)
        judge.that(one["user_code"] not in page.geturl(), "the plain page carries a user code", one)
        judge.that(0 < one.json.get("interval", 5) < one.json.get("expires_in", 600), "interval or expires_in", one)
        judge.that(len(one["device_code"]) >= 20, "the device code can be guessed", one)
        judge.that(one["device_code"] != one["user_code"], "the device code is the user code", one)
    bad: list[Any] = ["short", "x" * 42, "x" * 129, None, 5]
    for wrong in bad:
        refused = stage.send(AUTHORIZE, body={"code_challenge": wrong})
        judge.status(refused, 422, message=f"a challenge of {wrong!r} is taken", about="challenge")
    plain = stage.send(AUTHORIZE, body={"code_challenge": CHALLENGE, "code_challenge_method": "plain"})
    judge.status(plain, 422, message="the method plain is taken")


@law("A19", TOKEN, AUTHORIZE)
def test_polling_a_pending_login_is_no_failure(stage: Stage, judge: Judge) -> None:
    """While nobody has decided, polling is 200 with authorization_pending, or slow_down when it comes too fast."""
    device = start(stage)
    first = poll(stage, device)
    waits(judge, first)
    judge.equal((first.json or {}).get("error"), "authorization_pending", "the first poll is not told to wait", first)
    waits(judge, poll(stage, device))
    final(judge, poll(stage, start(stage), "w" * 50), "invalid_grant")
    unknown = stage.send(TOKEN, body={"device_code": stage.cast.fresh("device"), "code_verifier": VERIFIER})
    final(judge, unknown, "invalid_grant")
    user_code = stage.send(TOKEN, body={"device_code": device["user_code"], "code_verifier": VERIFIER})
    judge.status(user_code, 400, message="the user code is taken for the device code")
    waits(judge, poll(stage, device))


@law("A19", TOKEN)
def test_an_approved_login_brings_tokens_once(stage: Stage, judge: Judge) -> None:
    """Once approved, one poll brings the tokens of who approved, in a session of the surface cli; the next is 400."""
    person, other = stage.cast.new("person at a terminal"), start(stage)
    device = start(stage)
    waits(judge, poll(stage, device))
    decide(stage, device, "approve", person)
    reply = judge.ok(poll(stage, device), "an approved login brings no tokens")
    judge.must("access_token" in reply.json, "an approved login brings no tokens", reply)
    own = bearer(str(reply["access_token"]))
    judge.equal(profile(stage, own)["imperal_id"], person.imperal_id, "the tokens are somebody else's", reply)
    listed = {one["session_id"]: one for one in rows(stage, own)}
    row = listed.get(claims(str(reply["access_token"])).get("sid", ""), {})
    judge.equal((row.get("surface"), row.get("current")), ("cli", True), "the session of a device login", reply)
    judge.equal(len(listed), 2, "a device login is not one more session", reply)
    told = claims(str(reply["access_token"]))
    judge.equal(told.get("exp", 0) - told.get("iat", 0), reply["expires_in"], "expires_in", reply, rule="A06")
    judge.equal(told.get("actor_kind"), "user", "the claim actor_kind", reply, rule="A10")
    final(judge, poll(stage, device), "invalid_grant")
    judge.ok(refresh(stage, str(reply["refresh_token"])), "the refresh token of a device login does not work")
    waits(judge, poll(stage, other))


@law("A19", TOKEN)
def test_a_denied_login_stays_denied(stage: Stage, judge: Judge) -> None:
    """A denied login is 400 access_denied at every poll, and never brings tokens."""
    device, other = start(stage), start(stage)
    decide(stage, device, "deny")
    for _ in range(2):
        final(judge, poll(stage, device), "access_denied")
    waits(judge, poll(stage, other))


@law("LIFE-108", TOKEN)
def test_a_login_is_bound_to_its_challenge(stage: Stage, judge: Judge) -> None:
    """The tokens go to who holds the verifier of that very login: another login's verifier does not open it."""
    person, verifier = stage.cast.kept("person with sessions"), "another-verifier-0123456789-0123456789-0123456789"
    for tried in (VERIFIER, verifier[:-1], verifier + "x", challenge(verifier), "", verifier):
        device = start(stage, code_challenge=challenge(verifier))
        decide(stage, device, "approve", person)
        reply = poll(stage, device, tried)
        if tried == verifier:
            judge.that("access_token" in (reply.json or {}), "the right verifier opens nothing", reply)
        else:
            judge.status(reply, 400, 422, message="a wrong verifier opens a login")


@law("A14", TOKEN)
def test_a_device_login_of_a_deactivated_person_brings_nothing(stage: Stage, judge: Judge) -> None:
    """Who is deactivated between approval and poll gets no tokens."""
    person, device = stage.cast.new("person at a terminal"), start(stage)
    decide(stage, device, "approve", person)
    where, body = {"user_id": person.imperal_id}, {"is_active": False}
    stage.send("PATCH /v1/users/{user_id}", stage.cast.admin, params=where, body=body).need()
    reply = poll(stage, device)
    judge.that("access_token" not in reply.text, "a deactivated person gets tokens", reply, expected="400 or an error")
