"""Rules of apps that become part of the platform."""

from __future__ import annotations

from functools import partial

import pytest

from specdouble.verify.kit import Check, Read, Unmet, rule

from ...session import Session
from ...shared.apps import manifest_for
from .._rules import shows
from ..developer._developer import ADMIN, BROWSE, DEV, SHELF, App, fails, live

BUILT_IN = (
    "admin", "automations", "billing", "coding-remote", "developer", "file-reader", "marketplace", "memory-index",
    "notifications-control", "thoughts", "web-search",
)  # fmt: skip
SYNC, MINE = f"POST {DEV}/_sync_manifest", "GET /v1/me/extensions"


@pytest.mark.alone
@rule("M23", SYNC, BROWSE, f"GET {SHELF}", MINE)
@pytest.mark.parametrize("says", ["manifest", "body"])
def test_a_system_app_is_everybodys_and_on_no_shelf(says: str, session: Session, check: Check) -> None:
    """An app that a sync makes a system app leaves the marketplace and is installed for everybody, for good.

    The app is removed afterwards. On a target beyond loopback this is not checked: it would reach real people.
    """
    if not session.settings.local:
        raise Unmet("a system app would be installed for everybody on this target; only a local one is asked")
    app, person = live(session, session.users.new_developer("explorer")), session.users.new()
    manifest = manifest_for(app.app_id, webhooks=[], secrets=[], tools=[{"name": "list_notes", "description": "Read."}])
    try:
        check.equal(app.mine(person), None, "somebody has an app that they did not install", op=MINE)
        body = {"manifest_json": {**manifest, "system": True}} if says == "manifest" else {"system": True}
        check.ok(app.sync(**body))
        _everybodys(session, check, app)
    finally:
        app.send(f"DELETE {ADMIN}", session.users.admin, body={"confirm_name": app.app_id, "force": True})
    check.equal(app.mine(person), None, "a removed system app stays with people", op=MINE)


def _everybodys(session: Session, check: Check, app: App) -> None:
    check.equal(app.read()["system"], True, "the app does not say that it is a system app", op=f"GET {DEV}")
    check.status(app.page(), 404, message="a system app has a page")
    check.equal(app.listed(), None, "a system app is on the marketplace", op=BROWSE)
    page = session.send("GET /v1/marketplace/developer/{developer_id}", params={"developer_id": app.owner.imperal_id})
    check.equal(page["apps"], [], "a system app is on its developer's page", page)
    for person, who in (
        (session.users.user, "somebody who was there"),
        (session.users.new(), "somebody who came later"),
    ):
        row = app.mine(person)
        check.that(row, f"a system app is not installed for {who}", op=MINE)
        shows(
            check,
            session.send(MINE, person),
            {"is_installed": True, "system": True},
            "the row of a system app",
            row or {},
        )
        check.ok(app.call(person, "list_notes"), f"a system app cannot be called by {who}")
        send = partial(app.send, f"DELETE {SHELF}/install", person)
        fails(check, send, 403, why="uninstalling a system app", watch=(Read(MINE, person.bearer),), rule="M06")


@rule("M06", "DELETE /v1/marketplace/apps/{app_id}/install", "GET /v1/me/extensions")
def test_the_platform_s_own_apps_stay(session: Session, check: Check) -> None:
    """Everybody has the platform's own apps, as system apps with functions, and cannot uninstall them: 403 (C10)."""
    person = session.users.new("keeper")
    rows = {one["app_id"]: one for one in session.send("GET /v1/me/extensions", person).need().json}
    before = set(rows)
    check.equal(sorted(set(BUILT_IN) - before), [], "a fresh account lacks apps of the platform", op=MINE, rule="M23")
    for app_id in sorted(before.intersection(BUILT_IN)):
        shown = (rows[app_id]["system"], bool(rows[app_id]["functions"]))
        check.equal(
            shown, (True, True), f"{app_id} is no system app, or has no functions", op=MINE, about=app_id, rule="M23"
        )
        reply = session.send("DELETE /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id})
        check.status(reply, 403, 404, message=f"the platform's app {app_id} is uninstalled")
    after = {one["app_id"] for one in session.send("GET /v1/me/extensions", person).need().json}
    check.equal(after, before, "a platform app is gone", op="DELETE /v1/marketplace/apps/{app_id}/install")
