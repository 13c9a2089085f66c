"""Rules of one's own account: the profile's ids, the password, the link to Cases, and what needs no credential."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Unserved, rule

from ...session import Session
from ...shared.accounts import CHALLENGE, VERIFIER, another_session, log_in, profile, refresh, rows, status_of

ME, CHANGE = "GET /v1/auth/me", "POST /v1/auth/me/change-password"
CASES = "PATCH /v1/auth/users/{imperal_id}/cases-uid"
NEW = "Another-password-9"


@rule("A15", ME, "GET /v1/users/{user_id}", CASES)
def test_only_the_imperal_id_names_a_person(session: Session, check: Check) -> None:
    """A profile shows the imperal_id; an administrator also sees an internal id, which is no value of any path."""
    person, admin = session.users.user, session.users.admin
    mine = check.ok(session.send(ME, person))
    check.equal(mine["imperal_id"], person.imperal_id, "the profile shows somebody else's id", mine)
    seen = session.send("GET /v1/users/{user_id}", admin, params={"user_id": person.imperal_id}).need()
    check.equal(seen["imperal_id"], person.imperal_id, "the administrator sees another imperal_id", seen)
    check.that(seen["id"] != person.imperal_id, "the internal id is the imperal_id", seen)
    internal = str(seen["id"])
    by_id = session.send("GET /v1/users/{user_id}", admin, params={"user_id": internal})
    check.status(by_id, 404, message="the internal id opens a user")
    session.client.own(internal)
    cases = session.send(CASES, admin, params={"imperal_id": internal}, body={"cases_user_id": "1"})
    check.status(cases, 404, message="the internal id links a user")


@rule("A16", CASES, ME)
def test_cases_user_id_is_stored_as_a_number(session: Session, check: Check) -> None:
    """cases_user_id may be sent as text or as a number, and is stored and answered as an integer."""
    person = session.users.new("person with a Cases account")
    where = {"imperal_id": person.imperal_id}
    check.equal(profile(session, person)["cases_user_id"], None, "a new account has a cases_user_id", op=ME)
    for sent, stored in (("4711", 4711), (42, 42), ("0", 0), ("007", 7), (999999999999999999, 999999999999999999)):
        reply = check.ok(session.send(CASES, person, params=where, body={"cases_user_id": sent}))
        check.equal([reply["cases_user_id"], reply["user_id"]], [stored, person.imperal_id], "the response", reply)
        check.equal(profile(session, person)["cases_user_id"], stored, "the profile does not show it", reply)
    bad: list[Any] = ["", "abc", "-1", "1.5", "1" * 19, -1, 10**18, 1.5, None, []]
    for wrong in bad:
        refused = session.send(CASES, person, params=where, body={"cases_user_id": wrong})
        check.status(refused, 422, message=f"cases_user_id {wrong!r} is answered with {refused.status}")
    check.equal(profile(session, person)["cases_user_id"], stored, "a refused number was stored", op=CASES)


@rule("GATE-100", CASES)
def test_cases_user_id_is_set_by_oneself_or_an_administrator(session: Session, check: Check) -> None:
    """A person, an administrator, or a service that acts for the person sets cases_user_id; nobody else does."""
    person, other = session.users.new("person with a Cases account"), session.users.other
    where = {"imperal_id": person.imperal_id}
    check.ok(session.send(CASES, person, params=where, body={"cases_user_id": 1}))
    acting = {"X-Acting-User": person.imperal_id}
    for who, more in ((other.bearer, {}), (other.bearer, acting), (session.users.acting(other), {})):
        refused = session.send(CASES, who, params=where, body={"cases_user_id": 666}, headers=more)
        check.status(refused, 403, 404, message="somebody else links a person", rule="S14" if more else None)
    check.equal(profile(session, person)["cases_user_id"], 1, "a refused request linked the person", op=CASES)
    for number, who in ((2, session.users.admin.bearer), (3, session.users.acting(person))):
        check.ok(session.send(CASES, who, params=where, body={"cases_user_id": number}))
        check.equal(profile(session, person)["cases_user_id"], number, f"what {who.name} set is not there", op=CASES)
    check.equal(profile(session, other)["imperal_id"], other.imperal_id, "the profile is another's", op=ME)
    session.client.own("imp_u_nobody00")
    body = {"cases_user_id": 1}
    unknown = session.send(CASES, session.users.admin, params={"imperal_id": "imp_u_nobody00"}, body=body)
    check.status(unknown, 404, message="an unknown person is linked")


@rule("LIFE-104", CHANGE, "POST /v1/auth/login", "POST /v1/auth/refresh")
def test_a_new_password_replaces_the_old_and_ends_other_sessions(session: Session, check: Check) -> None:
    """After a change of password only the new one logs in; other sessions end, the calling one stays.

    A wrong current password is 400 and changes nothing.
    """
    person = session.users.new("person with a password")
    others, stranger = (
        [another_session(session, person), another_session(session, person)],
        session.users.kept("somebody who is there already"),
    )
    wrong = session.send(CHANGE, person, body={"current_password": "not-it-at-all", "new_password": NEW})
    check.status(wrong, 400, message="a wrong current password changes the password")
    check.status(
        log_in(session, person, NEW),
        401,
        message="a refused change changed the password",
    )
    check.equal(len(rows(session, person)), 3, "a refused change of password ended sessions", wrong)
    reply = check.ok(session.send(CHANGE, person, body={"current_password": person.password, "new_password": NEW}))
    check.that(reply["message"], "the response has no message", reply)
    check.equal(status_of(session, person.access_token), 200, "the calling session ended", reply)
    left = rows(session, person)
    check.equal([one["session_id"] for one in left], [person.session_id], "the sessions that are left", reply)
    for one in others:
        check.equal(status_of(session, one.access_token), 401, "another session outlives a new password", reply)
        check.status(refresh(session, one.refresh_token), 401, message="another session refreshes after a new password")
    check.status(
        log_in(session, person, person.password),
        401,
        message="the old password still logs in",
    )
    check.ok(log_in(session, person, NEW), "the new password does not log in")
    check.ok(refresh(session, person.refresh_token), "the calling session cannot refresh any more")
    check.equal(status_of(session, stranger.access_token), 200, "somebody else's session ended", reply)
    check.ok(
        log_in(session, stranger, stranger.password),
        "somebody else's password changed",
    )


@rule("A23", "GET /healthz")
def test_the_probe_is_open(session: Session, check: Check) -> None:
    """The probe answers without any credential."""
    check.equal(check.ok(session.send("GET /healthz")).json, {"status": "ok"}, "the probe does not say ok")


@rule("A23", "POST /v1/auth/logout", "GET /v1/auth/.well-known/jwks.json")
def test_logout_and_keys_are_open(session: Session, check: Check) -> None:
    """The key set and logout answer without any credential."""
    check.ok(session.send("GET /v1/auth/.well-known/jwks.json"))
    check.ok(session.send("POST /v1/auth/logout", body={"refresh_token": session.users.fresh("token")}))


@rule("A23", "POST /v1/auth/cli/device/authorize", "POST /v1/auth/verify-email", "POST /v1/auth/cli/device/token")
def test_what_needs_no_credential_is_open(session: Session, check: Check) -> None:
    """Verification and device login answer without any credential."""
    check.ok(session.send("POST /v1/auth/cli/device/authorize", body={"code_challenge": CHALLENGE}))
    check.status(session.send("POST /v1/auth/verify-email", body={"token": session.users.fresh("token")}), 400)
    body = {"device_code": session.users.fresh("device"), "code_verifier": VERIFIER}
    check.status(session.send("POST /v1/auth/cli/device/token", body=body), 400)


@rule(
    "S14",
    ME,
    "GET /v1/keys",
    "GET /v1/auth/sessions",
    "GET /v1/me/settings",
    "GET /v1/me/nickname",
    "GET /v1/me/extensions",
)
def test_naming_somebody_else_changes_nothing(session: Session, check: Check) -> None:
    """X-Acting-User beside a person's own bearer does not change whose data is read."""
    person, other = session.users.kept("person with sessions"), session.users.other
    for op in check.ops:
        try:
            plain = session.send(op, person).need()
        except Unserved:  # the others on this list can be looked at all the same
            continue
        named = check.ok(session.send(op, person, headers={"X-Acting-User": other.imperal_id}), op=op)
        drop = {"last_seen_at", "last_used_at"}  # may move with each use
        check.equal(without(named.json, drop), without(plain.json, drop), "another person's data is shown", named)


def without(value: object, names: set[str]) -> object:
    """Return a JSON value without the fields of these names, at any depth."""
    if isinstance(value, dict):
        return {name: without(one, names) for name, one in value.items() if name not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value
