"""Laws of sessions: which there are, which is mine, and how they end."""

from __future__ import annotations

import ipaddress
from typing import Any

from specdouble.verify.kit import Judge, Person, Stage, claims, law

from ...accounts import moment, moves, refresh, rows, session, status_of

LIST, REVOKE = "GET /v1/auth/sessions", "POST /v1/auth/sessions/{session_id}/revoke"
OTHERS, REFRESH = "POST /v1/auth/sessions/revoke-others", "POST /v1/auth/refresh"
NO_SESSION = "no-such-session"


def ids(stage: Stage, who: Person) -> set[str]:
    """Return the ids of a caller's sessions."""
    return {one["session_id"] for one in rows(stage, who)}


def ended(stage: Stage, judge: Judge, one: Person, how: str) -> None:
    """Check that neither token of a session works any more."""
    judge.equal(status_of(stage, one.access_token), 401, f"an access token outlives {how}")
    judge.status(refresh(stage, one.refresh_token), 401, message=f"a refresh token outlives {how}")


@law("A21", LIST, "POST /v1/auth/login")
def test_each_login_is_a_session_on_the_list(stage: Stage, judge: Judge) -> None:
    """Every login is one row of the list until it is revoked, with the id that its tokens carry and its own times."""
    person = stage.cast.new("person with sessions")
    held = [person, *(session(stage, person) for _ in range(3))]
    reply = judge.ok(stage.send(LIST, person))
    listed: dict[str, dict[str, Any]] = {one["session_id"]: one for one in reply["sessions"]}
    judge.equal(len(reply["sessions"]), 4, "four logins are not four rows", reply)
    judge.equal(set(listed), {one.session_id for one in held}, "the ids are not those of the tokens", reply)
    for one in held:
        row, issued = listed.get(one.session_id, {}), float(claims(one.access_token).get("iat", 0))
        created, seen = moment(row.get("created_at")), moment(row.get("last_seen_at"))
        judge.that(abs(created - issued) < 30, "created_at is not when the session began", reply, got=row)
        judge.that(seen >= created, "last_seen_at is before created_at", reply, got=row)
        judge.that(seen - issued < 30, "last_seen_at is later than now", reply, got=row)
        judge.that(row.get("label"), "a session has no label", reply, got=row)
        judge.that(_is_address(row.get("ip_address")), "ip_address is no address", reply, got=row)
    judge.equal(ids(stage, person), set(listed), "the list changed by being read", reply)


def _is_address(text: Any) -> bool:
    try:
        return text is None or bool(ipaddress.ip_address(text))
    except ValueError:
        return False


@law("A20", LIST)
def test_exactly_one_session_is_current(stage: Stage, judge: Judge) -> None:
    """The row of the calling token, and only that, has current: true, also after a refresh; with a key none has."""
    person = stage.cast.new("person with sessions")
    held = [person, session(stage, person), session(stage, person)]
    for one in held:
        reply = judge.ok(stage.send(LIST, one))
        current = [row["session_id"] for row in reply["sessions"] if row["current"]]
        judge.equal(current, [one.session_id], "current is not the one row of the calling session", reply)
    held[1].take(refresh(stage, held[1].refresh_token).need().json)
    current = [row["session_id"] for row in rows(stage, held[1]) if row["current"]]
    judge.equal(current, [held[1].session_id], "current is not the one row of a refreshed session")
    key = judge.ok(stage.send(LIST, stage.cast.key(person)))
    judge.equal([row for row in key["sessions"] if row["current"]], [], "a key has a current session", key)
    judge.equal(len(key["sessions"]), 3, "a key sees other sessions than its owner, or opened one", key)


@law("LIFE-105", REFRESH, LIST)
def test_a_refresh_moves_last_seen_at(stage: Stage, judge: Judge) -> None:
    """A refresh moves last_seen_at of its session forward and leaves created_at and other sessions as they were."""
    person = stage.cast.new("person with sessions")
    used, idle, key = session(stage, person), session(stage, person), stage.cast.key(person)

    def row(one: Person) -> dict[str, Any]:
        found = stage.send(LIST, key)["sessions"]
        return next((each for each in found if each["session_id"] == one.session_id), {})

    before = row(used), row(idle)
    earlier, later = moves(
        lambda: moment(row(used).get("last_seen_at")),
        lambda: used.take(refresh(stage, used.refresh_token).need().json),
    )
    judge.that(
        later > earlier, "last_seen_at did not move with a refresh", op=REFRESH, got=later, expected=f"> {earlier}"
    )
    judge.equal(row(used).get("created_at"), before[0]["created_at"], "created_at moved with a refresh", op=REFRESH)
    judge.equal(row(idle), before[1], "the refresh of one session changed another", op=REFRESH)


