"""Laws of the runtime settings of Registry apps."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Judge, Stage, law

from ... import registry
from ...registry import SAVE, SETTINGS
from .._laws import refused
from ._registry import GONE, Desk

SECTIONS = ("general", "models", "persona", "alerts", "router", "session", "monitoring", "skeleton")


def merged(base: Any, over: Any) -> Any:
    """Lay one value over another: objects merge, anything else replaces."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in over.items()}}
    return over


@law("R04", SAVE, SETTINGS)
def test_settings_merge_deeply_and_lose_nothing(stage: Stage, judge: Judge) -> None:
    """PUT settings merges deeply over what is there; whatever is left out stays, the platform's defaults too."""
    desk, app_id = Desk(stage), registry.new_app(stage)
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
        reply = judge.ok(desk.ask(SAVE, app_id, body=body))
        expected = merged(expected, body)
        got = desk.settings(app_id)
        for name in SECTIONS:
            said = f"{name} is not what was there with what was saved over it"
            judge.equal(got.get(name), expected.get(name), said, reply, about=name)
        told = reply["updated_sections"]
        judge.equal(sorted(told), sorted(body), "updated_sections are not those that were sent", reply)
        reloads = "skeleton" in body
        judge.equal(reply["skeleton_reloaded"], reloads, "the skeleton reloads only when it was sent", reply)
        judge.that(reply.json.get("message"), "the answer has no message", reply)


@law("LIFE-373", SETTINGS, SAVE)
def test_an_app_has_its_own_settings_over_the_platforms(stage: Stage, judge: Judge) -> None:
    """A new app has the platform's settings; its own lie over them, for this app alone, and others keep theirs."""
    desk = Desk(stage)
    one, other = registry.new_app(stage), registry.new_app(stage)
    platform = desk.chosen(other)
    judge.equal(desk.chosen(one), platform, "two new apps have different settings", op=SETTINGS)
    for name in SECTIONS:
        judge.that(isinstance(platform.get(name), dict), f"a new app has no section {name}", op=SETTINGS, about=name)
        for field, value in stage.some(platform.get(name, {}).items(), 0, 1):
            if isinstance(value, dict | list):
                continue
            ours = not value if isinstance(value, bool) else "us" if isinstance(value, str) else (value or 0) + 1
            reply = judge.ok(desk.ask(SAVE, one, body={name: {field: ours}}))
            wanted = {**platform[name], field: ours}
            judge.equal(desk.chosen(one)[name], wanted, f"a default of {name} is not replaced alone", reply, about=name)
            judge.ok(desk.ask(SAVE, one, body={name: {field: value}}))
    judge.equal(desk.chosen(one), platform, "settings that were set back are others", op=SAVE)
    judge.ok(desk.ask(SAVE, one, body={"persona": {"us": "one"}}))
    judge.ok(desk.ask(SAVE, other, body={"persona": {"us": "other"}}))
    judge.equal(desk.chosen(one)["persona"].get("us"), "one", "one app has another's settings", op=SETTINGS)
    third = registry.active_app(stage)
    judge.equal(desk.chosen(third), platform, "the settings of an app changed the platform's", op=SAVE)
    judge.ok(desk.ask(SAVE, third, body={"general": {"us": 3}}))
    before = desk.chosen(third)
    registry.push(stage, third)
    desk.ask(registry.PUT_APP, third, body={"config": {"us": 4}, "status": "suspended"}).need()
    judge.equal(desk.chosen(third), before, "an update of the app changed its settings", op=registry.PUT_APP)
    judge.equal(desk.app(third)["config"], {"us": 4}, "config is not the app's own", op=registry.PUT_APP)


@law("LIFE-374", SAVE)
def test_settings_with_a_mistake_change_nothing(stage: Stage, judge: Judge) -> None:
    """Settings with one bad section are refused as a whole and change nothing; an unknown app has none."""
    desk, app_id = Desk(stage), registry.new_app(stage)
    before = desk.settings(app_id)
    no_objects: tuple[Any, ...] = (7, "text", [], True, None)
    for wrong in no_objects:
        body = {"general": {"sneaked": "in"}, "skeleton": wrong}
        refused(judge, desk.ask(SAVE, app_id, body=body), 422, 400, why=f"a section that is {wrong!r}")
        refused(judge, desk.ask(SAVE, app_id, body=wrong), 422, 400, why=f"settings that are {wrong!r}")
    judge.equal(desk.settings(app_id), before, "refused settings changed something", op=SAVE)
    refused(judge, desk.ask(SAVE, GONE, body={"general": {"a": 1}}), 404, why="settings of an app that is not there")
    refused(judge, desk.ask(SETTINGS, GONE), 404, why="reading settings of an app that is not there")
