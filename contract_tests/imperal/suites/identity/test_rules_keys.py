"""Rules of API keys."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from specdouble.verify.kit import Check, Credential, Reply, bearer, claims, rule

from ...people import Person, api_key
from ...session import Session
from ...shared.accounts import another_session, moment, moves, profile, status_of

MAKE, LIST, DELETE, ME = "POST /v1/keys", "GET /v1/keys", "DELETE /v1/keys/{key_id}", "GET /v1/auth/me"
FORM = re.compile(r"imp_live_[A-Za-z0-9_-]{32}")
PREFIX = 13  # characters of a key that the list shows


def make(session: Session, who: Person | Credential, **body: Any) -> Reply:
    """Make a key."""
    return session.send(MAKE, who, body={"name": session.users.fresh("key"), **body}).need()


def row(session: Session, who: Person | Credential, key_id: Any) -> dict[str, Any]:
    """Return the row of a key in a caller's list; {} when it is not there."""
    listed = session.send(LIST, who).need().json
    return next((one for one in listed if one["id"] == key_id), {})


@rule("A13", MAKE, LIST, DELETE)
def test_a_key_is_shown_once_and_dead_after_its_deletion(session: Session, check: Check) -> None:
    """A key is shown once, when it is made; the list has its prefix only; after DELETE it opens nothing."""
    user = session.users.user
    made = check.ok(session.send(MAKE, user, body={"name": session.users.fresh("key")}))
    secret = str(made["key"])
    check.that(FORM.fullmatch(secret), "a key is not imp_live_ and 32 characters", made)
    check.equal(made["key_prefix"], secret[:PREFIX], "key_prefix is not the first 13 characters of the key", made)
    check.equal(made["scopes"], "*", "scopes is not * when none was asked for", made)
    listed = session.send(LIST, user)
    check.that(secret not in listed.text, "the list shows the key itself", listed)
    check.that(any(one["id"] == made["id"] for one in listed.json or []), "the list lacks the new key", listed)
    check.ok(session.send(ME, api_key(secret)), "a live key is refused", rule="A12")
    check.ok(session.send(ME, bearer(secret)), "a live key sent as a bearer is refused", rule="A12")
    gone = check.ok(session.send(DELETE, user, params={"key_id": made["id"]}))
    check.equal(gone.json, {"id": made["id"], "deleted": True}, "the response of a deletion", gone)
    check.equal(row(session, user, made["id"]), {}, "a deleted key is listed", gone)
    for who in (api_key(secret), bearer(secret)):
        check.status(session.send(ME, who), 401, message="a deleted key still opens GET /v1/auth/me")
    again = session.send(DELETE, user, params={"key_id": made["id"]})
    check.status(again, 404, message="a key can be deleted twice")


@rule("LIFE-109", MAKE, LIST)
def test_a_key_is_listed_as_it_was_made(session: Session, check: Check) -> None:
    """The list shows each key with the name, scopes, prefix and time of its making, and no two keys are one."""
    person = session.users.new("person with keys")
    check.equal(session.send(LIST, person).need().json, [], "a new account has keys", op=LIST)
    bodies = [{"name": "one name", "scopes": "notes:read,extensions:call"}, {"name": "one name"}, {"name": "Ünï ☂"}]
    made = [check.ok(session.send(MAKE, person, body=body)) for body in bodies]
    for body, one in zip(bodies, made, strict=True):
        check.equal(one["name"], body["name"], "name is not what was asked for", one)
        check.equal(one["scopes"], body.get("scopes", "*"), "scopes is not what was asked for", one)
        issued = float(claims(person.access_token).get("iat", 0))
        check.that(abs(moment(one["created_at"]) - issued) < 60, "created_at is not now", one)
    for name in ("id", "key"):
        check.equal(len({one[name] for one in made}), len(made), f"two keys have one {name}", made[0], about=name)
    listed = session.send(LIST, person).need()
    check.equal(len(listed.json), len(made), "the list has not one row for each key", listed)
    for one in made:
        mine: dict[str, Any] = next((each for each in listed.json if each["id"] == one["id"]), {})
        for name in ("name", "scopes", "key_prefix", "created_at"):
            check.equal(mine.get(name), one[name], f"{name} of a listed key is not what its making said", listed)
        check.equal(mine.get("last_used_at"), None, "a key that nobody used has a last_used_at", listed)
    check.ok(session.send(DELETE, person, params={"key_id": made[1]["id"]}))
    left = {one["id"] for one in session.send(LIST, person).need().json}
    check.equal(left, {made[0]["id"], made[2]["id"]}, "a deletion took another key, or more than one", op=DELETE)
    for one, status in zip(made, (200, 401, 200), strict=True):
        check.status(session.send(ME, api_key(str(one["key"]))), status, message="the keys that are left", op=DELETE)


