"""Rules of the administration of apps: reviewing, states, purges, prices, the table of tiers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...session import Session
from .._rules import find, kept, shows
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


@rule("LIFE-350", APPROVE, PENDING, BROWSE, f"POST {SHELF}/install")
def test_an_approval_publishes(session: Session, check: Check) -> None:
    """An approved app is active, on the marketplace, installable, out of the queue, and changed in nothing else."""
    app = waiting(session)
    before = app.read().need().json
    check.must(app.queued(), "a submitted app is not in the queue", op=PENDING)
    person = session.users.new()
    check.status(app.send(f"POST {SHELF}/install", person, body={}), 400, message="an app in review can be installed")
    reply = check.ok(app.admin("approve"))
    shows(check, reply, {"app_id": app.app_id, "status": "active", "reject_reason": None}, "an approval")
    shown = app.read()
    shows(check, shown, {"status": "active", "reject_reason": None}, "an approved app")
    kept(check, shown, before, "an approved app", "status", "updated_at", "reject_reason")
    check.equal(app.queued(), None, "an approved app is still in the queue", op=PENDING)
    check.ok(app.page(), "an approved app has no page")
    check.that(app.listed(), "an approved app is not on the marketplace", op=BROWSE)
    check.ok(app.send(f"POST {SHELF}/install", person, body={}), "an approved app cannot be installed")
    fails(check, partial(app.admin, "approve"), 409, why="approving twice", watch=app.reads())
    fails(check, partial(app.admin, "reject", reason="Late."), 409, why="rejecting a live app", watch=app.reads())


@rule("M17", REJECT, PENDING)
def test_a_rejection_sends_back_to_draft_with_its_reason(session: Session, check: Check) -> None:
    """A rejected app is a draft again and shows exactly the reason; it is not in the queue, nor in any new state."""
    app, reason = waiting(session), "Die Beschreibung sagt zu wenig für größere Häuser."
    before = app.read().need().json
    reply = check.ok(app.admin("reject", reason=reason))
    shows(check, reply, {"app_id": app.app_id, "status": "draft", "reject_reason": reason}, "a rejection")
    shown = app.read()
    shows(check, shown, {"status": "draft", "reject_reason": reason}, "a rejected app")
    kept(check, shown, before, "a rejected app", "status", "reject_reason", "updated_at")
    listed = find(session.send("GET /v1/developer/apps", app.owner), "app_id", app.app_id) or {}
    check.equal(listed.get("reject_reason"), reason, "the developer's list shows another reason", shown)
    check.equal(app.queued(), None, "a rejected app is still in the queue", op=PENDING)
    check.equal(app.page().status, 404, "a rejected app has a page", op=f"GET {SHELF}")
    fails(check, partial(app.admin, "reject", reason="Again."), 409, why="rejecting twice", watch=app.reads())
    fails(check, partial(app.admin, "approve"), 409, why="approving what was rejected", watch=app.reads())


@rule("LIFE-351", APPROVE, REJECT)
@pytest.mark.parametrize("status", ["draft", "suspended"])
def test_only_a_submitted_app_is_decided(status: str, session: Session, check: Check) -> None:
    """Approving or rejecting an app that was not submitted is 409, an unknown one 404; a rejection needs a reason."""
    app = in_state(session, status)
    fails(check, partial(app.admin, "approve"), 409, why=f"approving an app that is {status}", watch=app.reads())
    late = partial(app.admin, "reject", reason="No.")
    fails(check, late, 409, why=f"rejecting an app that is {status}", watch=app.reads(), op=REJECT)
    unknown = App(session, session.users.fresh("app"), app.owner)
    check.status(unknown.admin("approve"), 404, message="approving an unknown app is not 404")
    check.status(unknown.admin("reject", reason="No."), 404, message="rejecting an unknown app is not 404")
    check.status(unknown.admin("status", status="active"), 404, message="the status of an unknown app is not 404")
    check.status(unknown.admin("sync-pricing"), 404, message="the prices of an unknown app are not 404")
    queued, admin = waiting(session), session.users.admin
    for body in session.some(({}, {"reason": ""}, {"reason": "x" * 501}), 0, 1):
        send = partial(queued.send, REJECT, admin, body=body)
        fails(check, send, 422, why=f"a reason of {len(body.get('reason', ''))}", watch=queued.reads(), op=REJECT)
    longest = check.ok(queued.admin("reject", reason="y" * 500), "a reason of 500 characters is refused")
    check.equal(longest["reject_reason"], "y" * 500, "a long reason is cut", longest)


@rule("LIFE-352", APPROVE, REJECT, "GET /v1/audit")
@pytest.mark.parametrize("step", ["approve", "reject"])
def test_a_review_is_in_the_audit_log(step: str, session: Session, check: Check) -> None:
    """Each review of an app leaves one entry in the audit log that names the app and the administrator."""
    admin, app = session.users.deputy, waiting(session)
    told = logged(session, admin, app.app_id)
    more: dict[str, Any] = {"approve": {}, "reject": {"body": {"reason": "No."}}}
    app.send(f"POST {ADMIN}/{step}", admin, **more[step]).need()
    check.equal(
        logged(session, admin, app.app_id) - told, 1, f"{step} is not one entry of the audit log", op="GET /v1/audit"
    )
    app.send(f"POST {ADMIN}/approve", admin)
    again = logged(session, admin, app.app_id) - told
    check.equal(again, 1, "a refused approval is in the audit log", op="GET /v1/audit")


@rule("LIFE-353", APPS, PENDING)
def test_administrators_see_every_app(session: Session, check: Check) -> None:
    """The list of administrators holds apps of every developer in every state, as their developers see them."""
    made = [in_state(session, status) for status in ("draft", "pending_review", "active", "suspended")]
    rows, queue = session.send(APPS, session.users.admin), session.send(PENDING, session.users.admin)
    for app in made:
        shown = app.read().need().json
        check.equal(
            find(rows, "app_id", app.app_id), shown, f"an app that is {shown['status']} is listed otherwise", rows
        )
        waits = any(one.get("app_id") == app.app_id for one in queue.need().json)
        check.equal(waits, shown["status"] == "pending_review", f"the queue is wrong about {shown['status']}", queue)
    check.that(all(one["status"] == "pending_review" for one in queue.json), "the queue holds other states", queue)


@rule("E07", PENDING, SYNC_ALL)
def test_fixed_segments_win_over_a_slug(session: Session, check: Check) -> None:
    """`/v1/admin/apps/pending` and `/v1/admin/apps/sync-pricing` are routes of their own, not apps of those names."""
    queue = check.ok(session.send(PENDING, session.users.admin))
    check.that(isinstance(queue.json, list), "the queue is not a list", queue)
    reply = check.ok(session.send(SYNC_ALL, session.users.admin))
    check.that("synced" in (reply.json or {}), "sync-pricing of all does not answer how many", reply)


# -- states --------------------------------------------------------------------------------------------------------


@rule("M27", STATUS, f"GET {SHELF}", "POST /v1/extensions/{app_id}/call", f"POST {SHELF}/install")
def test_draft_is_milder_than_suspended(session: Session, check: Check) -> None:
    """An admin's draft takes an app off the marketplace while those who have it go on; suspended stops everybody."""
    app = live(session)
    person, other = app.user(), session.users.new()
    kernel = session.users.registry if session.settings.registry_key and session.settings.registry else None
    install = f"POST {SHELF}/install"
    moves = ("draft", "suspended", "active", "suspended", "draft", "active")
    for status in moves[-3:] if session.sampling.on else moves:
        before = app.read().need().json
        reply = check.ok(app.admin("status", status=status), f"an admin cannot set {status} after {before['status']}")
        shows(check, reply, {"app_id": app.app_id, "status": status}, f"the answer to {status}")
        shown = app.read()
        check.equal(shown["status"], status, "the app shows another status than the admin set", shown)
        kept(check, shown, before, f"an app after {status}", "status", "updated_at")
        public = status == "active"
        check.status(app.page(), 200 if public else 404, message=f"the page of an app that is {status}")
        check.equal(bool(app.listed()), public, f"the marketplace is wrong about an app that is {status}", op=BROWSE)
        called = app.call(person, "list_notes")
        check.status(
            called, 403 if status == "suspended" else 200, message=f"a call of an app that an admin set to {status}"
        )
        if not public:
            reply = app.send(install, other, body={})
            check.status(reply, 400, message=f"installing an app that an admin set to {status}", rule="M04")
        if kernel is not None:
            row = app.send("registry GET /v1/apps/{app_id}", kernel)
            expected = "suspended" if status == "suspended" else "active"
            check.equal(row["status"], expected, f"the Registry is wrong about {status}", row)
    check.ok(app.send(install, other, body={}), "an app that is active again cannot be installed")


