"""Rules of tool manifests: what was pushed last is there, and in the catalogue, whole and nothing else."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...session import Session
from ...shared import registry
from ...shared.registry import ALL_TOOLS, CATALOG, PUSH, TOOLS, section, tool
from .._rules import kept, refused, shows
from ._registry import GONE, Desk, later

FLAT = ("activity", "name", "description", "required_scopes")


def pushed(desk: Desk, check: Check, app_id: str, body: dict[str, Any]) -> None:
    """Push tools, and check that the app, the catalogue and the list of all tools have exactly these."""
    reply = check.ok(desk.ask(PUSH, app_id, body=body))
    tools, sections = body.get("tools", []), body.get("skeleton_sections", [])
    counts = {
        "app_id": app_id, "tools_registered": len(tools), "tools_count": len(tools),
        "skeleton_sections_count": len(sections), "status": "active",
    }  # fmt: skip
    shows(check, reply, counts, "the response of a push")
    domains = sorted({one for each in tools for one in each.get("domains") or ()})
    check.equal(sorted(reply["domains"]), domains, "domains are not those of the tools, each once", reply)
    whole = {"app_id": app_id, "version": body.get("version"), "tools": tools, "skeleton_sections": sections}
    check.equal(desk.tools(app_id), whole, "GET tools is not what was pushed", op=TOOLS, about="whole")
    check.equal(desk.catalogued(app_id), whole, "the catalogue has not what was pushed", op=CATALOG, about="whole")
    flat = [{"app_id": app_id, **{name: one[name] for name in FLAT}} for one in tools]
    check.equal(desk.flat(app_id), flat, "the list of all tools has not what was pushed", op=ALL_TOOLS, about="whole")


@rule("R03", PUSH, TOOLS, CATALOG, ALL_TOOLS)
def test_a_push_replaces_everything(session: Session, check: Check) -> None:
    """PUT tools replaces tools and sections whole: what is left out is gone, and the order is that of the push."""
    desk, app_id = Desk(session), registry.new_app(session)
    other = registry.active_app(session)
    untouched = desk.everything(other)
    one, two, three = tool("zeta"), tool("alpha", action_type="write"), tool("mid", action_type="destructive")
    top, low = section("z_top"), section("a_low", alert_activity=None, ttl=1, alert_on_change=False)
    two["domains"], three["domains"] = ["mail", "search"], []
    for body in (
        {"tools": [one, two], "skeleton_sections": [top, low], "version": "1.0.0"},
        {"tools": [two, three, one], "skeleton_sections": [low], "version": "1.0.1"},
        {"tools": [{**two, "description": "Told otherwise.", "required_scopes": ["a:b", "c:d"]}], "version": "1.0.2"},
        {"skeleton_sections": [{**low, "ttl": 4000}, top], "version": "1.0.3"},
        {"tools": [three], "skeleton_sections": []},
        {"tools": [one, two], "skeleton_sections": [top, low], "version": "0.9"},
        {},
    ):
        pushed(desk, check, app_id, body)
    check.equal(desk.everything(other), untouched, "a push changed another app", op=PUSH)
    refused(check, desk.ask(PUSH, GONE, body={"tools": []}), 404, why="a push for an app that is not there")
    refused(check, desk.ask(TOOLS, GONE), 404, why="the tools of an app that is not there")


@rule("LIFE-370", PUSH, registry.APP)
def test_the_first_push_makes_an_app_active(session: Session, check: Check) -> None:
    """The first push makes a provisioning app active and sets its version; the rest of the app stays as it is."""
    desk, app_id = Desk(session), registry.new_app(session, version="0.0.1", config={"a": 1}, description="Kept.")
    before = desk.app(app_id)
    reply = check.ok(desk.ask(PUSH, app_id, body=registry.manifest("notes", version="5.6.7")))
    after = desk.app(app_id)
    shows(check, reply, {"status": "active", "version": "5.6.7"}, "an app after its first push", after)
    kept(check, reply, before, "an app after its first push", "status", "version", "updated_at", shown=after)
    later(check, after["updated_at"], before["updated_at"], "updated_at", reply)
    check.equal(desk.listed(app_id), after, "an app with tools is not listed", op=registry.APPS)
    check.equal(desk.listed(app_id, status="provisioning"), None, "an app with tools is provisioning", op=registry.APPS)
    check.ok(desk.ask(PUSH, app_id, body=registry.manifest("notes", version="5.7.0-β")))
    check.equal(desk.app(app_id)["version"], "5.7.0-β", "a push does not set the version", op=PUSH)


@rule("LIFE-371", PUSH, TOOLS)
def test_a_tool_needs_only_a_name(session: Session, check: Check) -> None:
    """A tool or section of a name alone is taken, nulls too; what was not told is empty, and nothing is invented."""
    desk, app_id = Desk(session), registry.new_app(session)
    optional = ("activity", "description", "domains", "required_scopes", "action_type", "params_schema")
    body: dict[str, Any] = {
        "tools": [{"name": "bare"}, {"name": "nulls", **dict.fromkeys(optional)}],
        "skeleton_sections": [
            {"name": "bare"}, {"section_name": "older", "ttl": 33},
            {"name": "nulls", **dict.fromkeys(("refresh_activity", "alert_activity", "ttl", "alert_on_change"))},
        ],
    }  # fmt: skip
    reply = check.ok(desk.ask(PUSH, app_id, body=body))
    check.equal(reply["domains"], [], "tools without domains have some", reply)
    shown = desk.ask(TOOLS, app_id).need()
    check.must(
        len(shown["tools"]) == 2 and len(shown["skeleton_sections"]) == 3, "a bare tool or section is lost", shown
    )
    for one, name in zip(shown["tools"], ("bare", "nulls"), strict=False):
        plain: dict[str, Any] = {"name": name, "description": "", "domains": [], "required_scopes": []}
        shows(check, shown, plain, f"a tool ({name})", one)
        check.that(one.get("activity") and name in one["activity"], "a tool has no activity of its own", shown)
        for field in ("action_type", "params_schema"):
            check.that(one.get(field) is None, f"a tool has a {field} that nobody told", shown)
    for one, name in zip(shown["skeleton_sections"], ("bare", "older", "nulls"), strict=False):
        plain = {"name": name, "alert_activity": None, "alert_on_change": False}
        shows(check, shown, plain, f"a section ({name})", one)
        check.that(one.get("refresh_activity") and name in one["refresh_activity"], "a section has no activity", shown)
        check.that(isinstance(one.get("ttl"), int) and one["ttl"] > 0, "a section has no ttl", shown)
    check.equal(shown["skeleton_sections"][1]["ttl"], 33, "ttl is not what was pushed", shown)
    ttls = [one["ttl"] for one in shown["skeleton_sections"]]
    check.equal(ttls[0], ttls[2], "the ttl of null is another than that of nothing", shown)


@rule("LIFE-372", PUSH)
def test_a_push_with_a_mistake_changes_nothing(session: Session, check: Check) -> None:
    """A push with one bad tool or section is refused as a whole; the 422 says which one, and nothing has changed."""
    desk, app_id = Desk(session), registry.active_app(session)
    before, row = desk.tools(app_id), desk.app(app_id)
    good, part = tool("good"), section("good")
    bad: list[tuple[str, Any]] = [
        ("tools", {"description": "x"}), ("tools", {**good, "name": ""}), ("tools", {**good, "name": 7}),
        ("tools", {**good, "domains": "notes"}), ("tools", {**good, "domains": [1]}),
        ("tools", {**good, "activity": ""}), ("tools", {**good, "required_scopes": {"a": 1}}),
        ("tools", {**good, "action_type": "erase"}),
        ("tools", {**good, "params_schema": "none"}), ("tools", {**good, "description": 5}), ("tools", "good"),
        ("skeleton_sections", {"ttl": 5}), ("skeleton_sections", {**part, "name": ""}),
        ("skeleton_sections", {**part, "ttl": 0}), ("skeleton_sections", {**part, "ttl": "soon"}),
        ("skeleton_sections", {**part, "alert_on_change": "perhaps"}),
        ("skeleton_sections", {**part, "refresh_activity": ""}), ("skeleton_sections", {**part, "alert_activity": 1}),
    ]  # fmt: skip
    for where, wrong in bad:
        body: dict[str, Any] = {"tools": [good], "skeleton_sections": [part], "version": "6.6.6"}
        reply = desk.ask(PUSH, app_id, body={**body, where: [body[where][0], wrong]})
        changed = wrong if isinstance(wrong, str) else [name for name in wrong if wrong[name] != body[where][0][name]]
        refused(check, reply, 422, 400, why=f"a push with bad {where}: {changed}")
        if reply.status == 422 and isinstance(reply.detail, list) and reply.detail:
            loc = reply.detail[0].get("loc") or []
            check.equal(loc[:3], ["body", where, 1], "the 422 does not say which one", reply, rule="E01", about=where)
    check.equal(desk.tools(app_id), before, "a refused push changed the tools", op=PUSH, about="tools")
    check.equal(desk.app(app_id), row, "a refused push changed the app", op=PUSH, about="row")
