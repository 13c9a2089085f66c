"""Rules of a person's own nickname and apps."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Check, rule

from ...people import Person
from ...session import Session
from ...shared import apps

NICK, SET = "GET /v1/me/nickname", "PUT /v1/me/nickname"
LIST, OFF, ON = "GET /v1/me/extensions", "POST /v1/me/extensions/disable", "DELETE /v1/me/extensions/disable/{app_id}"
CALL, REMOVE = "POST /v1/extensions/{app_id}/call", "DELETE /v1/marketplace/apps/{app_id}/install"


def nickname(session: Session, who: Person) -> Any:
    """Return somebody's nickname."""
    return session.send(NICK, who)["nickname"]


def shown(session: Session, who: Person, app_id: str) -> dict[str, Any]:
    """Return an app as somebody's list shows it; {} when it does not."""
    listed = [one for one in session.send(LIST, who).need().json if one["app_id"] == app_id]
    return listed[0] if listed else {}


def call(session: Session, person: Person, app_id: str) -> int:
    """Call a free function of an app and return the status."""
    body = {"user_id": person.imperal_id, "function": apps.READ, "params": {}}
    return session.send(CALL, person, params={"app_id": app_id}, body=body).status


@rule("LIFE-112", SET, NICK)
def test_a_nickname_is_kept_and_belongs_to_one(session: Session, check: Check) -> None:
    """A nickname is null until one is chosen, is kept as it was sent, and belongs to one person; others get 409."""
    person, other = session.users.new("person with a nickname"), session.users.new("person without a nickname")
    check.equal(nickname(session, person), None, "a new account has a nickname", op=NICK)
    for wanted in (session.users.fresh("n"), session.users.fresh("m").replace("-", "_")):
        reply = check.ok(session.send(SET, person, body={"nickname": wanted}))
        check.equal(reply.json, {"nickname": wanted}, "the response is not the new nickname", reply)
        check.equal(nickname(session, person), wanted, "the new nickname is not kept", reply)
        check.equal(nickname(session, other), None, "somebody else's nickname changed", reply, rule="I01")
    taken = session.send(SET, other, body={"nickname": wanted})
    check.status(taken, 409, message="a nickname can be taken twice")
    check.equal(nickname(session, other), None, "a refused nickname is kept", taken)
    check.ok(session.send(SET, person, body={"nickname": wanted}), "one's own nickname is refused")
    for bad in ("ab", "Abc", "-abc", "abc-", "_abc", "a" * 31, "", "a b c", "äbc", "abc\n"):
        refused = session.send(SET, person, body={"nickname": bad})
        check.status(refused, 422, message=f"the nickname {bad!r} is answered with {refused.status}")
    check.equal(nickname(session, person), wanted, "a refused nickname replaced the old one", op=SET)
    named = {"X-Acting-User": person.imperal_id}
    mine = {"nickname": session.users.fresh("o")}
    check.ok(session.send(SET, other, body=mine, headers=named), rule="S14")
    check.equal(
        nickname(session, other), mine["nickname"], "with X-Acting-User one's own is not set", op=SET, rule="S14"
    )
    check.equal(nickname(session, person), wanted, "X-Acting-User sets another's nickname", op=SET, rule="S14")
    edge = ("a" + session.users.fresh("n").replace("-", "") + "z" * 30)[:30]
    check.ok(session.send(SET, person, body={"nickname": edge}), "a nickname of 30 characters is refused")
    check.equal(nickname(session, person), edge, "a nickname of 30 characters is not kept", op=SET)


@rule("LIFE-113", SET, "GET /v1/developer/profile", "GET /v1/marketplace/developer/{developer_id}")
def test_a_developers_nickname_is_one_everywhere(session: Session, check: Check) -> None:
    """The nickname of a developer stands in their profile, on their marketplace page and at me/nickname, and is one."""
    person = session.users.new_developer("explorer")
    profile = session.send("GET /v1/developer/profile", person).need()
    check.equal(nickname(session, person), profile["nickname"], "registering set another nickname", profile)
    wanted = session.users.fresh("n")
    session.send(SET, person, body={"nickname": wanted}).need()
    profile = session.send("GET /v1/developer/profile", person).need()
    check.equal(profile["nickname"], wanted, "the developer profile keeps the former nickname", profile)
    where = {"developer_id": person.imperal_id}
    page = session.send("GET /v1/marketplace/developer/{developer_id}", person, params=where).need()
    check.equal(page["nickname"], wanted, "the marketplace page keeps the former nickname", page)


# -- apps ----------------------------------------------------------------------------------------------------------


