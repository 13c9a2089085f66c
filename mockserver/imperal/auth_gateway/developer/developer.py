"""The developer portal: enrolment, apps from draft to review, deploys, earnings and payouts."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..apps import _apps, _lifecycle, _listing
from ..rights import _trail
from . import _deploys, _developers, _earnings, _manifests


def _own_app(call: Call) -> Doc:
    return _developers.own_app(call.world, call.user_id, call.params["app_id"])


def _developer(call: Call) -> Doc:
    """Return the caller's developer record; the policy has refused who has none (M08)."""
    return call.need("developers", call.user_id, "You are not a registered developer.", 403)


# -- the developer -------------------------------------------------------------------------------------------------


@op("POST /v1/developer/register")
def register(call: Call) -> Doc:
    """Enrol the caller (M09, M10); who writes as the portal does, with tier or nickname, is told what came of it."""
    developer = _developers.enrol(call.world, call.user, call.body)
    _trail.audit(call, "developer.register", "user", call.user_id, {"tier": developer["tier"]})
    if not call.given("tier", "nickname"):
        return {}
    user = call.need("users", call.user_id, "The user is gone.", 400)
    return {"tier": developer["tier"], "nickname": user["nickname"], "registered_at": developer["registered_at"]}


@op("GET /v1/developer/profile")
def profile(call: Call) -> Doc:
    """Show the caller's developer profile (M08)."""
    return _developers.profile(call.world, call.user)


@op("PUT /v1/developer/tier")
def change_tier(call: Call) -> Doc:
    """Change the caller's tier for its yearly price (M25)."""
    changed = _developers.change_tier(call.world, call.user, call.body["tier"])
    _trail.audit(call, "developer.tier", "user", call.user_id, {"tier": changed["tier"]})
    return changed


# -- apps ----------------------------------------------------------------------------------------------------------


@op("GET /v1/developer/apps")
def apps(call: Call) -> list[Doc]:
    """List the caller's apps, newest first."""
    own = call.state["apps"].newest(developer_id=_developer(call)["developer_id"])
    return [_listing.view(call.world, app) for app in own]


@op("POST /v1/developer/apps")
def create(call: Call) -> Doc:
    """Create an app in draft (M08, M11, M12, M13)."""
    developer, app_id = _developer(call), call.body["app_id"]
    app = _listing.draft(call.world, developer, call.body, _developers.tier(developer)["revenue_split_dev"])
    held = call.state["apps"].get(app_id)
    if held is not None and (held.get("system") or held["developer_id"] == _apps.FIRST_PARTY):
        raise Problem(400, f"{app_id!r} is already in use by a built-in app. Choose another app_id.")
    if held is not None:
        raise Problem(409, f"{app_id!r} already exists. Choose another app_id.")
    _developers.require_room(call.world, developer)
    call.state["apps"].add(app)
    call.world.emit(call.user_id, "developer.app_status", {"app_id": app_id, "status": "draft", "reject_reason": None})
    return _listing.view(call.world, app)


@op("GET /v1/developer/apps/{app_id}")
def read(call: Call) -> Doc:
    """Show an app of the caller."""
    return _listing.view(call.world, _own_app(call))


@op("PUT /v1/developer/apps/{app_id}")
def update(call: Call) -> Doc:
    """Change the given fields of an app; prices only while it is not live (M18)."""
    app = _own_app(call)
    changes = _listing.written(call.body)
    if app["status"] in _lifecycle.LOCKED and any(name in changes for name in _listing.PRICES):
        raise Problem(409, f"Prices are locked while the app is {app['status']}. Suspend it, then change them.")
    if changes:
        app = call.state["apps"].update(app["app_id"], **changes)
    return _listing.view(call.world, app)


@op("DELETE /v1/developer/apps/{app_id}")
def delete(call: Call) -> Doc:
    """Delete an app for good (M19, E09); its slug is free again."""
    app = _own_app(call)
    _lifecycle.delete(call.world, app, call.body["confirm_name"])
    _trail.audit(call, "app.delete", "app", app["app_id"])
    return {"app_id": app["app_id"], "status": "deleted", "reject_reason": None}


