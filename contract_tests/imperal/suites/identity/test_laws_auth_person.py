"""Laws of one's own account: the profile's ids, the password, the link to Cases, and what needs no credential."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Judge, Stage, Unserved, law

from ...accounts import CHALLENGE, VERIFIER, log_in, profile, refresh, rows, session, status_of

ME, CHANGE = "GET /v1/auth/me", "POST /v1/auth/me/change-password"
CASES = "PATCH /v1/auth/users/{imperal_id}/cases-uid"
NEW = "Another-password-9"


@law("A15", ME, "GET /v1/users/{user_id}", CASES)
def test_only_the_imperal_id_names_a_person(stage: Stage, judge: Judge) -> None:
    """A profile shows the imperal_id; an administrator also sees an internal id, which is no value of any path."""
    person, admin = stage.cast.user, stage.cast.admin
    mine = judge.ok(stage.send(ME, person))
    judge.equal(mine["imperal_id"], person.imperal_id, "the profile shows somebody else's id", mine)
    seen = stage.send("GET /v1/users/{user_id}", admin, params={"user_id": person.imperal_id}).need()
    judge.equal(seen["imperal_id"], person.imperal_id, "the administrator sees another imperal_id", seen)
    judge.that(seen["id"] != person.imperal_id, "the internal id is the imperal_id", seen)
    internal = str(seen["id"])
    by_id = stage.send("GET /v1/users/{user_id}", admin, params={"user_id": internal})
    judge.status(by_id, 404, message="the internal id opens a user")
    stage.client.own(internal)
    cases = stage.send(CASES, admin, params={"imperal_id": internal}, body={"cases_user_id": "1"})
    judge.status(cases, 404, message="the internal id links a user")


@law("A16", CASES, ME)
def test_cases_user_id_is_stored_as_a_number(stage: Stage, judge: Judge) -> None:
    """cases_user_id may be sent as text or as a number, and is stored and answered as an integer."""
    person = stage.cast.new("person with a Cases account")
    where = {"imperal_id": person.imperal_id}
    judge.equal(profile(stage, person)["cases_user_id"], None, "a new account has a cases_user_id", op=ME)
    for sent, stored in (("4711", 4711), (42, 42), ("0", 0), ("007", 7), (999999999999999999, 999999999999999999)):
        reply = judge.ok(stage.send(CASES, person, params=where, body={"cases_user_id": sent}))
        judge.equal([reply["cases_user_id"], reply["user_id"]], [stored, person.imperal_id], "the answer", reply)
        judge.equal(profile(stage, person)["cases_user_id"], stored, "the profile does not show it", reply)
    bad: list[Any] = ["", "abc", "-1", "1.5", " 1", "1" * 19, -1, 10**18, 1.5, None, []]
    for wrong in bad:
        refused = stage.send(CASES, person, params=where, body={"cases_user_id": wrong})
        judge.status(refused, 422, message=f"cases_user_id {wrong!r} is answered with {refused.status}")
    judge.equal(profile(stage, person)["cases_user_id"], stored, "a refused number was stored", op=CASES)


@law("GATE-100", CASES)
def test_cases_user_id_is_set_by_oneself_or_an_administrator(stage: Stage, judge: Judge) -> None:
    """A person, an administrator, or a service that acts for the person sets cases_user_id; nobody else does."""
    person, other = stage.cast.new("person with a Cases account"), stage.cast.other
    where = {"imperal_id": person.imperal_id}
    judge.ok(stage.send(CASES, person, params=where, body={"cases_user_id": 1}))
    acting = {"X-Acting-User": person.imperal_id}
    for who, more in ((other.bearer, {}), (other.bearer, acting), (stage.cast.acting(other), {})):
        refused = stage.send(CASES, who, params=where, body={"cases_user_id": 666}, headers=more)
        judge.status(refused, 403, 404, message="somebody else links a person", rule="S14" if more else None)
    judge.equal(profile(stage, person)["cases_user_id"], 1, "a refused request linked the person", op=CASES)
    for number, who in ((2, stage.cast.admin.bearer), (3, stage.cast.acting(person))):
        judge.ok(stage.send(CASES, who, params=where, body={"cases_user_id": number}))
        judge.equal(profile(stage, person)["cases_user_id"], number, f"what {who.name} set is not there", op=CASES)
    judge.equal(profile(stage, other)["imperal_id"], other.imperal_id, "the profile is another's", op=ME)
    stage.client.own("imp_u_nobody00")
    body = {"cases_user_id": 1}
    unknown = stage.send(CASES, stage.cast.admin, params={"imperal_id": "imp_u_nobody00"}, body=body)
    judge.status(unknown, 404, message="an unknown person is linked")


@law("LIFE-104", CHANGE, "POST /v1/auth/login", "POST /v1/auth/refresh")
def test_a_new_password_replaces_the_old_and_ends_other_sessions(stage: Stage, judge: Judge) -> None:
    """After a change of password only the new one logs in; other sessions end, the calling one stays.

    A wrong current password is 400 and changes nothing.
    """
    person = stage.cast.new("person with a password")
    others, stranger = (
        [session(stage, person), session(stage, person)],
        stage.cast.kept("somebody who is there already"),
    )
    wrong = stage.send(CHANGE, person, body={"current_password": "not-it-at-all", "new_password": NEW})
    judge.status(wrong, 400, message="a wrong current password changes the password")
    judge.status(
        log_in(stage, person, NEW),
        401,
        message="a refused change changed the password",
    )
    judge.equal(len(rows(stage, person)), 3, "a refused change of password ended sessions", wrong)
    reply = judge.ok(stage.send(CHANGE, person, body={"current_password": person.password, "new_password": NEW}))
    judge.that(reply["message"], "the answer has no message", reply)
    judge.equal(status_of(stage, person.access_token), 200, "the calling session ended", reply)
    left = rows(stage, person)
    judge.equal([one["session_id"] for one in left], [person.session_id], "the sessions that are left", reply)
    for one in others:
        judge.equal(status_of(stage, one.access_token), 401, "another session outlives a new password", reply)
        judge.status(refresh(stage, one.refresh_token), 401, message="another session refreshes after a new password")
    judge.status(
        log_in(stage, person, person.password),
        401,
        message="the old password still logs in",
    )
    judge.ok(log_in(stage, person, NEW), "the new password does not log in")
    judge.ok(refresh(stage, person.refresh_token), "the calling session cannot refresh any more")
    judge.equal(status_of(stage, stranger.access_token), 200, "somebody else's session ended", reply)
    judge.ok(
        log_in(stage, stranger, stranger.password),
        "somebody else's password changed",
    )


@law("A23", "GET /healthz")
def test_the_probe_is_open(stage: Stage, judge: Judge) -> None:
    """The probe answers without any credential."""
    judge.equal(judge.ok(stage.send("GET /healthz")).json, {"status": "ok"}, "the probe does not say ok")


@law("A23", "POST /v1/auth/logout", "GET /v1/auth/.well-known/jwks.json")
def test_logout_and_keys_are_open(stage: Stage, judge: Judge) -> None:
    """The key set and logout answer without any credential."""
    judge.ok(stage.send("GET /v1/auth/.well-known/jwks.json"))
    judge.ok(stage.send("POST /v1/auth/logout", body={"refresh_token": stage.cast.fresh("token")}))


@law("A23", "POST /v1/auth/cli/device/authorize", "POST /v1/auth/verify-email", "POST /v1/auth/cli/device/token")
def test_what_needs_no_credential_is_open(stage: Stage, judge: Judge) -> None:
    """Verification and device login answer without any credential."""
    judge.ok(stage.send("POST /v1/auth/cli/device/authorize", body={"code_challenge": CHALLENGE}))
    judge.status(stage.send("POST /v1/auth/verify-email", body={"token": stage.cast.fresh("token")}), 400)
    body = {"device_code": stage.cast.fresh("device"), "code_verifier": VERIFIER}
    judge.status(stage.send("POST /v1/auth/cli/device/token", body=body), 400)


@law(
    "S14",
    ME,
    "GET /v1/keys",
    "GET /v1/auth/sessions",
    "GET /v1/me/settings",
    "GET /v1/me/nickname",
    "GET /v1/me/extensions",
)
def test_naming_somebody_else_changes_nothing(stage: Stage, judge: Judge) -> None:
    """X-Acting-User beside a person's own bearer does not change whose data is read."""
    person, other = stage.cast.kept("person with sessions"), stage.cast.other
    for op in judge.ops:
        try:
            plain = stage.send(op, person).need()
        except Unserved:  # the others on this list can be looked at all the same
            continue
        named = judge.ok(stage.send(op, person, headers={"X-Acting-User": other.imperal_id}), op=op)
        drop = {"last_seen_at", "last_used_at"}  # may move with each use
        judge.equal(without(named.json, drop), without(plain.json, drop), "another person's data is shown", named)


def without(value: object, names: set[str]) -> object:
    """Return a JSON value without the fields of these names, at any depth."""
    if isinstance(value, dict):
        return {name: without(one, names) for name, one in value.items() if name not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value
