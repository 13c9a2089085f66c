"""Rules of the catalogue that the web-kernel reads at the start of a session, and of the two stores of manifests."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...session import Session
from ...shared import apps, registry
from ...shared.registry import ALL_TOOLS, CATALOG, PUSH, tool
from ._registry import Desk

MINE, SYNC = "GET /v1/me/extensions", "POST /v1/developer/apps/{app_id}/_sync_manifest"


@rule("LIFE-380", CATALOG)
def test_the_catalogue_has_every_active_app(session: Session, check: Check) -> None:
    """Without a user the catalogue has each active app once with its tools and sections, and tells how many."""
    desk = Desk(session)
    one, empty, provisioning = registry.active_app(session), registry.active_app(session), registry.new_app(session)
    desk.ask(PUSH, empty, body={"tools": [], "skeleton_sections": [], "version": "2"}).need()
    reply = check.ok(desk.ask(CATALOG))
    ids = [row["app_id"] for row in reply["apps"]]
    check.equal(reply["total"], len(ids), "total is not the number of apps", reply)
    check.equal(reply.json.get("user_id"), None, "a catalogue of all is somebody's", reply)
    check.equal(len(ids), len(set(ids)), "an app is twice in the catalogue", reply)
    for app_id in (one, empty):
        check.equal(desk.catalogued(app_id), desk.tools(app_id), "an active app is not as its own tools say", reply)
    check.that(provisioning not in ids, "a provisioning app is in the catalogue", reply)
    for _attempt in range(3):  # other processes register apps in between
        active, listed = set(desk.ids()), {row["app_id"] for row in desk.ask(CATALOG)["apps"]}
        if active == listed:
            return
    check.equal(sorted(listed), sorted(active), "the catalogue has other apps than the list of active ones", reply)


@rule("FILTER-361", CATALOG)
def test_the_catalogue_of_a_person_has_what_they_installed(session: Session, check: Check) -> None:
    """With a user the catalogue has that person's installed active apps and nothing else."""
    desk, person, other = Desk(session), session.users.new("person with a catalogue"), session.users.new("another")
    one, two, theirs = (registry.active_app(session) for _ in range(3))
    start = check.ok(desk.ask(CATALOG, query={"user_id": person.imperal_id}))
    check.that(not {one, two} & {row["app_id"] for row in start["apps"]}, "a new person has apps", start)
    for app_id in (one, two):
        registry.install(session, person, app_id)
    registry.install(session, other, theirs)
    reply = check.ok(desk.ask(CATALOG, query={"user_id": person.imperal_id}))
    check.equal(reply.json.get("user_id"), person.imperal_id, "the catalogue is another's", reply)
    ids = [row["app_id"] for row in reply["apps"]]
    installed = {row["app_id"] for row in desk.installs(person)} & set(desk.ids())
    check.equal(sorted(ids), sorted(installed), "the catalogue is not the active apps that are installed", reply)
    check.equal(reply["total"], len(ids), "total is not the number of apps", reply)
    for app_id, whose in ((one, person), (two, person), (theirs, other)):
        check.equal(
            desk.catalogued(app_id, whose), desk.tools(app_id), "an installed app is not in the catalogue", reply
        )
    check.equal(desk.catalogued(theirs, person), None, "another's app is in the catalogue", reply)
    check.equal(desk.catalogued(one, other), None, "an app is in another's catalogue", reply)
    desk.ask(registry.UNINSTALL, one, person).need()
    check.equal(desk.catalogued(one, person), None, "an app that was uninstalled is in the catalogue", reply)
    check.equal(desk.catalogued(two, person), desk.tools(two), "another app left with it", reply)
    nobody = desk.ask(CATALOG, query={"user_id": "imp_u_nobody99"})
    check.status(nobody, 404, 200, message="the catalogue of nobody")
    check.that(not nobody.ok or nobody["apps"] == [], "the catalogue of nobody has apps", nobody)


