"""Laws of the administration of apps: reviewing, states, purges, prices, the table of tiers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import Judge, Stage, law

from .._laws import find, kept, shows
from ._developer import (
    ADMIN,
    BROWSE,
    DEV,
    PENDING,
    SHELF,
    App,
    ahead,
    draft,
    fails,
    in_state,
    live,
    logged,
    registered,
    waiting,
)

APPROVE, REJECT, STATUS = (f"POST {ADMIN}/{step}" for step in ("approve", "reject", "status"))
APPS, PURGE, CONFIG = "GET /v1/admin/apps", f"DELETE {ADMIN}", "GET /v1/admin/developer/config"
SYNC_ONE, SYNC_ALL = f"POST {ADMIN}/sync-pricing", "POST /v1/admin/apps/sync-pricing"
TIERS = {
    "explorer": (70, 1, False, 7, 100, 0),
    "indie": (80, 3, True, 30, 500, 9_000),
    "studio": (85, 10, True, 90, 2_000, 29_000),
    "partner": (95, None, True, 365, 5_000, 79_000),
}
COLUMNS = (
    "revenue_split_dev", "max_apps", "payout_enabled", "analytics_days", "rate_limit_per_min", "annual_price_tokens",
)  # fmt: skip


# -- reviewing -----------------------------------------------------------------------------------------------------


@law("LIFE-350", APPROVE, PENDING, BROWSE, f"POST {SHELF}/install")
def test_an_approval_publishes(stage: Stage, judge: Judge) -> None:
    """An approved app is active, on the marketplace, installable, out of the queue, and changed in nothing else."""
    app = waiting(stage)
    before = app.read().need().json
    judge.must(app.queued(), "a submitted app is not in the queue", op=PENDING)
    person = stage.cast.new()
    judge.status(app.send(f"POST {SHELF}/install", person, body={}), 400, message="an app in review can be installed")
    reply = judge.ok(app.admin("approve"))
    shows(judge, reply, {"app_id": app.app_id, "status": "active", "reject_reason": None}, "an approval")
    shown = app.read()
    shows(judge, shown, {"status": "active", "reject_reason": None}, "an approved app")
    kept(judge, shown, before, "an approved app", "status", "updated_at", "reject_reason")
    judge.equal(app.queued(), None, "an approved app is still in the queue", op=PENDING)
    judge.ok(app.page(), "an approved app has no page")
    judge.that(app.listed(), "an approved app is not on the marketplace", op=BROWSE)
    judge.ok(app.send(f"POST {SHELF}/install", person, body={}), "an approved app cannot be installed")
    fails(judge, partial(app.admin, "approve"), 409, why="approving twice", watch=app.reads())
    fails(judge, partial(app.admin, "reject", reason="Late."), 409, why="rejecting a live app", watch=app.reads())


@law("M17", REJECT, PENDING)
def test_a_rejection_sends_back_to_draft_with_its_reason(stage: Stage, judge: Judge) -> None:
    """A rejected app is a draft again and shows exactly the reason; it is not in the queue, nor in any new state."""
    app, reason = waiting(stage), "Die Beschreibung sagt zu wenig für größere Häuser."
    before = app.read().need().json
    reply = judge.ok(app.admin("reject", reason=reason))
    shows(judge, reply, {"app_id": app.app_id, "status": "draft", "reject_reason": reason}, "a rejection")
    shown = app.read()
    shows(judge, shown, {"status": "draft", "reject_reason": reason}, "a rejected app")
    kept(judge, shown, before, "a rejected app", "status", "reject_reason", "updated_at")
    listed = find(stage.send("GET /v1/developer/apps", app.owner), "app_id", app.app_id) or {}
    judge.equal(listed.get("reject_reason"), reason, "the developer's list shows another reason", shown)
    judge.equal(app.queued(), None, "a rejected app is still in the queue", op=PENDING)
    judge.equal(app.page().status, 404, "a rejected app has a page", op=f"GET {SHELF}")
    fails(judge, partial(app.admin, "reject", reason="Again."), 409, why="rejecting twice", watch=app.reads())
    fails(judge, partial(app.admin, "approve"), 409, why="approving what was rejected", watch=app.reads())


@law("LIFE-351", APPROVE, REJECT)
@pytest.mark.parametrize("status", ["draft", "suspended"])
def test_only_a_submitted_app_is_decided(status: str, stage: Stage, judge: Judge) -> None:
    """Approving or rejecting an app that was not submitted is 409, an unknown one 404; a rejection needs a reason."""
    app = in_state(stage, status)
    fails(judge, partial(app.admin, "approve"), 409, why=f"approving an app that is {status}", watch=app.reads())
    late = partial(app.admin, "reject", reason="No.")
    fails(judge, late, 409, why=f"rejecting an app that is {status}", watch=app.reads(), op=REJECT)
    unknown = App(stage, stage.cast.fresh("app"), app.owner)
    judge.status(unknown.admin("approve"), 404, message="approving an unknown app is not 404")
    judge.status(unknown.admin("reject", reason="No."), 404, message="rejecting an unknown app is not 404")
    judge.status(unknown.admin("status", status="active"), 404, message="the status of an unknown app is not 404")
    judge.status(unknown.admin("sync-pricing"), 404, message="the prices of an unknown app are not 404")
    queued, admin = waiting(stage), stage.cast.admin
    for body in stage.some(({}, {"reason": ""}, {"reason": "x" * 501}), 0, 1):
        send = partial(queued.send, REJECT, admin, body=body)
        fails(judge, send, 422, why=f"a reason of {len(body.get('reason', ''))}", watch=queued.reads(), op=REJECT)
    longest = judge.ok(queued.admin("reject", reason="y" * 500), "a reason of 500 characters is refused")
    judge.equal(longest["reject_reason"], "y" * 500, "a long reason is cut", longest)


@law("LIFE-352", APPROVE, REJECT, "GET /v1/audit")
@pytest.mark.parametrize("step", ["approve", "reject"])
def test_a_review_is_in_the_audit_log(step: str, stage: Stage, judge: Judge) -> None:
    """Each review of an app leaves one entry in the audit log that names the app and the administrator."""
    admin, app = stage.cast.deputy, waiting(stage)
    told = logged(stage, admin, app.app_id)
    more: dict[str, Any] = {"approve": {}, "reject": {"body": {"reason": "No."}}}
    app.send(f"POST {ADMIN}/{step}", admin, **more[step]).need()
    judge.equal(
        logged(stage, admin, app.app_id) - told, 1, f"{step} is not one entry of the audit log", op="GET /v1/audit"
    )
    app.send(f"POST {ADMIN}/approve", admin)
    again = logged(stage, admin, app.app_id) - told
    judge.equal(again, 1, "a refused approval is in the audit log", op="GET /v1/audit")


@law("LIFE-353", APPS, PENDING)
def test_administrators_see_every_app(stage: Stage, judge: Judge) -> None:
    """The list of administrators holds apps of every developer in every state, as their developers see them."""
    made = [in_state(stage, status) for status in ("draft", "pending_review", "active", "suspended")]
    rows, queue = stage.send(APPS, stage.cast.admin), stage.send(PENDING, stage.cast.admin)
    for app in made:
        shown = app.read().need().json
        judge.equal(
            find(rows, "app_id", app.app_id), shown, f"an app that is {shown['status']} is listed otherwise", rows
        )
        waits = any(one.get("app_id") == app.app_id for one in queue.need().json)
        judge.equal(waits, shown["status"] == "pending_review", f"the queue is wrong about {shown['status']}", queue)
    judge.that(all(one["status"] == "pending_review" for one in queue.json), "the queue holds other states", queue)


@law("E07", PENDING, SYNC_ALL)
def test_fixed_segments_win_over_a_slug(stage: Stage, judge: Judge) -> None:
    """`/v1/admin/apps/pending` and `/v1/admin/apps/sync-pricing` are routes of their own, not apps of those names."""
    queue = judge.ok(stage.send(PENDING, stage.cast.admin))
    judge.that(isinstance(queue.json, list), "the queue is not a list", queue)
    reply = judge.ok(stage.send(SYNC_ALL, stage.cast.admin))
    judge.that("synced" in (reply.json or {}), "sync-pricing of all does not answer how many", reply)


# -- states --------------------------------------------------------------------------------------------------------


@law("M27", STATUS, f"GET {SHELF}", "POST /v1/extensions/{app_id}/call", f"POST {SHELF}/install")
def test_draft_is_milder_than_suspended(stage: Stage, judge: Judge) -> None:
    """An admin's draft takes an app off the marketplace while those who have it go on; suspended stops everybody."""
    app = live(stage)
    person, other = app.user(), stage.cast.new()
    kernel = stage.cast.registry if stage.settings.registry_key and stage.settings.registry else None
    install = f"POST {SHELF}/install"
    moves = ("draft", "suspended", "active", "suspended", "draft", "active")
    for status in moves[-3:] if stage.sampling.on else moves:
        before = app.read().need().json
        reply = judge.ok(app.admin("status", status=status), f"an admin cannot set {status} after {before['status']}")
        shows(judge, reply, {"app_id": app.app_id, "status": status}, f"the answer to {status}")
        shown = app.read()
        judge.equal(shown["status"], status, "the app shows another status than the admin set", shown)
        kept(judge, shown, before, f"an app after {status}", "status", "updated_at")
        public = status == "active"
        judge.status(app.page(), 200 if public else 404, message=f"the page of an app that is {status}")
        judge.equal(bool(app.listed()), public, f"the marketplace is wrong about an app that is {status}", op=BROWSE)
        called = app.call(person, "list_notes")
        judge.status(
            called, 403 if status == "suspended" else 200, message=f"a call of an app that an admin set to {status}"
        )
        if not public:
            reply = app.send(install, other, body={})
            judge.status(reply, 400, message=f"installing an app that an admin set to {status}", rule="M04")
        if kernel is not None:
            row = app.send("registry GET /v1/apps/{app_id}", kernel)
            expected = "suspended" if status == "suspended" else "active"
            judge.equal(row["status"], expected, f"the Registry is wrong about {status}", row)
    judge.ok(app.send(install, other, body={}), "an app that is active again cannot be installed")