@rule("LIFE-354", STATUS)
def test_an_admin_sets_three_states(session: Session, check: Check) -> None:
    """The states an administrator may set are active, suspended and draft; the present one again changes nothing."""
    app = live(session)
    for status in ("pending_review", "deleted", "rejected", ""):
        send = partial(app.send, STATUS, session.users.admin, body={"status": status})
        fails(check, send, 422, why=f"the status {status!r}", watch=app.reads())
    again = check.ok(app.admin("status", status="active"), "the present status is refused")
    check.equal(again["status"], "active", "the present status becomes another", again)
    check.ok(app.page(), "setting the present status took the app off the marketplace")
    plain = draft(session)
    check.equal(check.ok(plain.admin("status", status="active"))["status"], "active", "a draft cannot be made active")
    check.ok(plain.page(), "a draft that an admin made active has no page")
    queued = waiting(session)
    check.ok(queued.admin("status", status="suspended"))
    check.equal(queued.queued(), None, "a suspended app is still in the queue", op=PENDING)


@rule("LIFE-358", STATUS, APPROVE, REJECT, f"POST {DEV}/submit", f"POST {DEV}/suspend")
def test_every_move_of_an_app_moves_updated_at(session: Session, check: Check) -> None:
    """Each move of an app from one state to another moves its updated_at and leaves its created_at."""
    app = waiting(session)
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
        check.that(ahead(before["updated_at"], after["updated_at"]), f"updated_at does not move with {what}", after)
        check.equal(after["created_at"], before["created_at"], f"created_at moves with {what}", after)
        before = after