@rule("LIFE-110", LIST, MAKE)
def test_the_use_of_a_key_moves_its_last_used_at(session: Session, check: Check) -> None:
    """last_used_at is null until a key is used, moves with each use, and only for the key that was used."""
    person = session.users.new("person with keys")
    used, idle = make(session, person), make(session, person)
    for who in (api_key(str(used["key"])), bearer(str(used["key"]))):
        use = partial(session.send, ME, who)
        earlier, later = moves(lambda: moment(row(session, person, used["id"])["last_used_at"]), use)
        check.that(later > earlier, "last_used_at did not move with a use", op=LIST, got=later, expected=f"> {earlier}")
    check.that(later >= moment(used["created_at"]) - 2, "last_used_at is before created_at", op=LIST)
    check.that(later < moment(used["created_at"]) + 60, "last_used_at is not now", op=LIST)
    check.equal(row(session, person, idle["id"])["last_used_at"], None, "a key moved that nobody used", op=LIST)
    seen = row(session, person, used["id"])
    for name in ("created_at", "name", "key_prefix", "scopes"):
        check.equal(seen[name], used[name], f"the use of a key changed its {name}", op=LIST, about=name)


@rule("A12", ME, MAKE, DELETE)
def test_a_key_does_what_its_owner_may(session: Session, check: Check) -> None:
    """A key is its owner: in x-api-key and as a bearer it reads and writes what is theirs, and nobody else's."""
    person = session.users.new("person with keys")
    secret = str(make(session, person)["key"])
    for who in (api_key(secret), bearer(secret, "a key as a bearer")):
        check.equal(profile(session, who)["imperal_id"], person.imperal_id, "a key is somebody else's", op=ME)
        second = check.ok(session.send(MAKE, who, body={"name": "made by a key"}), "a key makes no key")
        check.that(row(session, person, second["id"]), "what a key made is not its owner's", second)
        nick = {"nickname": session.users.fresh("n")}
        check.ok(session.send("PUT /v1/me/nickname", who, body=nick), "a key sets no nickname")
        check.equal(session.send("GET /v1/me/nickname", person).json, nick, "what a key wrote is not its owner's")
        check.ok(session.send(DELETE, who, params={"key_id": second["id"]}), "a key deletes no key")
        check.equal(row(session, person, second["id"]), {}, "what a key deleted is there", op=DELETE)
    for wrong in (
        *filter(None, session.variants(secret).values()),
        secret[:PREFIX],
        "imp_live_" + secret[9:][::-1].swapcase(),
        secret[9:],
    ):
        for who in (api_key(wrong), bearer(wrong)):
            check.status(session.send(ME, who), 401, message="a part or a variant of a key opens a profile")
    own = session.send("POST /v1/auth/register", api_key(secret), body={"email": "x@example.com", "password": secret})
    check.status(own, 401, 403, 422, message="a key does what only a service may", rule="S01")


@rule("LIFE-111", DELETE, MAKE)
def test_keys_outlive_sessions(session: Session, check: Check) -> None:
    """A key is no session: it works on after every session of its owner has ended, and its end ends no session."""
    person = session.users.new("person with keys")
    key, other = session.users.key(person), another_session(session, person)
    session.send("POST /v1/auth/logout", body={"refresh_token": other.refresh_token}).need()
    check.ok(session.send(ME, key), "a key ended with a session")
    gone = make(session, person)
    session.send(DELETE, person, params={"key_id": gone["id"]}).need()
    check.equal(status_of(session, person.access_token), 200, "a session ended with a key", op=DELETE)
    session.send("POST /v1/auth/logout", body={"refresh_token": person.refresh_token}).need()
    check.ok(session.send(ME, key), "a key ended with the last session")


@rule("I01", LIST, DELETE, MAKE)
def test_keys_of_others_are_unknown(session: Session, check: Check) -> None:
    """Nobody sees or deletes the key of somebody else, whoever they name; it goes on working."""
    person = session.users.user
    made = make(session, person)
    callers = [session.users.other, *([session.users.admin] if session.settings.admin else [])]
    for caller in callers:
        for headers in ({}, {"X-Acting-User": person.imperal_id}):
            rule = "S14" if headers else None
            listed = session.send(LIST, caller, headers=headers).need()
            check.that(made["id"] not in listed.text, "another person's key is listed", listed, rule=rule)
            check.that(made["key_prefix"] not in listed.text, "another's prefix is listed", listed, rule=rule)
            refused = session.send(DELETE, caller, params={"key_id": made["id"]}, headers=headers)
            check.status(refused, 403, 404, message="another person's key can be deleted", rule=rule or "I02")
        acting = make_for(session, caller, person)
        check.equal(row(session, person, acting["id"]), {}, "a key was made for another person", acting, rule="S14")
        check.that(row(session, caller, acting["id"]), "a key was made for nobody", acting, rule="S14")
        session.send(DELETE, caller, params={"key_id": acting["id"]})
    check.ok(session.send(ME, api_key(str(made["key"]))), "the key died all the same", op=DELETE)
    check.that(row(session, person, made["id"]), "the key is gone all the same", op=DELETE)
    unknown = session.send(DELETE, person, params={"key_id": "no-such-key"})
    check.status(unknown, 404, message="a key that is not there is deleted")


def make_for(session: Session, caller: Person, person: Person) -> Reply:
    """Make a key as one person while naming another."""
    headers = {"X-Acting-User": person.imperal_id}
    return session.send(MAKE, caller, body={"name": session.users.fresh("key")}, headers=headers).need()
