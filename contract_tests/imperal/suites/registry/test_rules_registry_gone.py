"""Rules of deleted apps of the Registry."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...people import api_key
from ...session import Session
from ...shared import registry
from ...shared.registry import APPS, DELETE_APP, MAKE
from .._rules import kept
from ._registry import GONE, Desk, later


@rule("R08", DELETE_APP, APPS, registry.CATALOG, registry.ALL_TOOLS, registry.INSTALLS)
def test_a_deleted_app_is_404_and_listed_as_deleted(session: Session, check: Check) -> None:
    """A deleted app is 404 everywhere; status=all still lists it; its tools leave the catalogue, its installs are gone.

    Its keys are dead, and nothing of other apps or other installs changes.
    """
    desk, person = Desk(session), registry.person(session)
    app_id, other = registry.active_app(session, config={"kept": 1}), registry.active_app(session)
    second = session.users.kept("owner of Registry apps")
    for user in (person, second):
        registry.install(session, user, app_id)
    registry.install(session, second, other)
    made = desk.ask(registry.MAKE_KEY, app_id, body={})
    key, number = api_key(str(made["api_key"]), "a key of the app"), made["key_id"]
    row, others = desk.app(app_id), desk.everything(other)
    installs = [one for one in desk.installs(second) if one["app_id"] != app_id]
    reply = check.ok(desk.ask(DELETE_APP, app_id))
    check.equal(reply.json.get("app_id"), app_id, "the response names another app", reply)
    check.equal(reply.json.get("status"), "deleted", "the response does not say deleted", reply)
    tries: dict[str, Any] = {
        registry.APP: None, registry.PUT_APP: {"status": "active"}, registry.PATCH_APP: {"status": "active"},
        registry.DELETE_APP: None, registry.KEYS: None, registry.MAKE_KEY: {}, registry.TOOLS: None,
        registry.PUSH: registry.manifest("back"), registry.SETTINGS: None, registry.SAVE: {"general": {"a": 1}},
    }  # fmt: skip
    for op, body in tries.items():
        gone = desk.ask(op, app_id, **({} if body is None else {"body": body}))
        check.status(gone, 404, message="a deleted app is there", about="gone")
    gone = desk.ask(registry.REVOKE, app_id, params={"key_id": number})
    check.status(gone, 404, message="a key of a deleted app is there", about="gone")
    check.status(desk.ask(registry.APP, app_id, who=key), 401, 403, 404, message="a key opens a deleted app")
    check.status(desk.ask(registry.PUSH, app_id, who=key, body={}), 401, 403, 404, message="a key opens a deleted app")
    for query in ({"status": "all"}, {"status": "deleted"}):
        found = desk.listed(app_id, **query)
        check.must(found is not None, "a deleted app is not listed as deleted", op=APPS, about=str(query))
        check.equal((found or {})["status"], "deleted", "a deleted app is listed as another", op=APPS)
        kept(check, reply, row, "a deleted app in the list", "status", "updated_at", shown=found)
        later(check, (found or {})["updated_at"], row["updated_at"], "updated_at", reply)
    for status in (None, "active", "provisioning", "suspended"):
        check.equal(desk.listed(app_id, status=status), None, f"a deleted app is listed as {status}", op=APPS)
    for named in (None, person):
        check.equal(desk.catalogued(app_id, named), None, "a deleted app is in the catalogue", op=registry.CATALOG)
    check.equal(desk.flat(app_id), [], "the tools of a deleted app are listed", op=registry.ALL_TOOLS)
    left = [one["app_id"] for one in desk.installs(person)]
    check.that(app_id not in left, "a deleted app is installed", op=registry.INSTALLS)
    check.equal(
        desk.installs(second), installs, "a deletion took other installs, or left its own", op=registry.INSTALLS
    )
    removal = desk.ask(registry.UNINSTALL, app_id, second)
    check.status(removal, 404, message="an install of a deleted app can be removed")
    again = desk.ask(registry.INSTALL, user=person, body={"app_id": app_id})
    check.status(again, 404, 409, 422, message="a deleted app can be installed")
    check.equal(desk.everything(other), others, "a deletion changed another app", op=DELETE_APP)
    check.status(desk.ask(DELETE_APP, GONE), 404, message="an app that never was is deleted")


@rule("LIFE-365", DELETE_APP, MAKE)
def test_an_id_that_is_taken_anew_is_a_new_app(session: Session, check: Check) -> None:
    """A deleted id stays taken (409), or is registered as a new app without keys, tools, settings or installs."""
    desk, person = Desk(session), registry.person(session)
    app_id = registry.active_app(session, config={"old": 1}, description="Old.", category="old", version="9")
    plain = desk.chosen(registry.new_app(session))
    desk.ask(registry.SAVE, app_id, body={"persona": {"tone": "old"}, "router": {"old": True}}).need()
    registry.install(session, person, app_id)
    old = desk.ask(registry.MAKE_KEY, app_id, body={})
    key = api_key(str(old["api_key"]), "a key of the app before")
    check.ok(desk.ask(DELETE_APP, app_id))
    reply = desk.ask(MAKE, body={"app_id": app_id, "display_name": "Anew"})
    if not reply.ok:
        check.status(reply, 409, message=f"a deleted id is answered with {reply.status}")
        check.status(desk.ask(registry.APP, app_id), 404, message="a refused registration brought an app back")
        return
    check.equal(reply.json["status"], "provisioning", "an app that is registered anew is not provisioning", reply)
    for name in ("config", "description", "category", "version"):
        check.equal(reply.json[name], None, f"{name} of the app before is there", reply)
    check.equal(reply.json["display_name"], "Anew", "display_name is that of the app before", reply)
    check.equal(desk.app(app_id), reply.json, "the app is read otherwise than it was made", op=registry.APP)
    check.equal(desk.tools(app_id)["tools"], [], "tools of the app before are there", op=registry.TOOLS)
    check.equal(desk.keys(app_id), [], "keys of the app before are there", op=registry.KEYS)
    check.equal(desk.chosen(app_id), plain, "settings of the app before are there", op=registry.SETTINGS)
    check.status(desk.ask(registry.APP, app_id, who=key), 401, message="a key of the app before opens the new one")
    left = [one["app_id"] for one in desk.installs(person)]
    check.that(app_id not in left, "installs of the app before are there", op=registry.INSTALLS)
    rows = [one for one in desk.ask(APPS, query={"status": "all"}).need().json if one["app_id"] == app_id]
    check.equal(len(rows), 1, "an app that is registered anew is not listed once", op=APPS)