# -- purges, prices, tiers -----------------------------------------------------------------------------------------


@rule("LIFE-355", PURGE)
def test_a_purge_removes_an_app_everywhere(session: Session, check: Check) -> None:
    """A purge wants the exact name (400) and force for a live app (409); then app and installs are gone everywhere."""
    app, admin = live(session), session.users.admin
    people = [app.user() for _ in range(3)]

    def purge(**body: Any) -> Any:
        return app.send(PURGE, admin, body=body)

    for wrong in session.some((app.app_id.upper(), app.app_id[:-1], "App", ""), 0, 1):
        refused = partial(purge, confirm_name=wrong, force=True)
        fails(check, refused, 400, 422, why="a name that differs", watch=app.reads())
    for body in session.some(({}, {"force": False}), 1):
        kept_alive = partial(purge, confirm_name=app.app_id, **body)
        fails(check, kept_alive, 409, why="a live app without force", watch=app.reads())
    check.ok(app.call(people[0], "list_notes"), "a refused purge took the app away")
    known = registered(app)
    reply = check.ok(purge(confirm_name=app.app_id, force=True))
    shows(check, reply, {"app_id": app.app_id, "status": "deleted", "installs_purged": 3}, "a purge")
    check.status(app.read(), 404, message="a purged app can be read")
    check.status(app.page(), 404, message="a purged app has a page")
    check.that(known != 200 or registered(app) == 404, "the Registry still knows a purged app")
    check.equal(find(session.send(APPS, admin), "app_id", app.app_id), None, "a purged app is listed", op=APPS)
    for person in people:
        check.equal(app.mine(person), None, "a purged app is among somebody's extensions", op="GET /v1/me/extensions")
    check.status(app.call(people[0], "list_notes"), 404, 403, message="a purged app can be called")
    check.status(purge(confirm_name=app.app_id, force=True), 404, message="an app can be purged twice")
    again = session.send("POST /v1/developer/apps", app.owner, body={"app_id": app.app_id, "name": "Anew"})
    check.ok(again, "the slug of a purged app is not free")
    for status in session.some(("draft", "suspended"), 0, 1):
        other = in_state(session, status)
        gone = check.ok(
            other.send(PURGE, admin, body={"confirm_name": other.app_id}), f"force is needed for a {status}"
        )
        check.equal(gone["installs_purged"], 0, "installs are counted that never were", gone)
        check.status(other.read(), 404, message="a purged app can be read")


@rule("LIFE-356", SYNC_ONE, SYNC_ALL)
def test_prices_are_published_anew(session: Session, check: Check) -> None:
    """Syncing prices answers for the one app, or counts the active apps; and calls go on to cost the stored prices."""
    app = live(
        session, None, "list_notes", pricing_model="per_action", pricing_config={"tool_prices": {"list_notes": 6}}
    )
    person, before = app.user(), app.read().need().json
    reply = check.ok(app.admin("sync-pricing"))
    shows(check, reply, {"app_id": app.app_id, "synced": 1, "status": "ok"}, "the response for one app")
    for _ in range(6):  # others publish and suspend apps meanwhile: only a count that stood still tells
        first = _active(session)
        reply = check.ok(session.send(SYNC_ALL, session.users.admin))
        check.equal(reply["status"], "ok", "syncing all prices does not say ok", reply)
        if first == _active(session):
            check.equal(reply["synced"], first, "synced is not the number of active apps", reply)
            break
    held = session.send("GET /v1/billing/balance", person)["balance"]
    app.call(person, "list_notes").need()
    check.equal(
        held - session.send("GET /v1/billing/balance", person)["balance"], 6, "a call costs another price", reply
    )
    check.equal(app.read().json, before, "syncing prices changes the app", op=f"GET {DEV}")


def _active(session: Session) -> int:
    return sum(one["status"] == "active" for one in session.send(APPS, session.users.admin).need().json)


@rule("LIFE-357", CONFIG)
def test_the_table_of_tiers(session: Session, check: Check) -> None:
    """The configuration shows what each tier allows and costs, the smallest payout, and what a token is worth."""
    reply = check.ok(session.send(CONFIG, session.users.admin))
    shows(check, reply, {"min_payout_tokens": 10_000, "token_usd_rate": 0.001}, "the configuration")
    check.equal(set(reply["tiers"]), set(TIERS), "the tiers are others", reply)
    for tier, values in TIERS.items():
        shows(check, reply, dict(zip(COLUMNS, values, strict=True)), f"the tier {tier}", reply["tiers"].get(tier))
