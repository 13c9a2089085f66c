"""Rules of the runtime settings of Registry apps."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...session import Session
from ...shared import registry
from ...shared.registry import SAVE, SETTINGS
from .._rules import refused
from ._registry import GONE, Desk

SECTIONS = ("general", "models", "persona", "alerts", "router", "session", "monitoring", "skeleton")


def merged(base: Any, over: Any) -> Any:
    """Lay one value over another: objects merge, anything else replaces."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in over.items()}}
    return over


@rule("R04", SAVE, SETTINGS)
def test_settings_merge_deeply_and_lose_nothing(session: Session, check: Check) -> None:
    """PUT settings merges deeply over what is there; whatever is left out stays, the platform's defaults too."""
    desk, app_id = Desk(session), registry.new_app(session)
    expected = desk.settings(app_id)
    bodies: tuple[dict[str, Any], ...] = (
        {"general": {"us": {"deep": {"one": 1, "list": [1, 2]}}}},
        {"general": {"us": {"deep": {"two": 2}}}},
        {"general": {"us": {"deep": {"list": [3]}, "more": False}}, "persona": {"us_tone": "dry"}},
        {"general": {"us": {"deep": {"one": {"now": "an object"}}}}, "skeleton": {"us_ttl": 60}},
        {"general": {"us": {"more": "text"}}},
        {name: {"us_mark": name, "us_zero": 0, "us_empty": ""} for name in SECTIONS},
        {"alerts": {}},
        {"models": {"us_nested": {"a": {"b": {"c": {"d": 1}}}}}, "router": {"us_mark": "another"}},
        {"models": {"us_nested": {"a": {"b": {"c": {"e": 2}}}}}},
        {},
    )
    for body in bodies:
        reply = check.ok(desk.ask(SAVE, app_id, body=body))
        expected = merged(expected, body)
        got = desk.settings(app_id)
        for name in SECTIONS:
            said = f"{name} is not what was there with what was saved over it"
            check.equal(got.get(name), expected.get(name), said, reply, about=name)
        told = reply["updated_sections"]
        check.equal(sorted(told), sorted(body), "updated_sections are not those that were sent", reply)
        reloads = "skeleton" in body
        check.equal(reply["skeleton_reloaded"], reloads, "the skeleton reloads only when it was sent", reply)
        check.that(reply.json.get("message"), "the response has no message", reply)


@rule("LIFE-373", SETTINGS, SAVE)
def test_an_app_has_its_own_settings_over_the_platforms(session: Session, check: Check) -> None:
    """A new app has the platform's settings; its own lie over them, for this app alone, and others keep theirs."""
    desk = Desk(session)
    one, other = registry.new_app(session), registry.new_app(session)
    platform = desk.chosen(other)
    check.equal(desk.chosen(one), platform, "two new apps have different settings", op=SETTINGS)
    for name in SECTIONS:
        check.that(isinstance(platform.get(name), dict), f"a new app has no section {name}", op=SETTINGS, about=name)
        for field, value in session.some(platform.get(name, {}).items(), 0, 1):
            if isinstance(value, dict | list):
                continue
            ours = not value if isinstance(value, bool) else "us" if isinstance(value, str) else (value or 0) + 1
            reply = check.ok(desk.ask(SAVE, one, body={name: {field: ours}}))
            wanted = {**platform[name], field: ours}
            check.equal(desk.chosen(one)[name], wanted, f"a default of {name} is not replaced alone", reply, about=name)
            check.ok(desk.ask(SAVE, one, body={name: {field: value}}))
    check.equal(desk.chosen(one), platform, "settings that were set back are others", op=SAVE)
    check.ok(desk.ask(SAVE, one, body={"persona": {"us": "one"}}))
    check.ok(desk.ask(SAVE, other, body={"persona": {"us": "other"}}))
    check.equal(desk.chosen(one)["persona"].get("us"), "one", "one app has another's settings", op=SETTINGS)
    third = registry.active_app(session)
    check.equal(desk.chosen(third), platform, "the settings of an app changed the platform's", op=SAVE)
    check.ok(desk.ask(SAVE, third, body={"general": {"us": 3}}))
    before = desk.chosen(third)
    registry.push(session, third)
    desk.ask(registry.PUT_APP, third, body={"config": {"us": 4}, "status": "suspended"}).need()
    check.equal(desk.chosen(third), before, "an update of the app changed its settings", op=registry.PUT_APP)
    check.equal(desk.app(third)["config"], {"us": 4}, "config is not the app's own", op=registry.PUT_APP)


@rule("LIFE-374", SAVE)
def test_settings_with_a_mistake_change_nothing(session: Session, check: Check) -> None:
    """Settings with one bad section are refused as a whole and change nothing; an unknown app has none."""
    desk, app_id = Desk(session), registry.new_app(session)
    before = desk.settings(app_id)
    no_objects: tuple[Any, ...] = (7, "text", [], True, None)
    for wrong in no_objects:
        body = {"general": {"sneaked": "in"}, "skeleton": wrong}
        refused(check, desk.ask(SAVE, app_id, body=body), 422, 400, why=f"a section that is {wrong!r}")
        refused(check, desk.ask(SAVE, app_id, body=wrong), 422, 400, why=f"settings that are {wrong!r}")
    check.equal(desk.settings(app_id), before, "refused settings changed something", op=SAVE)
    refused(check, desk.ask(SAVE, GONE, body={"general": {"a": 1}}), 404, why="settings of an app that is not there")
    refused(check, desk.ask(SETTINGS, GONE), 404, why="reading settings of an app that is not there")