@rule("M06", LIST, "POST /v1/marketplace/apps/{app_id}/install", REMOVE)
def test_installed_apps_are_listed_with_their_functions(session: Session, check: Check) -> None:
    """An installed app is on one's own list, with the functions of its manifest, until it is removed."""
    app_id, person, other = (
        apps.shop(session).app_id,
        session.users.new("person with apps"),
        session.users.new("another"),
    )
    check.equal(shown(session, person, app_id), {}, "an app is listed that was not installed", op=LIST)
    apps.install(session, person, app_id)
    one, manifest = shown(session, person, app_id), apps.manifest_for(app_id)
    check.must(one, "an installed app is not listed", op=LIST)
    for name, value in {
        "is_installed": True, "is_disabled": False, "name": manifest["name"], "description": manifest["description"],
    }.items():  # fmt: skip
        check.equal(one.get(name), value, f"{name} of an installed app", op=LIST, about=name)
    for name, value in {"system": False, "category": "productivity"}.items():
        check.equal(one.get(name, value), value, f"{name} of an installed app", op=LIST, about=name)
    functions = {each["name"]: each for each in one["functions"]}
    check.equal(len(one["functions"]), len(manifest["tools"]), "the number of functions", op=LIST)
    for tool in manifest["tools"]:
        listed = functions.get(tool["name"], {})
        for name in ("description", "params_schema", "action_type"):
            check.equal(listed.get(name, tool[name]), tool[name], f"{name} of a function", op=LIST, about=name)
        check.that(listed, f"the function {tool['name']} is missing", op=LIST)
    check.equal(shown(session, other, app_id), {}, "somebody else's install is listed", op=LIST, rule="I01")
    named = session.send(LIST, other, headers={"X-Acting-User": person.imperal_id}).need()
    check.that(app_id not in named.text, "X-Acting-User shows another's apps", named, rule="S14")
    page = session.send("GET /v1/marketplace/apps/{app_id}", NOBODY, params={"app_id": app_id}).need()
    for name in ("name", "category", "version"):
        if name in one and name in page.json:
            check.equal(one[name], page[name], f"{name} differs from the marketplace's", op=LIST, about=f"page {name}")
    ids = [each["app_id"] for each in session.send(LIST, person).need().json]
    check.equal(len(set(ids)), len(ids), "an app is listed twice", op=LIST)
    check.ok(session.send(REMOVE, person, params={"app_id": app_id}))
    check.equal(shown(session, person, app_id), {}, "a removed app is listed", op=LIST)


@rule("M21", LIST, "POST /v1/developer/apps/{app_id}/_sync_manifest")
def test_the_functions_are_those_of_the_latest_manifest(session: Session, check: Check) -> None:
    """Functions are those of the manifest that the gateway stored last: what it leaves out is gone."""
    app_id, person = apps.published_app(session), session.users.new("person with apps")
    apps.install(session, person, app_id)
    tool = {"name": "only_one", "description": "The one.", "action_type": "read", "params_schema": {"type": "object"}}
    apps.sync_manifest(session, app_id, apps.manifest_for(app_id, tools=[tool], description="Another text."))
    one = shown(session, person, app_id)
    check.equal([each["name"] for each in one.get("functions", [])], ["only_one"], "the functions of the app", op=LIST)
    check.equal(one.get("description"), "Another text.", "the description of the app", op=LIST)


@rule("LIFE-114", OFF, ON, LIST)
def test_an_app_is_switched_off_and_on(session: Session, check: Check) -> None:
    """A switched-off app stays installed and its calls are 403; switched on it works again. For that person only.

    Off twice is no error; on is 404 for an app that is not off, and off is 404 for one that is not installed.
    """
    app_id, person, other = (
        apps.shop(session).app_id,
        session.users.new("person with apps"),
        session.users.new("another"),
    )
    for one in (person, other):
        apps.install(session, one, app_id)
    kept = shown(session, person, app_id)
    for _ in range(2):
        reply = check.ok(session.send(OFF, person, body={"app_id": app_id}))
        check.equal((reply["app_id"], reply["is_disabled"]), (app_id, True), "the response of a switch", reply)
        check.equal(reply.json.get("user_id", person.imperal_id), person.imperal_id, "another user_id", reply)
        check.equal(shown(session, person, app_id), {**kept, "is_disabled": True}, "the app on the list", reply)
    check.equal(call(session, person, app_id), 403, "a switched-off app can be called", op=OFF)
    check.equal(
        shown(session, other, app_id).get("is_disabled"), False, "it is off for somebody else", op=OFF, rule="I01"
    )
    check.equal(call(session, other, app_id), 200, "it cannot be called by somebody else", op=OFF, rule="I01")
    refused = session.send(ON, other, params={"app_id": app_id})
    check.status(refused, 404, message="an app that is on can be switched on")
    check.equal(
        shown(session, person, app_id).get("is_disabled"), True, "somebody else switched it on", refused, rule="I01"
    )
    reply = check.ok(session.send(ON, person, params={"app_id": app_id}))
    check.equal((reply["app_id"], reply["is_disabled"]), (app_id, False), "the response of a switch", reply)
    check.equal(shown(session, person, app_id), kept, "the app on the list after it was switched on", reply)
    check.equal(call(session, person, app_id), 200, "an app that is on again cannot be called", reply)
    check.status(session.send(ON, person, params={"app_id": app_id}), 404, message="an app can be switched on twice")
    stranger = session.users.new("person without apps")
    for unknown in (app_id, session.users.fresh("no-app")):
        off = session.send(OFF, stranger, body={"app_id": unknown})
        check.status(off, 404, message="an app that is not installed can be switched off")
    check.equal(shown(session, stranger, app_id), {}, "a refused switch installed the app", op=OFF)
