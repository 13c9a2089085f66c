"""Settings of apps as both portals read them: the app's own over the platform's, beside what is known of it.

Objects merge deeply and nothing is lost by leaving it out (rule R04). Sections of the skeleton come from the pushed
tools and merge by their name, so that what was set for one outlives the next deploy.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World, invalid

from . import _keys, _manifests

PLATFORM: dict[str, Any] = {
    "general": {"language": "en", "timezone": "UTC"},
    "models": {"primary_model": "demo-large", "temperature": 0.2},
    "persona": {"tone": "friendly"},
    "alerts": {"enabled": True, "channel": "chat"},
    "router": {"max_candidates": 5},
    "session": {"idle_minutes": 30},
    "context": {},
    "monitoring": {"tracing_enabled": False, "sample_rate": 0.1},
    "skeleton": {"default_ttl": 300},
}
ROW = ("display_name", "status")  # what general shares with the app's row, and may change there
FIXED = ("app_id", "version", "namespace", "created_at", "updated_at")
STATUSES = ("active", "suspended")
SECTION = ("ttl", "ttl_override", "alert_on_change", "refresh_activity", "alert_activity")


def of(world: World, app_id: str) -> Doc:
    """Return every section of an app's settings, with its tools and keys."""
    row, own = _row(world, app_id), _own(world, app_id)
    settings = merge(PLATFORM, own)
    settings["general"] = {**settings["general"], **{name: row[name] for name in (*FIXED, *ROW)}}
    settings["monitoring"] = {**settings["monitoring"], "namespace": row["namespace"]}
    settings["skeleton"] = {**settings["skeleton"], "sections": _sections(world, app_id, own)}
    settings["tools"] = [
        {"activity_name": tool["activity"], **{name: tool[name] for name in ("name", "description", "domains")}}
        for tool in _manifests.of(world, app_id)["tools"]
    ]
    settings["keys"] = [
        {name: key[name] for name in ("key_id", "prefix", "scope", "created_at")} for key in _keys.listed(world, app_id)
    ]
    return settings


def save(world: World, app_id: str, given: Doc) -> list[str]:
    """Merge the given sections into an app's own settings and return their names.

    Refuses with 422 another value for what only a registration or a deploy sets, and a section that no tools brought.
    """
    sections = {name: given[name] for name in PLATFORM if name in given}
    row, own = _row(world, app_id), _own(world, app_id)
    general, monitoring, skeleton = (dict(sections.get(name, {})) for name in ("general", "monitoring", "skeleton"))
    _require_same(general, {name: row[name] for name in FIXED}, "general")
    _require_same(monitoring, {"namespace": row["namespace"]}, "monitoring")
    changes = _row_changes(general, row)
    if changes:
        world.state["registry_apps"].update(app_id, **changes)
    split: Doc = {"general": general, "monitoring": monitoring, "skeleton": skeleton}
    if "sections" in skeleton:
        skeleton["sections"] = _merged_sections(world, app_id, own, skeleton["sections"])
    settings = merge(own, {name: split.get(name, value) for name, value in sections.items()})
    world.state["registry_settings"].put({"app_id": app_id, "settings": settings})
    return list(sections)


def merge(base: Doc, over: Doc) -> Doc:
    """Lay one object over another: objects merge, anything else replaces."""
    merged = dict(base)
    for name, value in over.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _own(world: World, app_id: str) -> Doc:
    held = world.state["registry_settings"].get(app_id)
    return held["settings"] if held else {}


def _row(world: World, app_id: str) -> Doc:
    row = world.state["registry_apps"].get(app_id)
    assert row is not None  # noqa: S101 - the handler has refused an unknown app
    return row


def _require_same(given: Doc, known: Doc, section: str) -> None:
    """Take out of a section what a deploy or a registration sets; refuses with 422 another value for it."""
    for name, value in known.items():
        if given.pop(name, value) != value:
            message = "Value is set by registration or deploy and cannot be changed here"
            raise invalid((("body", section, name), message, "value_error"))


def _row_changes(general: Doc, row: Doc) -> Doc:
    """Take out of general what the app's row holds and is given another value; refuses with 422 a wrong one."""
    given = {name: general.pop(name) for name in ROW if name in general}
    changes = {name: value for name, value in given.items() if value != row[name]}
    if not isinstance(changes.get("display_name", ""), str):
        raise invalid((("body", "general", "display_name"), "Input should be a valid string", "string_type"))
    if changes.get("status", "active") not in STATUSES:
        message = f"Input should be {' or '.join(map(repr, STATUSES))}"
        raise invalid((("body", "general", "status"), message, "enum"))
    return changes


def _sections(world: World, app_id: str, own: Doc) -> list[Doc]:
    set_ones = {one["section_name"]: one for one in own.get("skeleton", {}).get("sections", ())}
    return [
        {
            "section_name": pushed["name"],
            **{name: pushed.get(name) for name in SECTION},
            **set_ones.get(pushed["name"], {}),
        }
        for pushed in _manifests.of(world, app_id)["skeleton_sections"]
    ]


def _merged_sections(world: World, app_id: str, own: Doc, given: Any) -> list[Doc]:
    """Merge what is set for sections by their name; every one must be among the pushed ones."""
    known = [pushed["name"] for pushed in _manifests.of(world, app_id)["skeleton_sections"]]
    merged = {one["section_name"]: dict(one) for one in own.get("skeleton", {}).get("sections", ())}
    at = ("body", "skeleton", "sections")
    if not isinstance(given, list):
        raise invalid((at, "Input should be a valid list", "list_type"))
    for number, one in enumerate(given):
        name = one.get("section_name") if isinstance(one, dict) else None
        if name not in known:
            message = f"Value must name one of the pushed sections: {', '.join(known) or 'none yet'}"
            raise invalid(((*at, number, "section_name"), message, "value_error"))
        ttls = [one[field] for field in ("ttl", "ttl_override") if one.get(field) is not None]
        if any(type(ttl) is not int or ttl < 1 for ttl in ttls):
            raise invalid(((*at, number), "A ttl is a whole number of seconds", "value_error"))
        changed = {field: one[field] for field in SECTION if field in one}
        merged[name] = {**merged.get(name, {"section_name": name}), **changed}
    return list(merged.values())
