"""Laws of a person's own nickname and apps."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Judge, Person, Stage, law

from ... import apps

NICK, SET = "GET /v1/me/nickname", "PUT /v1/me/nickname"
LIST, OFF, ON = "GET /v1/me/extensions", "POST /v1/me/extensions/disable", "DELETE /v1/me/extensions/disable/{app_id}"
CALL, REMOVE = "POST /v1/extensions/{app_id}/call", "DELETE /v1/marketplace/apps/{app_id}/install"


def nickname(stage: Stage, who: Person) -> Any:
    """Return somebody's nickname."""
    return stage.send(NICK, who)["nickname"]


def shown(stage: Stage, who: Person, app_id: str) -> dict[str, Any]:
    """Return an app as somebody's list shows it; {} when it does not."""
    listed = [one for one in stage.send(LIST, who).need().json if one["app_id"] == app_id]
    return listed[0] if listed else {}


def call(stage: Stage, person: Person, app_id: str) -> int:
    """Call a free function of an app and return the status."""
    body = {"user_id": person.imperal_id, "function": apps.READ, "params": {}}
    return stage.send(CALL, person, params={"app_id": app_id}, body=body).status


@law("LIFE-112", SET, NICK)
def test_a_nickname_is_kept_and_belongs_to_one(stage: Stage, judge: Judge) -> None:
    """A nickname is null until one is chosen, is kept as it was sent, and belongs to one person; others get 409."""
    person, other = stage.cast.new("person with a nickname"), stage.cast.new("person without a nickname")
    judge.equal(nickname(stage, person), None, "a new account has a nickname", op=NICK)
    for wanted in (stage.cast.fresh("n"), stage.cast.fresh("m").replace("-", "_")):
        reply = judge.ok(stage.send(SET, person, body={"nickname": wanted}))
        judge.equal(reply.json, {"nickname": wanted}, "the answer is not the new nickname", reply)
        judge.equal(nickname(stage, person), wanted, "the new nickname is not kept", reply)
        judge.equal(nickname(stage, other), None, "somebody else's nickname changed", reply, rule="I01")
    taken = stage.send(SET, other, body={"nickname": wanted})
    judge.status(taken, 409, message="a nickname can be taken twice")
    judge.equal(nickname(stage, other), None, "a refused nickname is kept", taken)
    judge.ok(stage.send(SET, person, body={"nickname": wanted}), "one's own nickname is refused")
    for bad in ("ab", "Abc", "-abc", "abc-", "_abc", "a" * 31, "", "a b c", "äbc", "abc\n"):
        refused = stage.send(SET, person, body={"nickname": bad})
        judge.status(refused, 422, message=f"the nickname {bad!r} is answered with {refused.status}")
    judge.equal(nickname(stage, person), wanted, "a refused nickname replaced the old one", op=SET)
    named = {"X-Acting-User": person.imperal_id}
    mine = {"nickname": stage.cast.fresh("o")}
    judge.ok(stage.send(SET, other, body=mine, headers=named), rule="S14")
    judge.equal(nickname(stage, other), mine["nickname"], "with X-Acting-User one's own is not set", op=SET, rule="S14")
    judge.equal(nickname(stage, person), wanted, "X-Acting-User sets another's nickname", op=SET, rule="S14")
    edge = ("a" + stage.cast.fresh("n").replace("-", "") + "z" * 30)[:30]
    judge.ok(stage.send(SET, person, body={"nickname": edge}), "a nickname of 30 characters is refused")
    judge.equal(nickname(stage, person), edge, "a nickname of 30 characters is not kept", op=SET)


@law("LIFE-113", SET, "GET /v1/developer/profile", "GET /v1/marketplace/developer/{developer_id}")
def test_a_developers_nickname_is_one_everywhere(stage: Stage, judge: Judge) -> None:
    """The nickname of a developer stands in their profile, on their marketplace page and at me/nickname, and is one."""
    person = stage.cast.new_developer("explorer")
    profile = stage.send("GET /v1/developer/profile", person).need()
    judge.equal(nickname(stage, person), profile["nickname"], "registering set another nickname", profile)
    wanted = stage.cast.fresh("n")
    stage.send(SET, person, body={"nickname": wanted}).need()
    profile = stage.send("GET /v1/developer/profile", person).need()
    judge.equal(profile["nickname"], wanted, "the developer profile keeps the former nickname", profile)
    where = {"developer_id": person.imperal_id}
    page = stage.send("GET /v1/marketplace/developer/{developer_id}", person, params=where).need()
    judge.equal(page["nickname"], wanted, "the marketplace page keeps the former nickname", page)


# -- apps ----------------------------------------------------------------------------------------------------------