@law("LIFE-106", REVOKE, LIST)
def test_a_revoked_session_is_gone(stage: Stage, judge: Judge) -> None:
    """Revoking a session takes it off the list and ends both its tokens; the others live on. Twice is 404."""
    person = stage.cast.new("person with sessions")
    revoked, kept = session(stage, person), session(stage, person)
    reply = judge.ok(stage.send(REVOKE, person, params={"session_id": revoked.session_id}))
    judge.equal(reply.json, {"status": "revoked"}, "the answer", reply)
    judge.equal(ids(stage, person), {person.session_id, kept.session_id}, "the sessions that are left", reply)
    ended(stage, judge, revoked, "its revocation")
    for one in (person, kept):
        judge.equal(status_of(stage, one.access_token), 200, "another session ended with the revoked one", reply)
    judge.ok(refresh(stage, kept.refresh_token), "another session cannot refresh after a revocation")
    for unknown in (revoked.session_id, NO_SESSION):
        again = stage.send(REVOKE, person, params={"session_id": unknown})
        judge.status(again, 404, message="a session that is not there can be revoked")
    own = judge.ok(stage.send(REVOKE, person, params={"session_id": person.session_id}), "one's own cannot be revoked")
    judge.equal(status_of(stage, person.access_token), 401, "the own session outlives its revocation", own)


@law("A20", OTHERS, LIST)
def test_revoking_the_others_keeps_the_calling_one(stage: Stage, judge: Judge) -> None:
    """revoke-others ends every session but the calling one, and says how many they were."""
    person, stranger = stage.cast.new("person with sessions"), stage.cast.kept("somebody who is there already")
    first, caller, last = person, session(stage, person), session(stage, person)
    key = stage.cast.key(person)
    reply = judge.ok(stage.send(OTHERS, caller))
    judge.equal(reply.json, {"revoked": 2}, "the number of revoked sessions", reply)
    judge.equal([one["session_id"] for one in rows(stage, caller)], [caller.session_id], "what is left", reply)
    for one in (first, last):
        ended(stage, judge, one, "revoke-others")
    judge.equal(status_of(stage, caller.access_token), 200, "the calling session ended", reply)
    judge.equal(judge.ok(stage.send(OTHERS, caller)).json, {"revoked": 0}, "with none left, the number is not 0")
    judge.ok(refresh(stage, caller.refresh_token), "the calling session cannot refresh any more")
    judge.equal(status_of(stage, stranger.access_token), 200, "somebody else's session ended", reply, rule="I01")
    judge.ok(stage.send("GET /v1/auth/me", key), "an API key ended with the sessions")


@law("I01", LIST, REVOKE)
def test_sessions_of_others_are_unknown(stage: Stage, judge: Judge) -> None:
    """Nobody sees or revokes the session of somebody else, not even an administrator."""
    person, other = stage.cast.new("person with sessions"), stage.cast.other
    callers = [other, stage.cast.deputy] if stage.settings.admin else [other]
    for caller in callers:
        listed = stage.send(LIST, caller).need()
        judge.that(person.session_id not in listed.text, "another person's session is listed", listed)
        reply = stage.send(REVOKE, caller, params={"session_id": person.session_id})
        judge.status(reply, 403, 404, message="another person's session can be revoked")
        named = stage.send(LIST, caller, headers={"X-Acting-User": person.imperal_id})
        judge.that(person.session_id not in named.text, "X-Acting-User shows another's sessions", named, rule="S14")
    if judge.equal(status_of(stage, person.access_token), 200, "the session ended all the same", op=REVOKE):
        judge.equal(ids(stage, person), {person.session_id}, "the list of the person changed", op=LIST)
