"""Tool manifests: what was pushed, spelt one way (rule R03)."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, Doc, World

TTL = 300  # seconds
OPTIONAL = ("action_type", "params_schema")


def of(world: World, app_id: str) -> Doc:
    """Return the manifest of an app; one that was never pushed is empty."""
    empty: Doc = {"app_id": app_id, "version": None, "tools": [], "skeleton_sections": []}
    return world.state["registry_manifests"].get(app_id) or empty


def installed(world: World, user_id: str, rows: Any) -> list[Doc]:
    """Return those rows whose apps a user has, oldest install first."""
    by_id = {row["app_id"]: row for row in rows}
    held = [one["app_id"] for one in world.state["installs"].find(user_id=user_id)]
    return [by_id[app_id] for app_id in held if app_id in by_id]


def read_tools(call: Call, app_id: str) -> list[Doc]:
    """Return the pushed tools; only ``name`` is needed, the rest has the obvious defaults."""
    return [_tool(tool, app_id) for tool in call.body.get("tools") or ()]


def read_sections(call: Call, app_id: str) -> list[Doc]:
    """Return the pushed skeleton sections; a section calls itself ``name`` or ``section_name``."""
    return [_section(section, app_id) for section in call.body.get("skeleton_sections") or ()]


def _tool(tool: Doc, app_id: str) -> Doc:
    name = tool["name"]
    made = {
        "activity": tool.get("activity") or f"{app_id}.{name}",
        "name": name,
        "description": tool.get("description") or "",
        "domains": tool.get("domains") or [],
        "required_scopes": tool.get("required_scopes") or [],
    }
    return made | {field: tool[field] for field in OPTIONAL if tool.get(field) is not None}


def _section(section: Doc, app_id: str) -> Doc:
    name = section.get("name") or section["section_name"]
    return {
        "name": name,
        "refresh_activity": section.get("refresh_activity") or f"{app_id}.refresh_{name}",
        "alert_activity": section.get("alert_activity"),
        "ttl": int(section.get("ttl") or TTL),
        "alert_on_change": bool(section.get("alert_on_change")),
    }
