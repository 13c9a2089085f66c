"""Rules of sessions: which there are, which is mine, and how they end."""

from __future__ import annotations

import ipaddress
from typing import Any

from specdouble.verify.kit import Check, claims, rule

from ...people import Person
from ...session import Session
from ...shared.accounts import another_session, moment, moves, refresh, rows, status_of

LIST, REVOKE = "GET /v1/auth/sessions", "POST /v1/auth/sessions/{session_id}/revoke"
OTHERS, REFRESH = "POST /v1/auth/sessions/revoke-others", "POST /v1/auth/refresh"
NO_SESSION = "no-such-session"


def ids(session: Session, who: Person) -> set[str]:
    """Return the ids of a caller's sessions."""
    return {one["session_id"] for one in rows(session, who)}


def ended(session: Session, check: Check, one: Person, how: str) -> None:
    """Check that neither token of a session works any more."""
    check.equal(status_of(session, one.access_token), 401, f"an access token outlives {how}")
    check.status(refresh(session, one.refresh_token), 401, message=f"a refresh token outlives {how}")


@rule("A21", LIST, "POST /v1/auth/login")
def test_each_login_is_a_session_on_the_list(session: Session, check: Check) -> None:
    """Every login is one row of the list until it is revoked, with the id that its tokens carry and its own times."""
    person = session.users.new("person with sessions")
    held = [person, *(another_session(session, person) for _ in range(3))]
    reply = check.ok(session.send(LIST, person))
    listed: dict[str, dict[str, Any]] = {one["session_id"]: one for one in reply["sessions"]}
    check.equal(len(reply["sessions"]), 4, "four logins are not four rows", reply)
    check.equal(set(listed), {one.session_id for one in held}, "the ids are not those of the tokens", reply)
    for one in held:
        row, issued = listed.get(one.session_id, {}), float(claims(one.access_token).get("iat", 0))
        created, seen = moment(row.get("created_at")), moment(row.get("last_seen_at"))
        check.that(abs(created - issued) < 30, "created_at is not when the session began", reply, got=row)
        check.that(seen >= created, "last_seen_at is before created_at", reply, got=row)
        check.that(seen - issued < 30, "last_seen_at is later than now", reply, got=row)
        check.that(row.get("label"), "a session has no label", reply, got=row)
        check.that(_is_address(row.get("ip_address")), "ip_address is no address", reply, got=row)
    check.equal(ids(session, person), set(listed), "the list changed by being read", reply)


def _is_address(text: Any) -> bool:
    try:
        return text is None or bool(ipaddress.ip_address(text))
    except ValueError:
        return False


@rule("A20", LIST)
def test_exactly_one_session_is_current(session: Session, check: Check) -> None:
    """The row of the calling token, and only that, has current: true, also after a refresh; with a key none has."""
    person = session.users.new("person with sessions")
    held = [person, another_session(session, person), another_session(session, person)]
    for one in held:
        reply = check.ok(session.send(LIST, one))
        current = [row["session_id"] for row in reply["sessions"] if row["current"]]
        check.equal(current, [one.session_id], "current is not the one row of the calling session", reply)
    held[1].take(refresh(session, held[1].refresh_token).need().json)
    current = [row["session_id"] for row in rows(session, held[1]) if row["current"]]
    check.equal(current, [held[1].session_id], "current is not the one row of a refreshed session")
    key = check.ok(session.send(LIST, session.users.key(person)))
    check.equal([row for row in key["sessions"] if row["current"]], [], "a key has a current session", key)
    check.equal(len(key["sessions"]), 3, "a key sees other sessions than its owner, or opened one", key)