@op("POST /v1/developer/apps/{app_id}/submit")
def submit(call: Call) -> Doc:
    """Send an app to review; without a successful deploy it answers which check failed (M15, M16)."""
    return _lifecycle.submit(call.world, _own_app(call))


@op("POST /v1/developer/apps/{app_id}/suspend")
def suspend(call: Call) -> Doc:
    """Take a live app off the marketplace, or one out of review: nobody can use it until it is approved again."""
    app = _own_app(call)
    detail = f"{app['app_id']!r} is {app['status']}: there is nothing to suspend. POST …/submit sends it to review."
    return call.show(_lifecycle.step(call.world, app, "suspended", detail))


@op("GET /v1/developer/apps/{app_id}/analytics")
def analytics(call: Call) -> Doc:
    """Show the use and the revenue of an app within the tier's window (M20)."""
    return _earnings.analytics(call.world, _developer(call), _own_app(call), call.query["days"])


# -- deploys -------------------------------------------------------------------------------------------------------


@op("GET /v1/developer/apps/{app_id}/deploys")
def deploys(call: Call) -> list[Doc]:
    """List the deploys of an app, newest first."""
    return call.show_all(call.state["deploys"].newest(app_id=_own_app(call)["app_id"]))


@op("POST /v1/developer/apps/{app_id}/deploys")
def deploy(call: Call) -> Doc:
    """Record a deploy; one with a version waits for the pipeline (M14)."""
    return call.show(_deploys.record(call.world, _own_app(call), call.body))


@op("POST /v1/developer/apps/{app_id}/_sync_manifest")
def sync_manifest(call: Call) -> Doc:
    """Store what a deploy built on the gateway's copy only (S05, M21, M22, M23)."""
    app = _lifecycle.known_app(call)
    changes: Doc = {}
    if "icon_svg" in call.body:
        changes["icon_svg"] = _manifests.read_icon(call.body["icon_svg"])
    if "manifest_json" in call.body:
        changes["manifest_json"] = _manifests.read(call.body["manifest_json"])
    if "tools_json" in call.body:
        changes["tools_json"] = _manifests.read_tools(call.body["tools_json"])
    system = call.body.get("system", (changes.get("manifest_json") or {}).get("system"))
    if system is not None:
        changes["system"] = system
    fields = [name for name in ("icon_svg", "manifest_json", "tools_json", "system") if name in changes]
    if "tools" in changes.get("manifest_json", ()) and "tools_json" not in changes:
        changes["tools_json"] = None  # or an older list would hide the tools of the new manifest
    if changes:
        call.state["apps"].update(app["app_id"], **changes)
        _trail.audit(call, "app.sync_manifest", "app", app["app_id"], {"fields": fields})
    if system:
        _lifecycle.install_for_everybody(call.world, app["app_id"])
    return {"updated": bool(fields), "fields": fields}


# -- money ---------------------------------------------------------------------------------------------------------


@op("GET /v1/developer/earnings")
def earnings(call: Call) -> Doc:
    """Show the caller's totals."""
    return _earnings.totals(call.world, call.user_id)


@op("GET /v1/developer/earnings/{app_id}")
def earnings_of_app(call: Call) -> Doc:
    """Show what one app of the caller has earned."""
    return _earnings.of_app(call.world, call.user_id, _own_app(call)["app_id"])


@op("POST /v1/developer/payouts/request")
def request_payout(call: Call) -> Doc:
    """Ask for a payout of at least 10,000 tokens (M26, D08)."""
    return call.show(_earnings.request_payout(call.world, _developer(call), call.body["amount_tokens"]))


@op("GET /v1/developer/payouts")
def payouts(call: Call) -> list[Doc]:
    """List the caller's payouts, newest first."""
    return call.show_all(call.state["payouts"].newest(imperal_id=call.user_id))
