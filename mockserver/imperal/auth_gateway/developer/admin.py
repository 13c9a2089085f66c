"""Administration of developers' apps and payouts, and the default settings of tenants."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, invalid, op

from ..apps import _lifecycle, _listing
from ..identity import _settings
from ..kernel import _kernel
from ..rights import _tenancy, _trail
from . import _developers, _earnings

NOT_THE_PLATFORM = "Apps and payouts are the platform's: this needs an admin of its own tenant."
STATUS_NOTE = "is not waiting for review; only a submitted app can be"


def _require_platform(call: Call) -> None:
    """Refuse with 403 the admin of a customer's tenant: apps and payouts belong to all tenants (rule I03)."""
    if not _tenancy.runs_platform(call):
        raise Problem(403, NOT_THE_PLATFORM)


def _app(call: Call) -> Doc:
    _require_platform(call)
    return _lifecycle.known_app(call)


# -- apps ----------------------------------------------------------------------------------------------------------


@op("GET /v1/admin/apps")
def apps(call: Call) -> list[Doc]:
    """List every app in every state."""
    _require_platform(call)
    return [_listing.view(call.world, app) for app in call.state["apps"]]


@op("GET /v1/admin/apps/pending")
def pending(call: Call) -> list[Doc]:
    """List the review queue, longest waiting first (E07)."""
    _require_platform(call)
    queue = sorted(call.state["apps"].find(status="pending_review"), key=lambda app: str(app["submitted_at"]))
    return [call.show(app, display_name=app["name"]) for app in queue]


@op("POST /v1/admin/apps/{app_id}/approve")
def approve(call: Call) -> Doc:
    """Publish a submitted app."""
    app = _app(call)
    detail = f"{app['app_id']!r} {STATUS_NOTE} approved."
    moved = _lifecycle.step(call.world, app, "active", detail, reject_reason=None)
    _trail.audit(call, "app.approve", "app", app["app_id"], {"status": "active"})
    return call.show(moved)


@op("POST /v1/admin/apps/{app_id}/reject")
def reject(call: Call) -> Doc:
    """Send a submitted app back to draft with a reason (M17)."""
    app, reason = _app(call), call.body["reason"]
    detail = f"{app['app_id']!r} {STATUS_NOTE} rejected."
    moved = _lifecycle.step(call.world, app, "draft", detail, reject_reason=reason)
    _trail.audit(call, "app.reject", "app", app["app_id"], {"status": "draft", "reject_reason": reason})
    return call.show(moved)


@op("POST /v1/admin/apps/{app_id}/status")
def set_status(call: Call) -> Doc:
    """Put an app into a state directly; the one it has already changes nothing (M27)."""
    app, status = _app(call), call.body["status"]
    if app["status"] != status:
        app = _lifecycle.enter(call.world, app, status)
        _trail.audit(call, "app.status", "app", app["app_id"], {"status": status})
    return call.show(app)


@op("DELETE /v1/admin/apps/{app_id}")
def purge(call: Call) -> Doc:
    """Remove an app from the whole platform; a live one only with ``force`` (E09).

    A person repeats the app's name in the body; the SDK's service client sends none.
    """
    app = _app(call)
    app_id = app["app_id"]
    if call.raw:
        _lifecycle.require_name(app, call.body["confirm_name"])
    elif not call.caller.service:
        raise invalid((("body",), "Field required", "missing"))
    if app["status"] == "active" and not call.body.get("force", False):
        raise Problem(409, f"{app_id!r} is still active; suspend it first, or repeat the call with force set to true.")
    removed = _lifecycle.erase(call.world, app)
    _trail.audit(call, "app.purge", "app", app_id, {"installs_purged": removed})
    return {"app_id": app_id, "status": "deleted", "installs_purged": removed}


@op("POST /v1/admin/apps/{app_id}/sync-pricing")
def sync_pricing(call: Call) -> Doc:
    """Publish the prices of one app anew. Calls here always charge the stored prices, so nothing is left to do."""
    app_id = _app(call)["app_id"]
    _trail.audit(call, "app.sync_pricing", "app", app_id)
    return {"app_id": app_id, "synced": 1, "status": "ok"}


