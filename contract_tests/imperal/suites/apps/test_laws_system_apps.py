"""Laws of apps that become part of the platform."""

from __future__ import annotations

from functools import partial

import pytest

from specdouble.verify.kit import Judge, Read, Stage, Unmet, law

from ...apps import manifest_for
from .._laws import shows
from ..developer._developer import ADMIN, BROWSE, DEV, SHELF, App, fails, live

BUILT_IN = (
    "admin", "automations", "billing", "coding-remote", "developer", "file-reader", "marketplace", "memory-index",
    "notifications-control", "thoughts", "web-search",
)  # fmt: skip
SYNC, MINE = f"POST {DEV}/_sync_manifest", "GET /v1/me/extensions"


@pytest.mark.alone
@law("M23", SYNC, BROWSE, f"GET {SHELF}", MINE)
@pytest.mark.parametrize("says", ["manifest", "body"])
def test_a_system_app_is_everybodys_and_on_no_shelf(says: str, stage: Stage, judge: Judge) -> None:
    """An app that a sync makes a system app leaves the marketplace and is installed for everybody, for good.

    The app is removed afterwards. On a target beyond loopback this is not checked: it would reach real people.
    """
    if not stage.settings.local:
        raise Unmet("a system app would be installed for everybody on this target; only a local one is asked")
    app, person = live(stage, stage.cast.new_developer("explorer")), stage.cast.new()
    manifest = manifest_for(app.app_id, webhooks=[], secrets=[], tools=[{"name": "list_notes", "description": "Read."}])
    try:
        judge.equal(app.mine(person), None, "somebody has an app that they did not install", op=MINE)
        body = {"manifest_json": {**manifest, "system": True}} if says == "manifest" else {"system": True}
        judge.ok(app.sync(**body))
        _everybodys(stage, judge, app)
    finally:
        app.send(f"DELETE {ADMIN}", stage.cast.admin, body={"confirm_name": app.app_id, "force": True})
    judge.equal(app.mine(person), None, "a removed system app stays with people", op=MINE)


def _everybodys(stage: Stage, judge: Judge, app: App) -> None:
    judge.equal(app.read()["system"], True, "the app does not say that it is a system app", op=f"GET {DEV}")
    judge.status(app.page(), 404, message="a system app has a page")
    judge.equal(app.listed(), None, "a system app is on the marketplace", op=BROWSE)
    page = stage.send("GET /v1/marketplace/developer/{developer_id}", params={"developer_id": app.owner.imperal_id})
    judge.equal(page["apps"], [], "a system app is on its developer's page", page)
    for person, who in ((stage.cast.user, "somebody who was there"), (stage.cast.new(), "somebody who came later")):
        row = app.mine(person)
        judge.that(row, f"a system app is not installed for {who}", op=MINE)
        shows(
            judge,
            stage.send(MINE, person),
            {"is_installed": True, "system": True},
            "the row of a system app",
            row or {},
        )
        judge.ok(app.call(person, "list_notes"), f"a system app cannot be called by {who}")
        send = partial(app.send, f"DELETE {SHELF}/install", person)
        fails(judge, send, 403, why="uninstalling a system app", watch=(Read(MINE, person.bearer),), rule="M06")


@law("M06", "DELETE /v1/marketplace/apps/{app_id}/install", "GET /v1/me/extensions")
def test_the_platform_s_own_apps_stay(stage: Stage, judge: Judge) -> None:
    """Everybody has the platform's own apps, as system apps with functions, and cannot uninstall them: 403 (C10)."""
    person = stage.cast.new("keeper")
    rows = {one["app_id"]: one for one in stage.send("GET /v1/me/extensions", person).need().json}
    before = set(rows)
    judge.equal(sorted(set(BUILT_IN) - before), [], "a fresh account lacks apps of the platform", op=MINE, rule="M23")
    for app_id in sorted(before.intersection(BUILT_IN)):
        shown = (rows[app_id]["system"], bool(rows[app_id]["functions"]))
        judge.equal(
            shown, (True, True), f"{app_id} is no system app, or has no functions", op=MINE, about=app_id, rule="M23"
        )
        reply = stage.send("DELETE /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id})
        judge.status(reply, 403, 404, message=f"the platform's app {app_id} is uninstalled")
    after = {one["app_id"] for one in stage.send("GET /v1/me/extensions", person).need().json}
    judge.equal(after, before, "a platform app is gone", op="DELETE /v1/marketplace/apps/{app_id}/install")
