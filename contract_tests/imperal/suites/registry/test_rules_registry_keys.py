"""Rules of the keys of Registry apps."""

from __future__ import annotations

import re
from typing import Any

from specdouble.verify.kit import Check, rule

from ...people import api_key
from ...session import Session
from ...shared import registry
from ...shared.registry import KEYS, MAKE_KEY, REVOKE
from .._rules import eventually, moment, shows
from ._registry import GONE, Desk

FORM = re.compile(r"imp_live_[A-Za-z0-9_-]{32}")
PREFIX = 13  # characters of a key that lists show


@rule("LIFE-366", MAKE_KEY, KEYS)
def test_a_key_is_shown_once_and_listed_by_its_beginning(session: Session, check: Check) -> None:
    """A key of an app is imp_live_ and 32 characters, shown once; lists have its first 13, scope and times."""
    desk, app_id, other = Desk(session), registry.new_app(session), registry.new_app(session)
    made = []
    for body, scope in (({"scope": "readonly"}, "readonly"), ({}, "full"), ({"scope": "full"}, "full")):
        reply = check.ok(desk.ask(MAKE_KEY, app_id, body=body))
        secret = str(reply["api_key"])
        check.that(FORM.fullmatch(secret), "a key is not imp_live_ and 32 characters", reply)
        check.that(str(reply["key_id"]).startswith("key_"), "key_id does not begin with key_", reply)
        check.equal(reply["prefix"], secret[:PREFIX], "prefix is not the beginning of the key", reply)
        check.equal(reply["scope"], scope, "scope is not what was asked for", reply)
        check.that(
            moment(reply["created_at"]) >= moment(desk.app(app_id)["created_at"]), "a key is older than its app", reply
        )
        made.append(reply)
        listed = desk.ask(KEYS, app_id).need()
        check.equal(len(listed["keys"]), len(made), "the list has not one row for each key", listed)
        check.equal(listed["total"], len(made), "total is not the number of keys", listed)
    for name in ("key_id", "api_key"):
        check.equal(len({one[name] for one in made}), len(made), f"two keys have one {name}", made[0])
    rows = {one["key_id"]: one for one in desk.keys(app_id)}
    for one in made:
        expected = {name: one[name] for name in ("key_id", "prefix", "scope", "created_at")} | {"last_used_at": None}
        shows(check, listed, expected, "a listed key", rows.get(one["key_id"], {}))
        check.that(str(one["api_key"]) not in listed.text, "the list shows a key itself", listed)
    check.equal(desk.ask(KEYS, other).json, {"keys": [], "total": 0}, "another app has these keys", op=KEYS)
    check.status(desk.ask(KEYS, GONE), 404, message="an unknown app has keys")
    check.status(desk.ask(MAKE_KEY, GONE, body={}), 404, message="an unknown app gets a key")
    for scope in ("all", "write", "", "Full"):
        check.status(
            desk.ask(MAKE_KEY, app_id, body={"scope": scope}), 422, 400, message=f"a key has the scope {scope!r}"
        )
    check.equal(len(desk.keys(app_id)), len(made), "a refused key is listed", op=MAKE_KEY, about="refused")


@rule("LIFE-367", REVOKE, KEYS)
def test_a_revoked_key_is_gone_and_no_other(session: Session, check: Check) -> None:
    """Revoking a key kills it at once and takes it off the list; other keys work on, and a second time is 404."""
    desk, app_id, other = Desk(session), registry.new_app(session), registry.new_app(session)
    made = [desk.ask(MAKE_KEY, app_id, body={}).need() for _ in range(3)]
    foreign = desk.ask(MAKE_KEY, other, body={}).need()
    revoke = {"key_id": made[1]["key_id"]}
    wrong = desk.ask(REVOKE, other, params=dict(revoke))
    check.status(wrong, 404, message="a key can be revoked through another app")
    check.equal(len(desk.keys(app_id)), 3, "a key was revoked through another app", wrong)
    reply = check.ok(desk.ask(REVOKE, app_id, params=dict(revoke)))
    check.equal(reply.json, {**revoke, "status": "revoked"}, "the response of a revocation", reply)
    left = [one["key_id"] for one in desk.keys(app_id)]
    check.equal(sorted(left), sorted(str(made[n]["key_id"]) for n in (0, 2)), "the keys that are left", reply)
    check.equal(desk.ask(KEYS, app_id)["total"], 2, "total counts a revoked key", op=KEYS)
    check.equal([one["key_id"] for one in desk.keys(other)], [foreign["key_id"]], "another app lost a key", reply)
    for one, app, status in (
        *((one, app_id, 200 if one is not made[1] else 401) for one in made),
        (foreign, other, 200),
    ):
        seen = desk.ask(registry.APP, app, who=api_key(str(one["api_key"])))
        check.status(seen, status, message=f"a key is answered with {seen.status} after a revocation", op=REVOKE)
    check.status(desk.ask(REVOKE, app_id, params=dict(revoke)), 404, message="a key can be revoked twice")
    check.status(desk.ask(REVOKE, app_id, params={"key_id": "key_nobody"}), 404, message="an unknown key is revoked")


@rule("LIFE-368", KEYS, MAKE_KEY)
def test_the_use_of_a_key_moves_its_last_used_at(session: Session, check: Check) -> None:
    """last_used_at is null until a key is used and moves with each use, for this key alone."""
    desk, app_id = Desk(session), registry.new_app(session)
    made = [desk.ask(MAKE_KEY, app_id, body={"scope": scope}).need() for scope in ("full", "readonly", "full")]

    def row(number: int) -> dict[str, Any]:
        return next((one for one in desk.keys(app_id) if one["key_id"] == made[number]["key_id"]), {})

    for number in (0, 1):
        who = api_key(str(made[number]["api_key"]))
        desk.ask(registry.APP, app_id, who=who).need()
        first = row(number).get("last_used_at")
        check.that(first, "a use does not set last_used_at", op=KEYS, got=first, about="set")
        check.that(moment(first) >= moment(made[number]["created_at"]), "last_used_at is before created_at", op=KEYS)

        def used(number: int = number, who: Any = who, first: Any = first) -> bool:
            desk.ask(registry.TOOLS, app_id, who=who).need()
            return moment(row(number).get("last_used_at")) > moment(first)

        check.that(eventually(used), "last_used_at does not move with a use", op=KEYS, about="moves")
        kept = {name: made[number][name] for name in ("prefix", "scope", "created_at")}
        shows(check, desk.ask(KEYS, app_id), kept, "a key that was used", row(number))
    check.equal(row(2).get("last_used_at"), None, "a key moved that nobody used", op=KEYS)
    writer = api_key(str(made[0]["api_key"]))
    check.ok(desk.ask(registry.PUSH, app_id, who=writer, body=registry.manifest("notes")), "a full key pushes no tools")
