"""Things of the Registry that a run makes: apps with tools, keys of apps, people with installs, older records."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from specdouble.verify.kit import Credential, Unmet, either, first, perhaps

from ..people import Person, api_key
from ..session import Session

Doc = dict[str, Any]

APPS, MAKE = "registry GET /v1/apps", "registry POST /v1/apps"
APP, PUT_APP = "registry GET /v1/apps/{app_id}", "registry PUT /v1/apps/{app_id}"
PATCH_APP, DELETE_APP = "registry PATCH /v1/apps/{app_id}", "registry DELETE /v1/apps/{app_id}"
KEYS, MAKE_KEY = "registry GET /v1/apps/{app_id}/keys", "registry POST /v1/apps/{app_id}/keys"
REVOKE = "registry DELETE /v1/apps/{app_id}/keys/{key_id}"
TOOLS, PUSH = "registry GET /v1/apps/{app_id}/tools", "registry PUT /v1/apps/{app_id}/tools"
SETTINGS, SAVE = "registry GET /v1/apps/{app_id}/settings", "registry PUT /v1/apps/{app_id}/settings"
CATALOG, ALL_TOOLS = "registry GET /v1/catalog", "registry GET /v1/catalog/tools"
INSTALLS, INSTALL = "registry GET /v1/users/{user_id}/extensions", "registry POST /v1/users/{user_id}/extensions"
UNINSTALL = "registry DELETE /v1/users/{user_id}/extensions/{app_id}"
RULES, SAVE_RULES = "registry GET /v1/users/{user_id}/automations", "registry PUT /v1/users/{user_id}/automations"
HUB, HEALTH = "registry POST /v1/hub/{user_id}/messages", "registry GET /v1/health"
RECORDS, MAKE_RECORD = "registry GET /extensions", "registry POST /extensions"
RECORD, PUT_RECORD = "registry GET /extensions/{ext_id}", "registry PUT /extensions/{ext_id}"
DELETE_RECORD = "registry DELETE /extensions/{ext_id}"


def tool(name: str, **more: Any) -> Doc:
    """Return a tool with every field told."""
    return {
        "activity": f"run.{name}",
        "name": name,
        "description": f"What {name} does.",
        "domains": ["notes", "search"],
        "required_scopes": ["notes:read"],
        "action_type": "read",
        "params_schema": {"type": "object", "properties": {"query": {"type": "string"}}},
        **more,
    }


def section(name: str, **more: Any) -> Doc:
    """Return a skeleton section with every field told."""
    return {
        "name": name,
        "refresh_activity": f"run.refresh_{name}",
        "alert_activity": f"run.alert_{name}",
        "ttl": 120,
        "alert_on_change": True,
        **more,
    }


def manifest(*names: str, version: str = "2.1.0") -> Doc:
    """Return the body of a push: a tool and a section of each name."""
    return {
        "tools": [tool(f"find_{name}") for name in names],
        "skeleton_sections": [section(f"{name}_overview") for name in names],
        "version": version,
    }


def owner(session: Session) -> str:
    """Return the owner of this process's apps, by whom its lists are filtered."""
    try:
        return session.users.kept("owner of Registry apps").imperal_id
    except Unmet:
        return f"imp_u_{session.users.stem}"


def new_app(session: Session, **fields: Any) -> str:
    """Register an app, which is provisioning until its first tools come, and return its app_id."""
    app_id = str(fields.pop("app_id", "") or session.users.fresh("reg"))
    body = {"app_id": app_id, "display_name": f"App {app_id}", "owner_id": owner(session), **fields}
    session.send(MAKE, session.users.registry, body=body).need()
    return app_id


def push(session: Session, app_id: str, **body: Any) -> None:
    """Push the tools of an app."""
    session.send(PUSH, session.users.registry, params={"app_id": app_id}, body=body or manifest("notes")).need()


def active_app(session: Session, **fields: Any) -> str:
    """Register an app and push its first tools, which makes it active."""
    app_id = new_app(session, **fields)
    push(session, app_id)
    return app_id


def kept_app(session: Session) -> str:
    """Return the active app that tests of this process share and do not change."""

    def find() -> str:
        return str(first(session, "a Registry app", APPS, session.users.registry, query={"status": "active"})["app_id"])

    return str(session.shared("a Registry app", lambda: either(session, lambda: active_app(session), find)))


def app_key(session: Session, app_id: str, scope: str = "full") -> Credential:
    """Make a key of an app and return it as a credential."""
    made = session.send(MAKE_KEY, session.users.registry, params={"app_id": app_id}, body={"scope": scope})
    return api_key(str(made["api_key"]), f"a {scope} key of an app")


def person(session: Session) -> Person:
    """Return the person of this process who has the shared app installed in the Registry."""
    found: Person = session.shared("a person of the Registry", lambda: _person(session))
    if found.ours:
        perhaps(
            session,
            lambda: session.shared("an install in the Registry", lambda: install(session, found, kept_app(session))),
        )
    return found


def _person(session: Session) -> Person:
    """Return a throw-away user; where none can be made, one who was given; else an id that nobody has."""
    with suppress(Unmet):
        return session.users.resident("person of the Registry")
    nobody = Person("nobody known", id=f"imp_u_{session.users.stem}")
    session.client.own(nobody.imperal_id)
    return nobody


def install(session: Session, user: Person, app_id: str, **more: Any) -> bool:
    """Record an install for a person."""
    where = {"user_id": user.imperal_id}
    return session.send(INSTALL, session.users.registry, params=where, body={"app_id": app_id, **more}).need().ok


def record(session: Session, **fields: Any) -> str:
    """Make a record of the older store and return its id."""
    made = {"id": session.users.fresh("rec"), "display_name": "A record", "manifest": {"kind": "tool"}, **fields}
    session.client.own(made["id"])
    session.send(MAKE_RECORD, session.users.registry, body=made).need()
    return str(made["id"])