@law("LIFE-354", STATUS)
def test_an_admin_sets_three_states(stage: Stage, judge: Judge) -> None:
    """The states an administrator may set are active, suspended and draft; the present one again changes nothing."""
    app = live(stage)
    for status in ("pending_review", "deleted", "rejected", ""):
        send = partial(app.send, STATUS, stage.cast.admin, body={"status": status})
        fails(judge, send, 422, why=f"the status {status!r}", watch=app.reads())
    again = judge.ok(app.admin("status", status="active"), "the present status is refused")
    judge.equal(again["status"], "active", "the present status becomes another", again)
    judge.ok(app.page(), "setting the present status took the app off the marketplace")
    plain = draft(stage)
    judge.equal(judge.ok(plain.admin("status", status="active"))["status"], "active", "a draft cannot be made active")
    judge.ok(plain.page(), "a draft that an admin made active has no page")
    queued = waiting(stage)
    judge.ok(queued.admin("status", status="suspended"))
    judge.equal(queued.queued(), None, "a suspended app is still in the queue", op=PENDING)


@law("LIFE-358", STATUS, APPROVE, REJECT, f"POST {DEV}/submit", f"POST {DEV}/suspend")
def test_every_move_of_an_app_moves_updated_at(stage: Stage, judge: Judge) -> None:
    """Each move of an app from one state to another moves its updated_at and leaves its created_at."""
    app = waiting(stage)
    moves: tuple[tuple[str, Any], ...] = (
        ("reject", partial(app.admin, "reject", reason="No.")),
        ("submit", app.submit),
        ("approve", partial(app.admin, "approve")),
        ("suspend", app.suspend),
        ("status", partial(app.admin, "status", status="active")),
    )
    before = app.read()
    for what, move in moves:
        move().need()
        after = app.read()
        judge.that(ahead(before["updated_at"], after["updated_at"]), f"updated_at does not move with {what}", after)
        judge.equal(after["created_at"], before["created_at"], f"created_at moves with {what}", after)
        before = after


