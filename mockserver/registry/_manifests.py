"""Tool manifests: what was pushed, checked and spelt one way (gotcha R03)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.kit import Call, Doc, World, invalid

TTL = 300
ACTIONS = ("read", "write", "destructive")
Place = tuple[str | int, ...]


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
    """Return the pushed tools; only ``name`` is needed, the rest has the obvious defaults. Refuses with 422."""
    return [_tool(tool, app_id, ("body", "tools", number)) for number, tool in enumerate(call.body.get("tools") or ())]


def read_sections(call: Call, app_id: str) -> list[Doc]:
    """Return the pushed skeleton sections; a section calls itself ``name`` or ``section_name``. Refuses with 422."""
    sections = call.body.get("skeleton_sections") or ()
    return [_section(one, app_id, ("body", "skeleton_sections", number)) for number, one in enumerate(sections)]


def _tool(tool: Doc, app_id: str, at: Place) -> Doc:
    name = _read(tool, "name", None, at, _is_text, "string")
    made = {
        "activity": _read(tool, "activity", f"{app_id}.{name}", at, _is_text, "string"),
        "name": name,
        "description": _read(tool, "description", "", at, _is_text, "string"),
        "domains": _read(tool, "domains", [], at, _is_texts, "list of strings"),
        "required_scopes": _read(tool, "required_scopes", [], at, _is_texts, "list of strings"),
    }
    if tool.get("action_type") is not None:
        made["action_type"] = _read(tool, "action_type", None, at, ACTIONS.__contains__, f"one of {', '.join(ACTIONS)}")
    if tool.get("params_schema") is not None:
        made["params_schema"] = _read(tool, "params_schema", None, at, _is_object, "dictionary")
    return made


def _section(section: Doc, app_id: str, at: Place) -> Doc:
    spelt = "section_name" if section.get("name") is None and "section_name" in section else "name"
    name = _read(section, spelt, None, at, _is_text, "string")
    return {
        "name": name,
        "refresh_activity": _read(section, "refresh_activity", f"{app_id}.refresh_{name}", at, _is_text, "string"),
        "alert_activity": _read(section, "alert_activity", None, at, _is_text, "string", required=False),
        "ttl": _read(section, "ttl", TTL, at, _is_seconds, "integer of at least 1"),
        "alert_on_change": _read(section, "alert_on_change", False, at, _is_flag, "boolean"),
    }


def _read(
    given: Doc, name: str, default: Any, at: Place, fits: Callable[[Any], bool], kind: str, *, required: bool = True
) -> Any:
    """Return a field, or its default when it is missing or null; refuses with 422 what does not fit."""
    value = given.get(name)
    if value is None:
        if default is None and required:
            raise invalid(((*at, name), "Field required", "missing"))
        return default
    if not fits(value):
        raise invalid(((*at, name), f"Input should be a valid {kind}", "value_error"))
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_seconds(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
