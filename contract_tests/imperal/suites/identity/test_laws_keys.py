"""Laws of API keys."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from specdouble.verify.kit import Credential, Judge, Person, Reply, Stage, almost, api_key, bearer, claims, law

from ...accounts import moment, moves, profile, session, status_of

MAKE, LIST, DELETE, ME = "POST /v1/keys", "GET /v1/keys", "DELETE /v1/keys/{key_id}", "GET /v1/auth/me"
FORM = re.compile(r"imp_live_[A-Za-z0-9_-]{32}")
PREFIX = 13  # characters of a key that the list shows


def make(stage: Stage, who: Person | Credential, **body: Any) -> Reply:
    """Make a key."""
    return stage.send(MAKE, who, body={"name": stage.cast.fresh("key"), **body}).need()


def row(stage: Stage, who: Person | Credential, key_id: Any) -> dict[str, Any]:
    """Return the row of a key in a caller's list; {} when it is not there."""
    listed = stage.send(LIST, who).need().json
    return next((one for one in listed if one["id"] == key_id), {})


@law("A13", MAKE, LIST, DELETE)
def test_a_key_is_shown_once_and_dead_after_its_deletion(stage: Stage, judge: Judge) -> None:
    """A key is shown once, when it is made; the list has its prefix only; after DELETE it opens nothing."""
    user = stage.cast.user
    made = judge.ok(stage.send(MAKE, user, body={"name": stage.cast.fresh("key")}))
    secret = str(made["key"])
    judge.that(FORM.fullmatch(secret), "a key is not imp_live_ and 32 characters", made)
    judge.equal(made["key_prefix"], secret[:PREFIX], "key_prefix is not the first 13 characters of the key", made)
    judge.equal(made["scopes"], "*", "scopes is not * when none was asked for", made)
    listed = stage.send(LIST, user)
    judge.that(secret not in listed.text, "the list shows the key itself", listed)
    judge.that(any(one["id"] == made["id"] for one in listed.json or []), "the list lacks the new key", listed)
    judge.ok(stage.send(ME, api_key(secret)), "a live key is refused", rule="A12")
    judge.ok(stage.send(ME, bearer(secret)), "a live key sent as a bearer is refused", rule="A12")
    gone = judge.ok(stage.send(DELETE, user, params={"key_id": made["id"]}))
    judge.equal(gone.json, {"id": made["id"], "deleted": True}, "the answer of a deletion", gone)
    judge.equal(row(stage, user, made["id"]), {}, "a deleted key is listed", gone)
    for who in (api_key(secret), bearer(secret)):
        judge.status(stage.send(ME, who), 401, message="a deleted key still opens GET /v1/auth/me")
    again = stage.send(DELETE, user, params={"key_id": made["id"]})
    judge.status(again, 404, message="a key can be deleted twice")


@law("LIFE-109", MAKE, LIST)
def test_a_key_is_listed_as_it_was_made(stage: Stage, judge: Judge) -> None:
    """The list shows each key with the name, scopes, prefix and time of its making, and no two keys are one."""
    person = stage.cast.new("person with keys")
    judge.equal(stage.send(LIST, person).need().json, [], "a new account has keys", op=LIST)
    bodies = [{"name": "one name", "scopes": "notes:read,extensions:call"}, {"name": "one name"}, {"name": "Ünï ☂"}]
    made = [judge.ok(stage.send(MAKE, person, body=body)) for body in bodies]
    for body, one in zip(bodies, made, strict=True):
        judge.equal(one["name"], body["name"], "name is not what was asked for", one)
        judge.equal(one["scopes"], body.get("scopes", "*"), "scopes is not what was asked for", one)
        issued = float(claims(person.access_token).get("iat", 0))
        judge.that(abs(moment(one["created_at"]) - issued) < 60, "created_at is not now", one)
    for name in ("id", "key"):
        judge.equal(len({one[name] for one in made}), len(made), f"two keys have one {name}", made[0], about=name)
    listed = stage.send(LIST, person).need()
    judge.equal(len(listed.json), len(made), "the list has not one row for each key", listed)
    for one in made:
        mine: dict[str, Any] = next((each for each in listed.json if each["id"] == one["id"]), {})
        for name in ("name", "scopes", "key_prefix", "created_at"):
            judge.equal(mine.get(name), one[name], f"{name} of a listed key is not what its making said", listed)
        judge.equal(mine.get("last_used_at"), None, "a key that nobody used has a last_used_at", listed)
    judge.ok(stage.send(DELETE, person, params={"key_id": made[1]["id"]}))
    left = {one["id"] for one in stage.send(LIST, person).need().json}
    judge.equal(left, {made[0]["id"], made[2]["id"]}, "a deletion took another key, or more than one", op=DELETE)
    for one, status in zip(made, (200, 401, 200), strict=True):
        judge.status(stage.send(ME, api_key(str(one["key"]))), status, message="the keys that are left", op=DELETE)