# -- purges, prices, tiers -----------------------------------------------------------------------------------------


@law("LIFE-355", PURGE)
def test_a_purge_removes_an_app_everywhere(stage: Stage, judge: Judge) -> None:
    """A purge wants the exact name (400) and force for a live app (409); then app and installs are gone everywhere."""
    app, admin = live(stage), stage.cast.admin
    people = [app.user() for _ in range(3)]

    def purge(**body: Any) -> Any:
        return app.send(PURGE, admin, body=body)

    for wrong in stage.some((app.app_id.upper(), app.app_id[:-1], "App", ""), 0, 1):
        refused = partial(purge, confirm_name=wrong, force=True)
        fails(judge, refused, 400, 422, why="a name that differs", watch=app.reads())
    for body in stage.some(({}, {"force": False}), 1):
        kept_alive = partial(purge, confirm_name=app.app_id, **body)
        fails(judge, kept_alive, 409, why="a live app without force", watch=app.reads())
    judge.ok(app.call(people[0], "list_notes"), "a refused purge took the app away")
    known = registered(app)
    reply = judge.ok(purge(confirm_name=app.app_id, force=True))
    shows(judge, reply, {"app_id": app.app_id, "status": "deleted", "installs_purged": 3}, "a purge")
    judge.status(app.read(), 404, message="a purged app can be read")
    judge.status(app.page(), 404, message="a purged app has a page")
    judge.that(known != 200 or registered(app) == 404, "the Registry still knows a purged app")
    judge.equal(find(stage.send(APPS, admin), "app_id", app.app_id), None, "a purged app is listed", op=APPS)
    for person in people:
        judge.equal(app.mine(person), None, "a purged app is among somebody's extensions", op="GET /v1/me/extensions")
    judge.status(app.call(people[0], "list_notes"), 404, 403, message="a purged app can be called")
    judge.status(purge(confirm_name=app.app_id, force=True), 404, message="an app can be purged twice")
    again = stage.send("POST /v1/developer/apps", app.owner, body={"app_id": app.app_id, "name": "Anew"})
    judge.ok(again, "the slug of a purged app is not free")
    for status in stage.some(("draft", "suspended"), 0, 1):
        other = in_state(stage, status)
        gone = judge.ok(
            other.send(PURGE, admin, body={"confirm_name": other.app_id}), f"force is needed for a {status}"
        )
        judge.equal(gone["installs_purged"], 0, "installs are counted that never were", gone)
        judge.status(other.read(), 404, message="a purged app can be read")


