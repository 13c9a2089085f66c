"""Laws of the catalogue that the web-kernel reads at the start of a session, and of the two stores of manifests."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Judge, Stage, law

from ... import apps, registry
from ...registry import ALL_TOOLS, CATALOG, PUSH, tool
from ._registry import Desk

MINE, SYNC = "GET /v1/me/extensions", "POST /v1/developer/apps/{app_id}/_sync_manifest"


@law("LIFE-380", CATALOG)
def test_the_catalogue_has_every_active_app(stage: Stage, judge: Judge) -> None:
    """Without a user the catalogue has each active app once with its tools and sections, and tells how many."""
    desk = Desk(stage)
    one, empty, provisioning = registry.active_app(stage), registry.active_app(stage), registry.new_app(stage)
    desk.ask(PUSH, empty, body={"tools": [], "skeleton_sections": [], "version": "2"}).need()
    reply = judge.ok(desk.ask(CATALOG))
    ids = [row["app_id"] for row in reply["apps"]]
    judge.equal(reply["total"], len(ids), "total is not the number of apps", reply)
    judge.equal(reply.json.get("user_id"), None, "a catalogue of all is somebody's", reply)
    judge.equal(len(ids), len(set(ids)), "an app is twice in the catalogue", reply)
    for app_id in (one, empty):
        judge.equal(desk.catalogued(app_id), desk.tools(app_id), "an active app is not as its own tools say", reply)
    judge.that(provisioning not in ids, "a provisioning app is in the catalogue", reply)
    for _attempt in range(3):  # other processes register apps in between
        active, listed = set(desk.ids()), {row["app_id"] for row in desk.ask(CATALOG)["apps"]}
        if active == listed:
            return
    judge.equal(sorted(listed), sorted(active), "the catalogue has other apps than the list of active ones", reply)


@law("FILTER-361", CATALOG)
def test_the_catalogue_of_a_person_has_what_they_installed(stage: Stage, judge: Judge) -> None:
    """With a user the catalogue has that person's installed active apps and nothing else."""
    desk, person, other = Desk(stage), stage.cast.new("person with a catalogue"), stage.cast.new("another")
    one, two, theirs = (registry.active_app(stage) for _ in range(3))
    start = judge.ok(desk.ask(CATALOG, query={"user_id": person.imperal_id}))
    judge.that(not {one, two} & {row["app_id"] for row in start["apps"]}, "a new person has apps", start)
    for app_id in (one, two):
        registry.install(stage, person, app_id)
    registry.install(stage, other, theirs)
    reply = judge.ok(desk.ask(CATALOG, query={"user_id": person.imperal_id}))
    judge.equal(reply.json.get("user_id"), person.imperal_id, "the catalogue is another's", reply)
    ids = [row["app_id"] for row in reply["apps"]]
    installed = {row["app_id"] for row in desk.installs(person)} & set(desk.ids())
    judge.equal(sorted(ids), sorted(installed), "the catalogue is not the active apps that are installed", reply)
    judge.equal(reply["total"], len(ids), "total is not the number of apps", reply)
    for app_id, whose in ((one, person), (two, person), (theirs, other)):
        judge.equal(
            desk.catalogued(app_id, whose), desk.tools(app_id), "an installed app is not in the catalogue", reply
        )
    judge.equal(desk.catalogued(theirs, person), None, "another's app is in the catalogue", reply)
    judge.equal(desk.catalogued(one, other), None, "an app is in another's catalogue", reply)
    desk.ask(registry.UNINSTALL, one, person).need()
    judge.equal(desk.catalogued(one, person), None, "an app that was uninstalled is in the catalogue", reply)
    judge.equal(desk.catalogued(two, person), desk.tools(two), "another app left with it", reply)
    nobody = desk.ask(CATALOG, query={"user_id": "imp_u_nobody99"})
    judge.status(nobody, 404, 200, message="the catalogue of nobody")
    judge.that(not nobody.ok or nobody["apps"] == [], "the catalogue of nobody has apps", nobody)


