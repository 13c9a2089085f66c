"""Administration of developers' apps and payouts (`/v1/admin/…`, without the tenants' defaults)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, Stage, perhaps, recipe

from ...apps import live_app
from ...earnings import payout, wealthy
from .developer_apps import draft, submitted


@recipe("GET /v1/admin/apps")
def apps(stage: Stage) -> Ready:
    """List the apps, of which there is one at least."""
    perhaps(stage, lambda: live_app(stage))
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy)


@recipe("GET /v1/admin/apps/pending")
def pending(stage: Stage) -> Ready:
    """List the queue, in which something waits."""
    perhaps(stage, lambda: stage.shared("a submitted app", lambda: submitted(stage)))
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy)


@recipe("POST /v1/admin/apps/{app_id}/approve")
def approve(stage: Stage) -> Ready:
    """Approve an app that was just submitted."""
    made = submitted(stage)
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy, made.where, watch=(made.read(),))


@recipe("POST /v1/admin/apps/{app_id}/reject")
def reject(stage: Stage) -> Ready:
    """Reject an app that was just submitted."""
    made = submitted(stage)
    body = {"reason": "The short description says too little."}
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy, made.where, body=body, watch=(made.read(),))


@recipe("POST /v1/admin/apps/{app_id}/status")
def set_status(stage: Stage) -> Ready:
    """Suspend a draft."""
    made = draft(stage)
    body = {"status": "suspended"}
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy, made.where, body=body, watch=(made.read(),))


@recipe("DELETE /v1/admin/apps/{app_id}")
def purge(stage: Stage) -> Ready:
    """Remove a draft that was just made."""
    made = draft(stage)
    body = {"confirm_name": made.app_id, "force": True}
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy, made.where, body=body, watch=(made.read(),))


@recipe("POST /v1/admin/apps/{app_id}/sync-pricing")
def sync_pricing(stage: Stage) -> Ready:
    """Publish the prices of one app anew."""
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy, {"app_id": live_app(stage).app_id})


@recipe("POST /v1/admin/apps/sync-pricing")
def sync_all_pricing(stage: Stage) -> Ready:
    """Publish all prices anew; there is a live app at least."""
    perhaps(stage, lambda: live_app(stage))
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy)


@recipe("GET /v1/admin/payouts/pending")
def pending_payouts(stage: Stage) -> Ready:
    """List the payouts that wait, of which there is one at least."""
    perhaps(stage, lambda: stage.shared("a payout", lambda: payout(stage, wealthy(stage).owner)))
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy)


@recipe("POST /v1/admin/payouts/{payout_id}/approve", "POST /v1/admin/payouts/{payout_id}/reject")
def decide_payout(stage: Stage) -> Ready:
    """Decide on a payout that was just asked for."""
    owner = wealthy(stage).owner
    body = {"note": "Bank details were checked."}
    watch = (Read("GET /v1/developer/payouts", owner.bearer), Read("GET /v1/developer/earnings", owner.bearer))
    number = payout(stage, owner)
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy, {"payout_id": number}, body=body, watch=watch)


@recipe("GET /v1/admin/developer/config")
def developer_config(stage: Stage) -> Ready:
    """Read the table of tiers."""
    return Ready(stage.cast.deputy.bearer, stage.cast.deputy)
