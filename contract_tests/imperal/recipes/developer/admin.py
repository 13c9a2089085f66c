"""Administration of developers' apps and payouts (`/v1/admin/…`, without the tenants' defaults)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, about, changes, perhaps, recipe

from ...session import Session
from ...shared.apps import live_app
from ...shared.earnings import payout, wealthy
from .developer_apps import submitted

APP = "/v1/admin/apps/{app_id}"


@recipe("GET /v1/admin/apps")
def apps(session: Session) -> Ready:
    """List the apps, of which there is one at least."""
    perhaps(session, lambda: live_app(session))
    return Ready(session.users.deputy.bearer, session.users.deputy)


@recipe("POST /v1/admin/apps/{app_id}/sync-pricing")
def sync_pricing(session: Session) -> Ready:
    """Publish the prices of one app anew."""
    return Ready(session.users.deputy.bearer, session.users.deputy, {"app_id": live_app(session).app_id})


@recipe("POST /v1/admin/apps/sync-pricing")
def sync_all_pricing(session: Session) -> Ready:
    """Publish all prices anew; there is a live app at least."""
    perhaps(session, lambda: live_app(session))
    return Ready(session.users.deputy.bearer, session.users.deputy)


@recipe("GET /v1/admin/payouts/pending")
def pending_payouts(session: Session) -> Ready:
    """List the payouts that wait, of which there is one at least."""
    perhaps(session, lambda: session.shared("a payout", lambda: payout(session, wealthy(session).owner)))
    return Ready(session.users.deputy.bearer, session.users.deputy)


@recipe("POST /v1/admin/payouts/{payout_id}/approve", "POST /v1/admin/payouts/{payout_id}/reject")
def decide_payout(session: Session) -> Ready:
    """Decide on a payout that was just asked for."""
    owner = wealthy(session).owner
    body = {"note": "Bank details were checked."}
    watch = (Read("GET /v1/developer/payouts", owner.bearer), Read("GET /v1/developer/earnings", owner.bearer))
    number = payout(session, owner)
    return Ready(session.users.deputy.bearer, session.users.deputy, {"payout_id": number}, body=body, watch=watch)


@recipe("GET /v1/admin/apps/pending")
def pending(session: Session) -> Ready:
    """List the queue, in which something waits."""
    perhaps(session, lambda: session.shared("a submitted app", lambda: submitted(session, f"POST {APP}/approve")))
    return Ready(session.users.deputy.bearer, session.users.deputy)


@recipe(f"POST {APP}/approve")
def approve(session: Session) -> Ready:
    """Approve an app that was just submitted."""
    return submitted(session, f"POST {APP}/approve")


@recipe(f"POST {APP}/reject")
def reject(session: Session) -> Ready:
    """Reject an app that was just submitted."""
    return submitted(session, f"POST {APP}/reject").but(body={"reason": "The short description says too little."})


@changes(f"POST {APP}/status", fresh=True)
def set_status(_session: Session) -> dict[str, Any]:
    """Suspend a draft."""
    return {"status": "suspended"}


@recipe(f"DELETE {APP}")
def purge(session: Session) -> Ready:
    """Remove a draft that was just made."""
    ready = about(session, f"DELETE {APP}")
    return ready.but(body={"confirm_name": ready.params["app_id"], "force": True})
