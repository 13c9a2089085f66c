"""Manifests of apps: what the mock reads of them, and the form in which the Registry keeps their tools.

A manifest is what the SDK builds; only the parts that this server acts on are checked.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import orjson

from specdouble.mock.kit import Doc, Problem, invalid

from ..apps import _apps

MAX_ICON_BYTES = 64 * 1024
MAX_MANIFEST_BYTES = 1024 * 1024
METHODS = ("GET", "POST")

_TEXT: Doc = {"type": ["string", "null"]}
_TEXTS: Doc = {"type": ["array", "null"], "items": {"type": "string"}}
_FLAG: Doc = {"type": ["boolean", "null"]}


def _rows(key: str, properties: Doc) -> Doc:
    return {
        "type": ["array", "null"],
        "items": {"type": "object", "required": [key], "properties": properties},
    }


_TOOLS = _rows(
    "name",
    {
        "name": {"type": "string", "minLength": 1},
        "description": _TEXT,
        "action_type": {"enum": ["read", "write", "destructive", None]},
        "params_schema": {"type": ["object", "null"]},
        "scopes": _TEXTS,
    },
)
_SECRETS = _rows(
    "name",
    {
        "name": {"type": "string", "minLength": 1},
        "description": _TEXT,
        "required": _FLAG,
        "write_mode": {"enum": ["user", "extension", "both", None]},
        "scope": {"enum": ["user", "app", None]},
        "max_bytes": {"type": ["integer", "null"], "minimum": 1, "maximum": 65536},
        "rotation_hint_days": {"type": ["integer", "null"]},
    },
)
_SECTION: Doc = {
    "type": "object",
    "properties": {
        "refresh_activity": _TEXT,
        "alert_activity": _TEXT,
        "ttl": {"type": ["integer", "null"]},
        "alert_on_change": _FLAG,
    },
}
_SHAPE: Doc = {
    "type": "object",
    "properties": {
        "version": _TEXT,
        "system": _FLAG,
        "tools": _TOOLS,
        "webhooks": _rows("path", {"path": {"type": "string"}, "method": _TEXT, "secret_header": _TEXT}),
        "secrets": _SECRETS,
        "oauth": _rows("provider", {"provider": {"type": "string"}}),
        "config_defaults": {
            "type": ["object", "null"],
            "properties": {"skeleton": {"type": ["object", "null"], "additionalProperties": _SECTION}},
        },
    },
}
_MANIFEST = jsonschema_rs.validator_for(_SHAPE)
_TOOL_LIST = jsonschema_rs.validator_for(_TOOLS)


def read(value: Any) -> Doc:
    """Read a manifest, an object or its JSON text (rule M22).

    Refuses with 422 what is no manifest and with 413 what is above 1 MiB when written without spaces.
    """
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise _wrong("manifest_json", f"JSON decode error: {error.msg}") from None
    if isinstance(value, dict) and len(orjson.dumps(value)) > MAX_MANIFEST_BYTES:
        raise Problem(413, "The manifest is above 1 MiB. Shorten it and send it again.")
    _check(_MANIFEST, value, "manifest_json")
    _check_params(value.get("tools") or (), "manifest_json", "tools")
    manifest: Doc = value
    return manifest


def read_tools(tools: list[Doc]) -> list[Doc]:
    """Check a list of tools; refuses with 422."""
    _check(_TOOL_LIST, tools, "tools_json")
    _check_params(tools, "tools_json")
    return tools


def read_icon(icon: str) -> str:
    """Check an icon; refuses with 413 what is above 64 KiB."""
    if len(icon.encode()) > MAX_ICON_BYTES:
        raise Problem(413, "The icon is above 64 KiB. Simplify the SVG and send it again.")
    return icon


def _check(validator: Any, value: Any, field: str) -> None:
    error = next(validator.iter_errors(value), None)
    if error is not None:
        raise _wrong(field, error.message, *error.instance_path)


def _check_params(tools: Any, *place: str | int) -> None:
    """Refuse a params_schema that no validator can be built from; nothing is ever fetched for one."""
    for number, tool in enumerate(tools):
        try:
            jsonschema_rs.validator_for(tool.get("params_schema") or {}, retriever=_fetch_nothing)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            text = str(error).partition("\n")[0]
            raise _wrong(place[0], text, *place[1:], number, "params_schema") from None


def _fetch_nothing(uri: str) -> Any:
    raise ValueError(f"{uri} is not part of the manifest")


def _wrong(field: str | int, message: str, *inner: str | int) -> Problem:
    return invalid((("body", field, *inner), message, "value_error"))


def blank(app: Doc) -> Doc:
    """Return the manifest of an app that declares nothing yet."""
    return {
        "manifest_schema_version": 3,
        "app_id": app["app_id"],
        "version": app["version"],
        "name": app["name"],
        "description": app["description"],
        "icon": app["icon"],
        "tools": [],
    }


def webhooks(app: Doc) -> list[Doc]:
    """List the webhooks that an app declares, path without leading slash, without their secret's header."""
    declared = (app["manifest_json"] or {}).get("webhooks") or ()
    shown = [{"path": one["path"].lstrip("/"), "method": (one.get("method") or "POST").upper()} for one in declared]
    return [one for one in shown if one["method"] in METHODS]


def registry_tools(app: Doc) -> list[Doc]:
    """Write an app's tools as the Registry keeps them."""
    app_id = app["app_id"]
    scopes = {tool["name"]: tool.get("scopes") for tool in app["tools_json"] or app["manifest_json"].get("tools") or ()}
    return [
        {
            "activity": f"{app_id}.{one['name']}",
            "name": one["name"],
            "description": one["description"],
            "domains": [app_id],
            "required_scopes": scopes.get(one["name"])
            or [f"{app_id}:{'read' if one['action_type'] == 'read' else 'write'}"],
            "action_type": one["action_type"],
            "params_schema": one["params_schema"],
        }
        for one in _apps.listed_functions(app)
    ]


def registry_sections(app: Doc) -> list[Doc]:
    """Write an app's skeleton sections as the Registry keeps them; ``ttl`` is seconds."""
    sections = (app["manifest_json"].get("config_defaults") or {}).get("skeleton") or {}
    return [
        {
            "name": name,
            "refresh_activity": section.get("refresh_activity") or f"{app['app_id']}.refresh_{name}",
            "alert_activity": section.get("alert_activity"),
            "ttl": section.get("ttl") or 300,
            "alert_on_change": bool(section.get("alert_on_change")),
        }
        for name, section in sections.items()
    ]