@law("LIFE-356", SYNC_ONE, SYNC_ALL)
def test_prices_are_published_anew(stage: Stage, judge: Judge) -> None:
    """Syncing prices answers for the one app, or counts the active apps; and calls go on to cost the stored prices."""
    app = live(stage, None, "list_notes", pricing_model="per_action", pricing_config={"tool_prices": {"list_notes": 6}})
    person, before = app.user(), app.read().need().json
    reply = judge.ok(app.admin("sync-pricing"))
    shows(judge, reply, {"app_id": app.app_id, "synced": 1, "status": "ok"}, "the answer for one app")
    for _ in range(6):  # others publish and suspend apps meanwhile: only a count that stood still tells
        first = _active(stage)
        reply = judge.ok(stage.send(SYNC_ALL, stage.cast.admin))
        judge.equal(reply["status"], "ok", "syncing all prices does not say ok", reply)
        if first == _active(stage):
            judge.equal(reply["synced"], first, "synced is not the number of active apps", reply)
            break
    held = stage.send("GET /v1/billing/balance", person)["balance"]
    app.call(person, "list_notes").need()
    judge.equal(held - stage.send("GET /v1/billing/balance", person)["balance"], 6, "a call costs another price", reply)
    judge.equal(app.read().json, before, "syncing prices changes the app", op=f"GET {DEV}")


def _active(stage: Stage) -> int:
    return sum(one["status"] == "active" for one in stage.send(APPS, stage.cast.admin).need().json)


@law("LIFE-357", CONFIG)
def test_the_table_of_tiers(stage: Stage, judge: Judge) -> None:
    """The configuration shows what each tier allows and costs, the smallest payout, and what a token is worth."""
    reply = judge.ok(stage.send(CONFIG, stage.cast.admin))
    shows(judge, reply, {"min_payout_tokens": 10_000, "token_usd_rate": 0.001}, "the configuration")
    judge.equal(set(reply["tiers"]), set(TIERS), "the tiers are others", reply)
    for tier, values in TIERS.items():
        shows(judge, reply, dict(zip(COLUMNS, values, strict=True)), f"the tier {tier}", reply["tiers"].get(tier))