@law("LIFE-110", LIST, MAKE)
def test_the_use_of_a_key_moves_its_last_used_at(stage: Stage, judge: Judge) -> None:
    """last_used_at is null until a key is used, moves with each use, and only for the key that was used."""
    person = stage.cast.new("person with keys")
    used, idle = make(stage, person), make(stage, person)
    for who in (api_key(str(used["key"])), bearer(str(used["key"]))):
        use = partial(stage.send, ME, who)
        earlier, later = moves(lambda: moment(row(stage, person, used["id"])["last_used_at"]), use)
        judge.that(later > earlier, "last_used_at did not move with a use", op=LIST, got=later, expected=f"> {earlier}")
    judge.that(later >= moment(used["created_at"]) - 2, "last_used_at is before created_at", op=LIST)
    judge.that(later < moment(used["created_at"]) + 60, "last_used_at is not now", op=LIST)
    judge.equal(row(stage, person, idle["id"])["last_used_at"], None, "a key moved that nobody used", op=LIST)
    seen = row(stage, person, used["id"])
    for name in ("created_at", "name", "key_prefix", "scopes"):
        judge.equal(seen[name], used[name], f"the use of a key changed its {name}", op=LIST, about=name)


@law("A12", ME, MAKE, DELETE)
def test_a_key_does_what_its_owner_may(stage: Stage, judge: Judge) -> None:
    """A key is its owner: in x-api-key and as a bearer it reads and writes what is theirs, and nobody else's."""
    person = stage.cast.new("person with keys")
    secret = str(make(stage, person)["key"])
    for who in (api_key(secret), bearer(secret, "a key as a bearer")):
        judge.equal(profile(stage, who)["imperal_id"], person.imperal_id, "a key is somebody else's", op=ME)
        second = judge.ok(stage.send(MAKE, who, body={"name": "made by a key"}), "a key makes no key")
        judge.that(row(stage, person, second["id"]), "what a key made is not its owner's", second)
        nick = {"nickname": stage.cast.fresh("n")}
        judge.ok(stage.send("PUT /v1/me/nickname", who, body=nick), "a key sets no nickname")
        judge.equal(stage.send("GET /v1/me/nickname", person).json, nick, "what a key wrote is not its owner's")
        judge.ok(stage.send(DELETE, who, params={"key_id": second["id"]}), "a key deletes no key")
        judge.equal(row(stage, person, second["id"]), {}, "what a key deleted is there", op=DELETE)
    for wrong in (
        *filter(None, almost(secret)),
        secret[:PREFIX],
        "imp_live_" + secret[9:][::-1].swapcase(),
        secret[9:],
    ):
        for who in (api_key(wrong), bearer(wrong)):
            judge.status(stage.send(ME, who), 401, message="a part or a variant of a key opens a profile")
    own = stage.send("POST /v1/auth/register", api_key(secret), body={"email": "x@example.com", "password": secret})
    judge.status(own, 401, 403, 422, message="a key does what only a service may", rule="S01")


@law("LIFE-111", DELETE, MAKE)
def test_keys_outlive_sessions(stage: Stage, judge: Judge) -> None:
    """A key is no session: it works on after every session of its owner has ended, and its end ends no session."""
    person = stage.cast.new("person with keys")
    key, other = stage.cast.key(person), session(stage, person)
    stage.send("POST /v1/auth/logout", body={"refresh_token": other.refresh_token}).need()
    judge.ok(stage.send(ME, key), "a key ended with a session")
    gone = make(stage, person)
    stage.send(DELETE, person, params={"key_id": gone["id"]}).need()
    judge.equal(status_of(stage, person.access_token), 200, "a session ended with a key", op=DELETE)
    stage.send("POST /v1/auth/logout", body={"refresh_token": person.refresh_token}).need()
    judge.ok(stage.send(ME, key), "a key ended with the last session")


@law("I01", LIST, DELETE, MAKE)
def test_keys_of_others_are_unknown(stage: Stage, judge: Judge) -> None:
    """Nobody sees or deletes the key of somebody else, whoever they name; it goes on working."""
    person = stage.cast.user
    made = make(stage, person)
    callers = [stage.cast.other, *([stage.cast.admin] if stage.settings.admin else [])]
    for caller in callers:
        for headers in ({}, {"X-Acting-User": person.imperal_id}):
            rule = "S14" if headers else None
            listed = stage.send(LIST, caller, headers=headers).need()
            judge.that(made["id"] not in listed.text, "another person's key is listed", listed, rule=rule)
            judge.that(made["key_prefix"] not in listed.text, "another's prefix is listed", listed, rule=rule)
            refused = stage.send(DELETE, caller, params={"key_id": made["id"]}, headers=headers)
            judge.status(refused, 403, 404, message="another person's key can be deleted", rule=rule or "I02")
        acting = make_for(stage, caller, person)
        judge.equal(row(stage, person, acting["id"]), {}, "a key was made for another person", acting, rule="S14")
        judge.that(row(stage, caller, acting["id"]), "a key was made for nobody", acting, rule="S14")
        stage.send(DELETE, caller, params={"key_id": acting["id"]})
    judge.ok(stage.send(ME, api_key(str(made["key"]))), "the key died all the same", op=DELETE)
    judge.that(row(stage, person, made["id"]), "the key is gone all the same", op=DELETE)
    unknown = stage.send(DELETE, person, params={"key_id": "no-such-key"})
    judge.status(unknown, 404, message="a key that is not there is deleted")


def make_for(stage: Stage, caller: Person, person: Person) -> Reply:
    """Make a key as one person while naming another."""
    headers = {"X-Acting-User": person.imperal_id}
    return stage.send(MAKE, caller, body={"name": stage.cast.fresh("key")}, headers=headers).need()