@op("POST /v1/admin/apps/{app_id}/metadata")
def rename(call: Call) -> Doc:
    """Give an app another name to be shown by; the Registry keeps its own (M21)."""
    app, name = _app(call), call.body["display_name"]
    call.state["apps"].update(app["app_id"], name=name)
    _trail.audit(call, "app.metadata", "app", app["app_id"], {"display_name": [app["name"], name]})
    return {"app_id": app["app_id"], "display_name": name}


@op("POST /v1/admin/apps/sync-pricing")
def sync_all_pricing(call: Call) -> Doc:
    """Publish the prices of every active app anew, and count them (E07)."""
    _require_platform(call)
    _trail.audit(call, "app.sync_pricing", "app", "*")
    return {"synced": call.state["apps"].count(status="active"), "status": "ok"}


# -- payouts -------------------------------------------------------------------------------------------------------


@op("GET /v1/admin/payouts/pending")
def pending_payouts(call: Call) -> list[Doc]:
    """List the payouts that wait for a decision, oldest first."""
    _require_platform(call)
    return call.show_all(call.state["payouts"].find(status="pending"))


@op("POST /v1/admin/payouts/{payout_id}/approve")
def approve_payout(call: Call) -> Doc:
    """Approve a payout; two days later its money has arrived and it is paid."""
    _require_platform(call)
    return call.show(_earnings.decide(call, "approved"))


@op("POST /v1/admin/payouts/{payout_id}/reject")
def reject_payout(call: Call) -> Doc:
    """Refuse a payout; its amount can be asked for again."""
    _require_platform(call)
    return call.show(_earnings.decide(call, "rejected"))


@op("GET /v1/admin/developer/config")
def developer_config(_call: Call) -> Doc:
    """Show the tiers and the rules of payouts."""
    return {
        "tiers": _developers.TIERS,
        "min_payout_tokens": _earnings.MIN_PAYOUT_TOKENS,
        "token_usd_rate": _earnings.TOKEN_USD_RATE,
    }


@op("POST /v1/admin/developer/tier")
def grant_tier(call: Call) -> Doc:
    """Put a person on a tier without a charge; a new one becomes a developer."""
    _require_platform(call)
    user, chosen = _kernel.named_person(call), call.body["tier"]
    by = call.caller.user["imperal_id"] if call.caller.user else "service"
    _developers.grant(call.world, user, chosen, by)
    _trail.audit(call, "developer.tier", "user", user["imperal_id"], {"tier": chosen})
    return {"user_id": user["imperal_id"], "tier": chosen, "comped_by": by}


# -- tenant defaults -----------------------------------------------------------------------------------------------


@op("GET /v1/admin/tenant-defaults")
def tenant_defaults(call: Call) -> Doc:
    """Show the settings that a tenant's users inherit."""
    tenant_id = _tenant_id(call)
    return {"tenant_id": tenant_id, "settings": _settings.tenant_defaults(call.world, tenant_id)}


@op("PATCH /v1/admin/tenant-defaults")
def patch_tenant_defaults(call: Call) -> Doc:
    """Merge settings into a tenant's defaults; null takes one back to the platform's own."""
    tenant_id = _tenant_id(call)
    if not call.body:
        raise Problem(400, "Nothing to change; send at least one setting.")
    _settings.merge_tenant_defaults(call.world, tenant_id, call.body)
    _trail.audit(call, "tenant.defaults", "tenant", tenant_id, dict(call.body), tenant_id)
    return {"updated": list(call.body)}


def _tenant_id(call: Call) -> str:
    """Return the tenant of the query; an admin of another tenant than the platform's knows only their own (I03)."""
    tenant_id: str = call.query["tenant_id"]
    mine = _tenancy.reaches(call, tenant_id) or _tenancy.runs_platform(call)
    if tenant_id not in call.state["tenants"] or not mine:
        raise Problem(404, f"There is no tenant {tenant_id!r}; list the tenants to find the right one.")
    return tenant_id