@law("LIFE-381", ALL_TOOLS)
def test_every_tool_of_active_apps_is_listed_flat(stage: Stage, judge: Judge) -> None:
    """The list of all tools has one row for each tool of each active app, with its app, activity and scopes."""
    desk, one, other = Desk(stage), registry.new_app(stage), registry.new_app(stage)
    same = [tool("same"), tool("more", description="", required_scopes=[])]
    for app_id in (one, other):
        desk.ask(PUSH, app_id, body={"tools": same}).need()
    desk.ask(PUSH, other, body={"tools": [*same, tool("third", required_scopes=["x:y", "a:b"])]}).need()
    for app_id, count in ((one, 2), (other, 3)):
        fields = ("activity", "name", "description", "required_scopes")
        wanted = [{"app_id": app_id, **{name: each[name] for name in fields}} for each in desk.tools(app_id)["tools"]]
        judge.equal(len(wanted), count, "the tools of an app are not those that were pushed", op=PUSH)
        judge.equal(desk.flat(app_id), wanted, "the rows of an app are not its tools", op=ALL_TOOLS)
    hidden = registry.new_app(stage)
    judge.equal(desk.flat(hidden), [], "a provisioning app has tools", op=ALL_TOOLS)
    for _attempt in range(3):  # other processes push tools in between
        rows = judge.ok(desk.ask(ALL_TOOLS))
        counted = sum(len(each["tools"]) for each in desk.ask(CATALOG)["apps"])
        if len(rows.json) == counted:
            return
    judge.equal(len(rows.json), counted, "the list has not as many tools as the catalogue", rows)


def _row(stage: Stage, person: Any, app_id: str) -> Any:
    listed = stage.send(MINE, person).need().json
    return next((one for one in listed if one["app_id"] == app_id), None)


@law("M21", PUSH, CATALOG, MINE, SYNC)
def test_the_two_stores_of_manifests_are_apart(stage: Stage, judge: Judge) -> None:
    """The Registry's PUT tools alone does not change /v1/me/extensions; _sync_manifest alone not the catalogue.

    After both, the kernel (catalogue) and the portal (extensions) know the same functions.
    """
    desk, person = Desk(stage), stage.cast.new("person of two stores")
    app_id = apps.published_app(stage)
    apps.install(stage, person, app_id)
    if not desk.ask(registry.APP, app_id).ok:
        registry.new_app(stage, app_id=app_id)
    portal = _row(stage, person, app_id)
    judge.must(portal is not None, "an installed app is not among one's extensions", op=MINE)
    fresh = {"tools": [tool("only_in_registry")], "skeleton_sections": [], "version": "8.8.8"}
    judge.ok(desk.ask(PUSH, app_id, body=fresh))
    judge.equal(_row(stage, person, app_id), portal, "PUT tools reached the gateway", op=PUSH)
    kernel, flat = desk.tools(app_id), desk.flat(app_id)
    judge.equal([one["name"] for one in kernel["tools"]], ["only_in_registry"], "PUT tools is not stored", op=PUSH)
    name = "only_in_gateway"
    manifest = apps.manifest_for(app_id, tools=[{"name": name, "description": "New.", "action_type": "read"}])
    apps.sync_manifest(stage, app_id, manifest)
    judge.equal(desk.tools(app_id), kernel, "_sync_manifest reached the Registry's tools", op=SYNC)
    judge.equal(desk.catalogued(app_id), kernel, "_sync_manifest reached the catalogue", op=SYNC)
    judge.equal(desk.catalogued(app_id, person), kernel, "_sync_manifest reached a person's catalogue", op=SYNC)
    judge.equal(desk.flat(app_id), flat, "_sync_manifest reached the list of all tools", op=SYNC)
    after = _row(stage, person, app_id)
    judge.that(after != portal, "_sync_manifest did not reach the gateway", op=SYNC, got=after)
    judge.that(name in str(after), "the portal does not know the new function", op=MINE, got=after)
    judge.that("only_in_registry" not in str(after), "the portal knows a function of the Registry", op=MINE, got=after)
    judge.ok(desk.ask(PUSH, app_id, body={"tools": [tool(name)]}))
    judge.equal([one["name"] for one in desk.tools(app_id)["tools"]], [name], "both stores do not agree", op=PUSH)
    judge.equal(_row(stage, person, app_id), after, "PUT tools reached the gateway", op=PUSH)
