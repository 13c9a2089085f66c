"""Laws of the Registry's apps: how they are registered, listed, changed, suspended and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Stage, claims, law

from ... import registry
from ...registry import APP, APPS, DELETE_APP, MAKE, PATCH_APP, PUSH, PUT_APP
from .._laws import kept, moment, moves, shows
from ._registry import GONE, Desk, later

STATUSES = ("provisioning", "active", "suspended", "deleted")
SET: dict[str, Any] = {
    "name": "named anew", "display_name": "Shown anew", "description": "Described anew.", "version": "7.0.1",
    "category": "travel", "config": {"only": {"this": [1, 2]}}, "status": "suspended",
}  # fmt: skip


def registered(stage: Stage) -> tuple[str, dict[str, Any]]:
    """Register an app with every field and return its id and what was sent."""
    app_id = stage.cast.fresh("law")
    body = {
        "app_id": app_id, "display_name": f"Shown {app_id}", "name": f"Named {app_id}",
        "owner_id": registry.owner(stage), "description": "Ünï ☂ description", "version": "1.0.0-rc.1",
        "category": "finance",
        "config": {"deep": {"list": [1, "two", None, True]}, "empty": {}},
    }  # fmt: skip
    stage.send(MAKE, stage.cast.registry, body=body).need()
    return app_id, body


@law("LIFE-360", MAKE, APP, APPS)
def test_a_registered_app_is_what_was_sent_and_provisioning(stage: Stage, judge: Judge) -> None:
    """A registered app has every field that was sent, the namespace app-<app_id>, and is provisioning without tools."""
    desk, app_id = Desk(stage), stage.cast.fresh("law")
    body = {
        "app_id": app_id, "display_name": "Shown", "owner_id": registry.owner(stage), "name": "named",
        "description": "Described.", "version": "0.1", "category": "health", "config": {"a": {"b": [None]}},
    }  # fmt: skip
    reply = judge.ok(desk.ask(MAKE, body=body))
    expected = {**body, "status": "provisioning", "namespace": f"app-{app_id}"}
    shows(judge, reply, expected, "a new app")
    made = dict(reply.json)
    judge.equal(made["created_at"], made["updated_at"], "a new app has two different stamps", reply)
    judge.that(abs(moment(made["created_at"]).timestamp() - stage_now(stage)) < 120, "created_at is not now", reply)
    judge.equal(desk.ask(APP, app_id).json, made, "a new app is read otherwise than it was made", op=APP)
    for query in ({"status": "provisioning"}, {"status": "all"}):
        row = desk.listed(app_id, owner_id=body["owner_id"], **query)
        judge.equal(row, made, "a new app is listed otherwise than it was made", op=APPS, about=str(query))
    for hidden in ({}, {"status": "active"}, {"status": "suspended"}, {"status": "deleted"}):
        judge.equal(desk.listed(app_id, **hidden), None, "a provisioning app is listed as another", op=APPS)
    empty = {"app_id": app_id, "tools": [], "skeleton_sections": []}
    shows(judge, judge.ok(desk.ask(registry.TOOLS, app_id)), empty, "the manifest of a new app")
    invented = desk.tools(app_id)["version"] not in (None, body["version"])
    judge.that(not invented, "the manifest of a new app has a version", op=registry.TOOLS)
    judge.equal(desk.ask(registry.KEYS, app_id).json, {"keys": [], "total": 0}, "a new app has keys", op=registry.KEYS)
    judge.equal(desk.catalogued(app_id), None, "a provisioning app is in the catalogue", op=registry.CATALOG)


def stage_now(stage: Stage) -> float:
    """Return the server's time: that of a person's new access token."""
    return float(claims(stage.cast.new("clock").access_token).get("iat", 0))


@law("LIFE-361", MAKE)
def test_a_registered_app_has_plain_defaults(stage: Stage, judge: Judge) -> None:
    """An app registered by its id and display name alone is named like that, and the rest is null."""
    desk, app_id = Desk(stage), stage.cast.fresh("law")
    reply = judge.ok(desk.ask(MAKE, body={"app_id": app_id, "display_name": "Only shown"}))
    empty = dict.fromkeys(("description", "version", "category", "config"))
    shows(judge, reply, {"app_id": app_id, "display_name": "Only shown", "name": "Only shown", **empty}, "a bare app")
    judge.that(reply.json.get("owner_id"), "an app without an owner_id has no owner", reply)
    judge.equal(desk.app(app_id), reply.json, "a bare app is read otherwise than it was made", op=APP)
    nulls = judge.ok(desk.ask(MAKE, body={"app_id": stage.cast.fresh("law"), "display_name": "Nulls", **empty}))
    shows(judge, nulls, empty, "an app that was sent with nulls")
    odd = f"{stage.cast.fresh('law')}_x"
    stage.client.own(odd)
    taken = judge.ok(desk.ask(MAKE, body={"app_id": odd, "display_name": "x"}), "an id with _ is refused")
    judge.equal(taken["app_id"], odd, "an id with _ is another", taken)
    for form in ("{}X", "-{}", "_{}", "{} x", "{}.x", "é{}", "{}/x", "a"):
        refusal = desk.ask(MAKE, body={"app_id": form.format(app_id), "display_name": "x"})
        judge.status(refusal, 422, 400, message=f"an app may be called {form!r}", about=form)


@law("R05", MAKE)
def test_a_known_id_is_409_and_changes_nothing(stage: Stage, judge: Judge) -> None:
    """Registering an id that is there is 409 and leaves the app as it is, with its tools, keys and settings."""
    desk = Desk(stage)
    app_id, body = registered(stage)
    for status in ("provisioning", "active", "suspended"):
        if status == "active":
            registry.push(stage, app_id)
            desk.ask(registry.SAVE, app_id, body={"persona": {"tone": "kept"}}).need()
            registry.app_key(stage, app_id)
        elif status == "suspended":
            desk.ask(PUT_APP, app_id, body={"status": status}).need()
        before = desk.everything(app_id)
        for again in (body, {**body, "display_name": "Other", "config": None, "owner_id": "imp_u_another"}):
            reply = desk.ask(MAKE, body=again)
            judge.status(reply, 409, message=f"a {status} app can be registered again", about=status)
        judge.equal(desk.everything(app_id), before, "a refused registration changed the app", op=MAKE, about="changed")


@law("R06", APPS, registry.KEYS)
def test_apps_are_an_array_and_keys_an_object(stage: Stage, judge: Judge) -> None:
    """GET /v1/apps is a bare array of whole rows; the keys of an app are {keys, total}."""
    desk, app_id = Desk(stage), registry.kept_app(stage)
    reply = judge.ok(desk.ask(APPS))
    judge.must(isinstance(reply.json, list), "the list of apps is no array", reply)
    judge.equal(desk.listed(app_id), desk.app(app_id), "a listed app is not as its own page says", reply)
    ids = [one["app_id"] for one in reply.json]
    judge.equal(len(ids), len(set(ids)), "an app is listed twice", reply)
    keys = judge.ok(desk.ask(registry.KEYS, app_id))
    judge.equal(sorted(keys.json), ["keys", "total"], "the keys are not {keys, total}", keys)


@law("FILTER-360", APPS)
def test_apps_are_listed_by_status_and_owner(stage: Stage, judge: Judge) -> None:
    """The list keeps one status (active unless told otherwise) and one owner; `all` shows every status."""
    desk, owner, other = Desk(stage), f"imp_u_{stage.cast.fresh('o')}"[:28], f"imp_u_{stage.cast.fresh('p')}"[:28]
    made = {}
    for status in STATUSES:
        made[status] = registry.new_app(stage, owner_id=owner)
    for status in ("active", "suspended", "deleted"):
        registry.push(stage, made[status])
    foreign = registry.active_app(stage, owner_id=other)
    desk.ask(PUT_APP, made["suspended"], body={"status": "suspended"}).need()
    desk.ask(DELETE_APP, made["deleted"]).need()
    for status in STATUSES:
        got = desk.ids(status=status, owner_id=owner)
        judge.equal(got, [made[status]], f"the {status} apps of an owner", op=APPS, about=f"status {status}")
        rows = desk.ask(APPS, query={"status": status}).need().json
        judge.that(made[status] in [one["app_id"] for one in rows], f"a {status} app is missing", op=APPS)
        judge.equal({one["status"] for one in rows}, {status}, "a list of one status shows another", op=APPS)
    judge.equal(desk.ids(owner_id=owner), [made["active"]], "the apps of an owner without a status", op=APPS)
    judge.equal(sorted(desk.ids(owner_id=owner, status="all")), sorted(made.values()), "all apps of an owner", op=APPS)
    judge.equal(desk.ids(owner_id=other), [foreign], "the apps of another owner", op=APPS)
    default = desk.ask(APPS).need().json
    judge.equal({one["status"] for one in default}, {"active"}, "the list shows other than active apps", op=APPS)
    judge.that({made["active"], foreign} <= {one["app_id"] for one in default}, "an active app is not listed", op=APPS)
    everything = desk.ids(status="all")
    judge.that({*made.values(), foreign} <= set(everything), "status=all leaves apps out", op=APPS)
    for nobody in (owner[:-1], f"{owner}x", "%"):
        judge.equal(desk.ids(owner_id=nobody, status="all"), [], "an owner who has no apps has some", op=APPS)


@law("LIFE-362", PUT_APP, PATCH_APP)
@pytest.mark.parametrize("op", [PUT_APP, PATCH_APP])
def test_an_update_changes_what_is_given(op: str, stage: Stage, judge: Judge) -> None:
    """PUT (and the older PATCH) changes the given fields of this app alone, and moves updated_at (D10)."""
    desk = Desk(stage)
    app_id, _body = registered(stage)
    other, _more = registered(stage)
    untouched = desk.app(other)
    names = SET if op == PUT_APP else ("display_name", "status", "config")
    for name in names:
        before, value = desk.app(app_id), SET[name]
        reply = judge.ok(desk.ask(op, app_id, body={name: value}))
        together = ("name", "display_name") if name in ("name", "display_name") else ()
        shows(judge, reply, {name: value}, f"an update of {name}")
        kept(judge, reply, before, f"an app after an update of {name}", name, "updated_at", *together)
        later(judge, reply.json["updated_at"], before["updated_at"], "updated_at", reply)
        judge.equal(desk.app(app_id), reply.json, f"an update of {name} is not stored", reply, about=f"stored {name}")
    judge.equal(
        desk.listed(app_id, status="all"), desk.app(app_id), "the list shows another app than its page", op=APPS
    )

    def write() -> Any:
        return judge.ok(desk.ask(op, app_id, body={"config": {"again": 1}}))["updated_at"]

    judge.that(moves(desk.app(app_id)["updated_at"], write), "updated_at does not move", op=op, about="moves in time")
    nothing = judge.ok(desk.ask(op, app_id, body={}), "an empty update is refused")
    kept(judge, nothing, desk.app(app_id), "an app after an empty update", "updated_at")
    judge.equal(desk.app(other), untouched, "an update changed another app", op=op)
    for unknown in (GONE, app_id[:-1]):
        stage.client.own(unknown)
        judge.status(desk.ask(op, unknown, body={"config": {}}), 404, 422, message="an unknown app can be changed")


@law("LIFE-363", PUT_APP, PATCH_APP)
@pytest.mark.parametrize("op", [PUT_APP, PATCH_APP])
def test_config_is_replaced_whole_and_null_clears(op: str, stage: Stage, judge: Judge) -> None:
    """`config` is swapped as a whole; null clears what may be empty, and leaves names and status as they are."""
    desk = Desk(stage)
    app_id, _body = registered(stage)
    for config in ({"a": {"b": 1}}, {"a": {"c": 2}}, {"d": [1]}, {}, {"e": "f"}, None):
        reply = judge.ok(desk.ask(op, app_id, body={"config": config}))
        judge.equal(reply.json["config"], config, "config is not replaced whole", reply, about="config")
        judge.equal(desk.app(app_id)["config"], config, "config is not stored whole", reply, about="config stored")
    before = desk.app(app_id)
    for name in ("display_name", "status"):
        reply = judge.ok(desk.ask(op, app_id, body={name: None}), f"null is refused for {name}")
        kept(judge, reply, before, f"an app after null for {name}", "updated_at")
    if op == PUT_APP:
        for name in ("description", "version", "category"):
            reply = judge.ok(desk.ask(op, app_id, body={name: None}), f"null is refused for {name}")
            judge.equal(desk.app(app_id)[name], None, f"null does not clear {name}", reply)


@law("R10", PUT_APP, PATCH_APP, APP)
@pytest.mark.parametrize("op", [PUT_APP, PATCH_APP])
def test_a_client_sets_active_and_suspended_only(op: str, stage: Stage, judge: Judge) -> None:
    """An app is active or suspended, besides provisioning and deleted; no client sets another status than these."""
    desk, app_id = Desk(stage), registry.active_app(stage)
    for held in ("suspended", "active", "suspended", "suspended", "active"):
        reply = judge.ok(desk.ask(op, app_id, body={"status": held}))
        judge.equal(reply.json["status"], held, "the status is not set", reply)
        before = desk.app(app_id)
        judge.equal(before["status"], held, "the status is not stored", reply, about="stored")
        others = ("draft", "pending_review", "provisioning", "deleted", "published", "Active", "", "all")
        for status in stage.some(others, 0, 1):
            refusal = desk.ask(op, app_id, body={"status": status, "config": {"sneaked": "in"}})
            judge.status(refusal, 422, 400, 403, 409, message=f"a client sets the status {status!r}", about=status)
        judge.equal(desk.app(app_id), before, "a refused status changed the app", op=op, about="changed")


@law("LIFE-364", PUT_APP, registry.CATALOG, registry.ALL_TOOLS, APPS, PUSH)
def test_a_suspended_app_leaves_the_catalogue_until_it_is_active(stage: Stage, judge: Judge) -> None:
    """A suspended app leaves the list and the catalogue, of everybody and of its users; active again, it is back whole.

    It can be read all the while, its tools and installs stay, and pushing tools does not make it active.
    """
    desk, person, app_id = Desk(stage), registry.person(stage), registry.active_app(stage)
    registry.install(stage, person, app_id)
    whole = desk.tools(app_id)
    for status in ("suspended", "active"):
        there = status == "active"
        reply = judge.ok(desk.ask(PUT_APP, app_id, body={"status": status}))
        judge.equal(
            desk.listed(app_id) is not None, there, f"a {status} app in the list", op=APPS, about=f"{status} list"
        )
        for user in (None, person):
            found = desk.catalogued(app_id, user)
            said = f"a {status} app in the catalogue" + (" of a user" if user else "")
            judge.equal(found, whole if there else None, said, op=registry.CATALOG, about=said)
        judge.equal(bool(desk.flat(app_id)), there, f"the tools of a {status} app", op=registry.ALL_TOOLS, about=status)
        judge.equal(desk.tools(app_id), whole, "a change of status changed the tools", reply)
        judge.that(
            any(one["app_id"] == app_id for one in desk.installs(person)),
            "a change of status removed an install",
            reply,
        )
    desk.ask(PUT_APP, app_id, body={"status": "suspended"}).need()
    pushed = judge.ok(desk.ask(PUSH, app_id, body=registry.manifest("later")))
    judge.equal(pushed.json["status"], "suspended", "a push says that a suspended app is another", pushed)
    judge.equal(desk.app(app_id)["status"], "suspended", "a push made a suspended app active", pushed)
    other = stage.cast.kept("owner of Registry apps")
    refusal = desk.ask(registry.INSTALL, user=other, body={"app_id": app_id})
    judge.status(refusal, 404, 403, 409, 422, message="a suspended app can be installed")