@rule("LIFE-105", REFRESH, LIST)
def test_a_refresh_moves_last_seen_at(session: Session, check: Check) -> None:
    """A refresh moves last_seen_at of its session forward and leaves created_at and other sessions as they were."""
    person = session.users.new("person with sessions")
    used, idle, key = another_session(session, person), another_session(session, person), session.users.key(person)

    def row(one: Person) -> dict[str, Any]:
        found = session.send(LIST, key)["sessions"]
        return next((each for each in found if each["session_id"] == one.session_id), {})

    before = row(used), row(idle)
    earlier, later = moves(
        lambda: moment(row(used).get("last_seen_at")),
        lambda: used.take(refresh(session, used.refresh_token).need().json),
    )
    check.that(
        later > earlier, "last_seen_at did not move with a refresh", op=REFRESH, got=later, expected=f"> {earlier}"
    )
    check.equal(row(used).get("created_at"), before[0]["created_at"], "created_at moved with a refresh", op=REFRESH)
    check.equal(row(idle), before[1], "the refresh of one session changed another", op=REFRESH)


@rule("LIFE-106", REVOKE, LIST)
def test_a_revoked_session_is_gone(session: Session, check: Check) -> None:
    """Revoking a session takes it off the list and ends both its tokens; the others live on. Twice is 404."""
    person = session.users.new("person with sessions")
    revoked, kept = another_session(session, person), another_session(session, person)
    reply = check.ok(session.send(REVOKE, person, params={"session_id": revoked.session_id}))
    check.equal(reply.json, {"status": "revoked"}, "the response", reply)
    check.equal(ids(session, person), {person.session_id, kept.session_id}, "the sessions that are left", reply)
    ended(session, check, revoked, "its revocation")
    for one in (person, kept):
        check.equal(status_of(session, one.access_token), 200, "another session ended with the revoked one", reply)
    check.ok(refresh(session, kept.refresh_token), "another session cannot refresh after a revocation")
    for unknown in (revoked.session_id, NO_SESSION):
        again = session.send(REVOKE, person, params={"session_id": unknown})
        check.status(again, 404, message="a session that is not there can be revoked")
    own = check.ok(
        session.send(REVOKE, person, params={"session_id": person.session_id}), "one's own cannot be revoked"
    )
    check.equal(status_of(session, person.access_token), 401, "the own session outlives its revocation", own)


@rule("A20", OTHERS, LIST)
def test_revoking_the_others_keeps_the_calling_one(session: Session, check: Check) -> None:
    """revoke-others ends every session but the calling one, and says how many they were."""
    person, stranger = session.users.new("person with sessions"), session.users.kept("somebody who is there already")
    first, caller, last = person, another_session(session, person), another_session(session, person)
    key = session.users.key(person)
    reply = check.ok(session.send(OTHERS, caller))
    check.equal(reply.json, {"revoked": 2}, "the number of revoked sessions", reply)
    check.equal([one["session_id"] for one in rows(session, caller)], [caller.session_id], "what is left", reply)
    for one in (first, last):
        ended(session, check, one, "revoke-others")
    check.equal(status_of(session, caller.access_token), 200, "the calling session ended", reply)
    check.equal(check.ok(session.send(OTHERS, caller)).json, {"revoked": 0}, "with none left, the number is not 0")
    check.ok(refresh(session, caller.refresh_token), "the calling session cannot refresh any more")
    check.equal(status_of(session, stranger.access_token), 200, "somebody else's session ended", reply, rule="I01")
    check.ok(session.send("GET /v1/auth/me", key), "an API key ended with the sessions")


@rule("I01", LIST, REVOKE)
def test_sessions_of_others_are_unknown(session: Session, check: Check) -> None:
    """Nobody sees or revokes the session of somebody else, not even an administrator."""
    person, other = session.users.new("person with sessions"), session.users.other
    callers = [other, session.users.deputy] if session.settings.admin else [other]
    for caller in callers:
        listed = session.send(LIST, caller).need()
        check.that(person.session_id not in listed.text, "another person's session is listed", listed)
        reply = session.send(REVOKE, caller, params={"session_id": person.session_id})
        check.status(reply, 403, 404, message="another person's session can be revoked")
        named = session.send(LIST, caller, headers={"X-Acting-User": person.imperal_id})
        check.that(person.session_id not in named.text, "X-Acting-User shows another's sessions", named, rule="S14")
    if check.equal(status_of(session, person.access_token), 200, "the session ended all the same", op=REVOKE):
        check.equal(ids(session, person), {person.session_id}, "the list of the person changed", op=LIST)
