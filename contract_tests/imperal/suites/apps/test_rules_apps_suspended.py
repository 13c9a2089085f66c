"""Rules of suspensions: out of which states an app goes there, what it means, and how it comes back."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...session import Session
from ...shared.apps import approve, published_app
from .._rules import shows
from ..developer._developer import DEV, SHELF, App, Doc, fails, in_state, live

READ, CHANGE, SUSPEND, DELETE = f"GET {DEV}", f"PUT {DEV}", f"POST {DEV}/suspend", f"DELETE {DEV}"
PRICES: tuple[Doc, ...] = (
    {"pricing_model": "per_action"},
    {"pricing_config": {"tool_prices": {"list_notes": 5}}},
    {"revenue_split_dev": 60},
)


@rule("M18", CHANGE, SUSPEND, DELETE)
def test_in_review_prices_are_open_and_the_app_can_be_suspended(session: Session, check: Check) -> None:
    """Only a live app has locked prices: in review they change, and the app can be taken out of it by a suspension."""
    app = in_state(session, "pending_review")
    for change in PRICES:
        reply = check.ok(app.change(**change), f"{next(iter(change))} of an app in review is refused")
        shows(check, reply, {**change, "status": "pending_review"}, "an app in review")
    shows(check, check.ok(app.suspend()), {"app_id": app.app_id, "status": "suspended"}, "a suspension")
    check.equal(app.read()["status"], "suspended", "a suspended app shows another status", op=READ)
    shows(check, check.ok(app.delete()), {"app_id": app.app_id, "status": "deleted"}, "a deletion after a suspension")


@rule("LIFE-315", SUSPEND)
def test_only_a_live_app_is_suspended_and_then_nobody_uses_it(session: Session, check: Check) -> None:
    """Suspending a live app takes it off the marketplace and stops its calls and installs.

    What is a draft, or suspended already, is 409.
    """
    owner = session.users.new_developer("studio")
    for status in ("draft", "suspended"):
        app = in_state(session, status, owner)
        fails(check, app.suspend, 409, why=f"suspending an app that is {status}", watch=app.reads())
    app = live(session, owner)
    person, other = app.user(), session.users.new()
    check.ok(app.call(person, "list_notes"))
    shows(check, check.ok(app.suspend()), {"app_id": app.app_id, "status": "suspended"}, "a suspension")
    check.equal(app.read()["status"], "suspended", "a suspended app shows another status", op=READ)
    check.status(app.page(), 404, message="a suspended app has a page", rule="M03")
    check.equal(app.listed(), None, "a suspended app is on the marketplace", rule="M03", op="GET /v1/marketplace/apps")
    check.status(app.call(person, "list_notes"), 403, message="a suspended app can be called")
    check.status(app.send(f"POST {SHELF}/install", other, body={}), 400, message="it can be installed", rule="M04")
    check.equal(app.submit()["status"], "pending_review", "a suspended app cannot be submitted again")
    check.status(app.call(person, "list_notes"), 403, message="an app in review after a suspension can be called")
    approve(session, app.app_id)
    check.ok(app.page(person), "an app that is approved again has no page")
    check.ok(app.call(person, "list_notes"), "who had an app before its suspension cannot use it afterwards")


@rule("LIFE-315", SUSPEND, "registry GET /v1/apps/{app_id}")
def test_the_registry_follows_a_suspension(session: Session, check: Check) -> None:
    """Where the Registry knows an app, a suspension makes it suspended there and an approval active again."""
    owner = session.users.new_developer("explorer")
    app = App(session, published_app(session, owner), owner)
    kernel = session.users.registry

    def status() -> Any:
        return app.send("registry GET /v1/apps/{app_id}", kernel)["status"]

    check.equal(status(), "active", "a live app is not active in the Registry")
    app.suspend().need()
    check.equal(status(), "suspended", "a suspended app is not suspended in the Registry")
    app.submit().need()
    approve(session, app.app_id)
    check.equal(status(), "active", "an app that is live again is not active in the Registry")