@rule("LIFE-381", ALL_TOOLS)
def test_every_tool_of_active_apps_is_listed_flat(session: Session, check: Check) -> None:
    """The list of all tools has one row for each tool of each active app, with its app, activity and scopes."""
    desk, one, other = Desk(session), registry.new_app(session), registry.new_app(session)
    same = [tool("same"), tool("more", description="", required_scopes=[])]
    for app_id in (one, other):
        desk.ask(PUSH, app_id, body={"tools": same}).need()
    desk.ask(PUSH, other, body={"tools": [*same, tool("third", required_scopes=["x:y", "a:b"])]}).need()
    for app_id, count in ((one, 2), (other, 3)):
        fields = ("activity", "name", "description", "required_scopes")
        wanted = [{"app_id": app_id, **{name: each[name] for name in fields}} for each in desk.tools(app_id)["tools"]]
        check.equal(len(wanted), count, "the tools of an app are not those that were pushed", op=PUSH)
        check.equal(desk.flat(app_id), wanted, "the rows of an app are not its tools", op=ALL_TOOLS)
    hidden = registry.new_app(session)
    check.equal(desk.flat(hidden), [], "a provisioning app has tools", op=ALL_TOOLS)
    for _attempt in range(3):  # other processes push tools in between
        rows = check.ok(desk.ask(ALL_TOOLS))
        counted = sum(len(each["tools"]) for each in desk.ask(CATALOG)["apps"])
        if len(rows.json) == counted:
            return
    check.equal(len(rows.json), counted, "the list has not as many tools as the catalogue", rows)


def _row(session: Session, person: Any, app_id: str) -> Any:
    listed = session.send(MINE, person).need().json
    return next((one for one in listed if one["app_id"] == app_id), None)


@rule("M21", PUSH, CATALOG, MINE, SYNC)
def test_the_two_stores_of_manifests_are_apart(session: Session, check: Check) -> None:
    """The Registry's PUT tools alone does not change /v1/me/extensions; _sync_manifest alone not the catalogue.

    After both, the kernel (catalogue) and the portal (extensions) know the same functions.
    """
    desk, person = Desk(session), session.users.new("person of two stores")
    app_id = apps.published_app(session)
    apps.install(session, person, app_id)
    if not desk.ask(registry.APP, app_id).ok:
        registry.new_app(session, app_id=app_id)
    portal = _row(session, person, app_id)
    check.must(portal is not None, "an installed app is not among one's extensions", op=MINE)
    fresh = {"tools": [tool("only_in_registry")], "skeleton_sections": [], "version": "8.8.8"}
    check.ok(desk.ask(PUSH, app_id, body=fresh))
    check.equal(_row(session, person, app_id), portal, "PUT tools reached the gateway", op=PUSH)
    kernel, flat = desk.tools(app_id), desk.flat(app_id)
    check.equal([one["name"] for one in kernel["tools"]], ["only_in_registry"], "PUT tools is not stored", op=PUSH)
    name = "only_in_gateway"
    manifest = apps.manifest_for(app_id, tools=[{"name": name, "description": "New.", "action_type": "read"}])
    apps.sync_manifest(session, app_id, manifest)
    check.equal(desk.tools(app_id), kernel, "_sync_manifest reached the Registry's tools", op=SYNC)
    check.equal(desk.catalogued(app_id), kernel, "_sync_manifest reached the catalogue", op=SYNC)
    check.equal(desk.catalogued(app_id, person), kernel, "_sync_manifest reached a person's catalogue", op=SYNC)
    check.equal(desk.flat(app_id), flat, "_sync_manifest reached the list of all tools", op=SYNC)
    after = _row(session, person, app_id)
    check.that(after != portal, "_sync_manifest did not reach the gateway", op=SYNC, got=after)
    check.that(name in str(after), "the portal does not know the new function", op=MINE, got=after)
    check.that("only_in_registry" not in str(after), "the portal knows a function of the Registry", op=MINE, got=after)
    check.ok(desk.ask(PUSH, app_id, body={"tools": [tool(name)]}))
    check.equal([one["name"] for one in desk.tools(app_id)["tools"]], [name], "both stores do not agree", op=PUSH)
    check.equal(_row(session, person, app_id), after, "PUT tools reached the gateway", op=PUSH)