@law("M06", LIST, "POST /v1/marketplace/apps/{app_id}/install", REMOVE)
def test_installed_apps_are_listed_with_their_functions(stage: Stage, judge: Judge) -> None:
    """An installed app is on one's own list, with the functions of its manifest, until it is removed."""
    app_id, person, other = apps.shop(stage).app_id, stage.cast.new("person with apps"), stage.cast.new("another")
    judge.equal(shown(stage, person, app_id), {}, "an app is listed that was not installed", op=LIST)
    apps.install(stage, person, app_id)
    one, manifest = shown(stage, person, app_id), apps.manifest_for(app_id)
    judge.must(one, "an installed app is not listed", op=LIST)
    for name, value in {
        "is_installed": True, "is_disabled": False, "name": manifest["name"], "description": manifest["description"],
    }.items():  # fmt: skip
        judge.equal(one.get(name), value, f"{name} of an installed app", op=LIST, about=name)
    for name, value in {"system": False, "category": "productivity"}.items():
        judge.equal(one.get(name, value), value, f"{name} of an installed app", op=LIST, about=name)
    functions = {each["name"]: each for each in one["functions"]}
    judge.equal(len(one["functions"]), len(manifest["tools"]), "the number of functions", op=LIST)
    for tool in manifest["tools"]:
        listed = functions.get(tool["name"], {})
        for name in ("description", "params_schema", "action_type"):
            judge.equal(listed.get(name, tool[name]), tool[name], f"{name} of a function", op=LIST, about=name)
        judge.that(listed, f"the function {tool['name']} is missing", op=LIST)
    judge.equal(shown(stage, other, app_id), {}, "somebody else's install is listed", op=LIST, rule="I01")
    named = stage.send(LIST, other, headers={"X-Acting-User": person.imperal_id}).need()
    judge.that(app_id not in named.text, "X-Acting-User shows another's apps", named, rule="S14")
    page = stage.send("GET /v1/marketplace/apps/{app_id}", NOBODY, params={"app_id": app_id}).need()
    for name in ("name", "category", "version"):
        if name in one and name in page.json:
            judge.equal(one[name], page[name], f"{name} differs from the marketplace's", op=LIST, about=f"page {name}")
    ids = [each["app_id"] for each in stage.send(LIST, person).need().json]
    judge.equal(len(set(ids)), len(ids), "an app is listed twice", op=LIST)
    judge.ok(stage.send(REMOVE, person, params={"app_id": app_id}))
    judge.equal(shown(stage, person, app_id), {}, "a removed app is listed", op=LIST)


@law("M21", LIST, "POST /v1/developer/apps/{app_id}/_sync_manifest")
def test_the_functions_are_those_of_the_latest_manifest(stage: Stage, judge: Judge) -> None:
    """Functions are those of the manifest that the gateway stored last: what it leaves out is gone."""
    app_id, person = apps.published_app(stage), stage.cast.new("person with apps")
    apps.install(stage, person, app_id)
    tool = {"name": "only_one", "description": "The one.", "action_type": "read", "params_schema": {"type": "object"}}
    apps.sync_manifest(stage, app_id, apps.manifest_for(app_id, tools=[tool], description="Another text."))
    one = shown(stage, person, app_id)
    judge.equal([each["name"] for each in one.get("functions", [])], ["only_one"], "the functions of the app", op=LIST)
    judge.equal(one.get("description"), "Another text.", "the description of the app", op=LIST)


@law("LIFE-114", OFF, ON, LIST)
def test_an_app_is_switched_off_and_on(stage: Stage, judge: Judge) -> None:
    """A switched-off app stays installed and its calls are 403; switched on it works again. For that person only.

    Off twice is no error; on is 404 for an app that is not off, and off is 404 for one that is not installed.
    """
    app_id, person, other = apps.shop(stage).app_id, stage.cast.new("person with apps"), stage.cast.new("another")
    for one in (person, other):
        apps.install(stage, one, app_id)
    kept = shown(stage, person, app_id)
    for _ in range(2):
        reply = judge.ok(stage.send(OFF, person, body={"app_id": app_id}))
        judge.equal((reply["app_id"], reply["is_disabled"]), (app_id, True), "the answer of a switch", reply)
        judge.equal(reply.json.get("user_id", person.imperal_id), person.imperal_id, "another user_id", reply)
        judge.equal(shown(stage, person, app_id), {**kept, "is_disabled": True}, "the app on the list", reply)
    judge.equal(call(stage, person, app_id), 403, "a switched-off app can be called", op=OFF)
    judge.equal(
        shown(stage, other, app_id).get("is_disabled"), False, "it is off for somebody else", op=OFF, rule="I01"
    )
    judge.equal(call(stage, other, app_id), 200, "it cannot be called by somebody else", op=OFF, rule="I01")
    refused = stage.send(ON, other, params={"app_id": app_id})
    judge.status(refused, 404, message="an app that is on can be switched on")
    judge.equal(
        shown(stage, person, app_id).get("is_disabled"), True, "somebody else switched it on", refused, rule="I01"
    )
    reply = judge.ok(stage.send(ON, person, params={"app_id": app_id}))
    judge.equal((reply["app_id"], reply["is_disabled"]), (app_id, False), "the answer of a switch", reply)
    judge.equal(shown(stage, person, app_id), kept, "the app on the list after it was switched on", reply)
    judge.equal(call(stage, person, app_id), 200, "an app that is on again cannot be called", reply)
    judge.status(stage.send(ON, person, params={"app_id": app_id}), 404, message="an app can be switched on twice")
    stranger = stage.cast.new("person without apps")
    for unknown in (app_id, stage.cast.fresh("no-app")):
        off = stage.send(OFF, stranger, body={"app_id": unknown})
        judge.status(off, 404, message="an app that is not installed can be switched off")
    judge.equal(shown(stage, stranger, app_id), {}, "a refused switch installed the app", op=OFF)
