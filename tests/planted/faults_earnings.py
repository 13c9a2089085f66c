"""Faults of deploys, manifests, analytics, earnings and payouts of developers."""

from __future__ import annotations

from typing import Any

from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway import policy
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _catalogue
from specdouble.packs.imperal.mockserver.auth_gateway.developer import _developers, _earnings, _manifests
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.faults_portal import A, D, app, refuse
from tests.planted.gates import anybody, forgives, loosely
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    crash,
    field,
    loses,
    naive,
    null,
    put,
    query,
    status,
    store,
    stores,
    swap,
    unread,
    value,
)  # fmt: skip
from tests.planted.witness import Witness, names, ok

add = gateway.add
DEPLOYS, DEPLOY = (f"{one} /v1/developer/apps/{{app_id}}/deploys" for one in ("GET", "POST"))
SYNC, ANALYTICS = "POST /v1/developer/apps/{app_id}/_sync_manifest", "GET /v1/developer/apps/{app_id}/analytics"
N = f"{A}/notes"


def deploys(client: Client, path: str = N) -> Any:
    return ok(client.get(f"{path}/deploys"))


def deploy(w: Witness, **sent: Any) -> Any:
    return w.margaret.post(f"{N}/deploys", sent or {"version": "1.5.0", "changelog": "More."})


MANIFEST = {
    "manifest_schema_version": 3, "app_id": "notes", "version": "2.0.0", "name": "Notes", "description": "Notes.",
    "tools": [{"name": "pin_note", "description": "Pin.", "action_type": "write", "params_schema": {}}],
    "webhooks": [{"path": "/in", "method": "POST", "secret_header": "X-In"}],
    "secrets": [{"name": "pin_code", "description": "Pin.", "write_mode": "user"}],
}  # fmt: skip


def sync(w: Witness, by: Client | None = None, **sent: Any) -> Any:
    """Sync Notes' manifest and tell what the world knows of it then."""
    reply = (by or w.svc).post(f"{N}/_sync_manifest", sent or {"manifest_json": MANIFEST})
    mine = {one["app_id"]: names(one["functions"], "name") for one in ok(w.katherine.get("/v1/me/extensions"))}
    hooks = ok(w.get("/v1/marketplace/apps/notes/webhooks"))
    secrets = names(ok(w.katherine.get("/v1/secrets/notes")), "name")
    catalog = [one["name"] for one in ok(w.reg.get("/v1/catalog/tools")) if one["app_id"] == "notes"]
    return reply.status, mine["notes"], hooks, secrets, catalog, w.get("/v1/marketplace/apps/notes/icon").content


add("developer-deploys-oldest-first", "filters", DEPLOYS, "Deploys are listed by their ids.",
    after(lambda _call, rows: sorted(rows, key=lambda one: one["created_at"])),
    lambda w: (times := names(deploys(w.margaret), "created_at"), times == sorted(times, reverse=True))[1])  # fmt: skip
add("developer-deploys-of-others", "isolation", DEPLOYS, "The deploys of all apps are listed.",
    store("deploys", newest=lambda self, **_e: Store.newest(self)),
    lambda w: {one["app_id"] for one in deploys(w.margaret)})  # fmt: skip
add("developer-deploys-status", "enum", DEPLOYS, "A good deploy is called ok.",
    field("[].status", lambda text: text.replace("success", "ok")),
    lambda w: set(names(deploys(w.margaret), "status")))  # fmt: skip
add("developer-deploys-foreign-app", "isolation", DEPLOYS, "A developer lists the deploys of another's app.",
    swap(_developers, "own_app", lambda _inner, world, _user, app_id: world.state["apps"].get(app_id) or refuse(404)),
    lambda w: w.margaret.get(f"{A}/crm-sync/deploys").status)  # fmt: skip
add("developer-deploy-200", "status", DEPLOY, "A deploy answers 200 where 201 is promised.",
    status(200), lambda w: deploy(w).status)  # fmt: skip
add("developer-deploy-success-at-once", "states", DEPLOY, "A deploy that was asked for has succeeded already.",
    before(lambda call: call.body.setdefault("status", "success")), lambda w: ok(deploy(w))["status"])  # fmt: skip
add("developer-deploy-worker-refused", "validation", DEPLOY, "The worker's body with a commit is refused.",
    before(lambda call: call.body.get("version") or refuse(422)),
    lambda w: deploy(w, commit_sha="abc1234", status="failed").status)  # fmt: skip
add("developer-deploy-changelog-lost", "persistence", DEPLOY, "The changelog is not stored.",
    stores("deploys", changelog=None), lambda w: (ok(deploy(w)), deploys(w.margaret)[0]["changelog"])[1])  # fmt: skip
add("developer-deploy-lost", "persistence", DEPLOY, "A deploy is answered and not listed.",
    loses("deploys"), lambda w: (start := len(deploys(w.margaret)), deploy(w, commit_sha="abc1234", status="failed"),
                                 len(deploys(w.margaret)) - start)[2])  # fmt: skip
add("developer-deploy-id", "field", DEPLOY, "The id of a deploy is a number.",
    put("deploy_id", 17), lambda w: type(ok(deploy(w))["deploy_id"]).__name__)  # fmt: skip
add("developer-deploy-version-kept", "effects", DEPLOY, "A finished deploy does not move the app's version.",
    loses("apps"),
    lambda w: (deploy(w, version="1.5.0", status="success").status, app(w.margaret)["version"]))  # fmt: skip
add("developer-sync-owner", "service-token", SYNC, "The owner of an app syncs its manifest.",
    forgives(anybody, 401, 403), lambda w: sync(w, w.margaret))  # fmt: skip
add("developer-sync-token-case", "service-token", SYNC, "Any text of the right length is a service token.",
    loosely(policy, "_is_ours", lambda _inner, world, sent: len(sent) == len(world.options.service_token)),
    lambda w: sync(w, Client(w.app, {"X-Service-Token": "x" * 17}))[0])  # fmt: skip
add("developer-sync-no-functions", "effects", SYNC, "A synced manifest does not change the functions.",
    unread("manifest_json"), lambda w: sync(w))  # fmt: skip
add("developer-sync-registry-too", "effects", SYNC, "A sync writes the Registry's catalogue too.",
    after(lambda call, shown: (_catalogue.push_tools(
        call.world, call.params["app_id"],
        _manifests.registry_tools(call.state["apps"].get(call.params["app_id"])), [], None), shown)[1]),
    lambda w: sync(w))  # fmt: skip
add("developer-sync-icon-lost", "persistence", SYNC, "A synced icon is not stored.",
    unread("icon_svg"), lambda w: sync(w, icon_svg="<svg xmlns='http://www.w3.org/2000/svg'/>")[5])  # fmt: skip
add("developer-sync-icon-huge", "bounds", SYNC, "An icon above 64 KiB is stored.",
    value(_manifests, "MAX_ICON_BYTES", 10**7),
    lambda w: w.svc.post(f"{N}/_sync_manifest", {"icon_svg": "<svg>" + "x" * 65_536 + "</svg>"}).status)  # fmt: skip
add("developer-sync-text-refused", "validation", SYNC, "A manifest that is sent as text is refused.",
    before(lambda call: refuse(422) if isinstance(call.body.get("manifest_json"), str) else None),
    lambda w: sync(w, manifest_json='{"app_id": "notes", "tools": []}')[0])  # fmt: skip
add("developer-sync-system-listed", "effects", SYNC, "A manifest that says system leaves the app on the marketplace.",
    before(lambda call: (call.body.update(system=False), call.body.get("manifest_json", {}).pop("system", None))),
    lambda w: (w.svc.post(f"{N}/_sync_manifest", {"manifest_json": {**MANIFEST, "system": True}}).status,
               w.get("/v1/marketplace/apps/notes").status))  # fmt: skip
add("developer-sync-unknown-500", "500", SYNC, "Syncing an app that is not there is a crash.",
    crash(lambda call: call.params["app_id"] not in call.state["apps"]),
    lambda w: w.svc.post(f"{A}/no-app/_sync_manifest", {"system": False}).status)  # fmt: skip
add("developer-analytics-window", "bounds", ANALYTICS, "A tier looks back as long as it likes.",
    swap(_developers, "tier", lambda inner, developer: {**inner(developer), "analytics_days": 365}),
    lambda w: w.margaret.get(f"{N}/analytics?days=91").status)  # fmt: skip
add("developer-analytics-window-early", "bounds", ANALYTICS, "The last day of a tier's window is refused.",
    swap(_developers, "tier", lambda inner, developer: {
        **inner(developer), "analytics_days": inner(developer)["analytics_days"] - 1}),
    lambda w: w.margaret.get(f"{N}/analytics?days=90").status)  # fmt: skip
add("developer-analytics-days-0", "bounds", ANALYTICS, "A window of 0 days is accepted.",
    query("days", minimum=0), lambda w: w.margaret.get(f"{N}/analytics?days=0").status)  # fmt: skip
add("developer-analytics-of-others", "isolation", ANALYTICS, "A developer reads the analytics of another's app.",
    swap(_developers, "own_app", lambda _inner, world, _user, app_id: world.state["apps"].get(app_id) or refuse(404)),
    lambda w: w.margaret.get(f"{A}/crm-sync/analytics?days=7").status)  # fmt: skip
add("developer-analytics-revenue-null", "null", ANALYTICS, "The revenue is null.",
    null("total_revenue"), lambda w: ok(w.margaret.get(f"{N}/analytics?days=7"))["total_revenue"])  # fmt: skip

# -- money -----------------------------------------------------------------------------------------------------------

TOTALS, OFAPP = "GET /v1/developer/earnings", "GET /v1/developer/earnings/{app_id}"
ASK, PAYOUTS = "POST /v1/developer/payouts/request", "GET /v1/developer/payouts"


def totals(client: Client) -> Any:
    return ok(client.get(f"{D}/earnings"))


def ask(client: Client, tokens: int = 10_000) -> Any:
    return client.post(f"{D}/payouts/request", {"amount_tokens": tokens})


def asked(w: Witness) -> Any:
    """Ask for a payout: the response, what it takes from what is pending, and how many are listed."""
    start, listed = totals(w.margaret)["pending_payout"], len(ok(w.margaret.get(f"{D}/payouts")))
    reply = ask(w.margaret)
    row = ok(w.margaret.get(f"{D}/payouts"))[0]
    return (reply.status, reply.json.get("amount_usd"), start - totals(w.margaret)["pending_payout"],
            len(ok(w.margaret.get(f"{D}/payouts"))) - listed, row["amount_tokens"], row["status"])  # fmt: skip


add("developer-earnings-everybodys", "isolation", TOTALS, "The earnings of all developers are summed up.",
    after(lambda call, shown: {**shown, "total_earnings": sum(
        one["developer_share"] for one in call.state["earnings"])}),
    lambda w: totals(w.margaret)["total_earnings"] == totals(w.barbara)["total_earnings"])  # fmt: skip
add("developer-earnings-shares-swapped", "ledger", TOTALS, "The platform's share and the developer's are swapped.",
    after(lambda _call, shown: {**shown, "total_earnings": shown["total_platform_share"],
                                "total_platform_share": shown["total_earnings"]}),
    lambda w: totals(w.margaret))  # fmt: skip
add("developer-earnings-pending-ignores-open", "ledger", TOTALS, "Open payouts still count as pending.",
    after(lambda call, shown: {**shown, "pending_payout": shown["total_earnings"] - shown["paid_out"]}),
    asked)  # fmt: skip
add("developer-earnings-of-app-total", "ledger", OFAPP, "The months do not add up to the total.",
    field("total_earnings", lambda tokens: tokens + 1),
    lambda w: (shown := ok(w.margaret.get(f"{D}/earnings/expense-radar")),
               shown["total_earnings"] - sum(names(shown["by_period"], "total_earnings")))[1])  # fmt: skip
add("developer-earnings-of-foreign-app", "isolation", OFAPP, "A developer reads what another's app has earned.",
    swap(_developers, "own_app", lambda _inner, world, _user, app_id: world.state["apps"].get(app_id) or refuse(404)),
    lambda w: w.margaret.get(f"{D}/earnings/crm-sync").status)  # fmt: skip
add("developer-payout-9999", "bounds", ASK, "A payout of 9999 tokens is accepted.",
    body("amount_tokens", minimum=1), lambda w: ask(w.margaret, 9_999).status)  # fmt: skip
add("developer-payout-10000", "bounds", ASK, "A payout of exactly 10000 tokens is refused.",
    body("amount_tokens", minimum=10_001), lambda w: ask(w.margaret, 10_000).status)  # fmt: skip
add("developer-payout-too-much", "ledger", ASK, "More than there is can be paid out.",
    swap(_earnings, "totals", lambda inner, world, user_id: {**inner(world, user_id), "pending_payout": 10**9}),
    lambda w: ask(w.margaret, 900_000).status)  # fmt: skip
add("developer-payout-explorer", "states", ASK, "An explorer withdraws.",
    swap(_developers, "tier", lambda inner, developer: {**inner(developer), "payout_enabled": True}),
    lambda w: ask(w.radia).status)  # fmt: skip
add("developer-payout-usd-number", "field", ASK, "amount_usd is a number.",
    field("amount_usd", float), lambda w: ok(ask(w.margaret))["amount_usd"])  # fmt: skip
add("developer-payout-usd-cents", "rounding", ASK, "amount_usd counts a token as a cent.",
    swap(_earnings, "usd", lambda _inner, tokens: f"{tokens / 100:.2f}"), asked)  # fmt: skip
add("developer-payout-lost", "persistence", ASK, "A payout is answered and not listed.", loses("payouts"), asked)
add("developer-payout-twice", "duplicates", ASK, "One request makes two payouts.",
    around(lambda call, inner: (inner(call), inner(call))[1]), asked)  # fmt: skip
add("developer-payout-approved-at-once", "states", ASK, "A payout is approved without an administrator.",
    stores("payouts", status="approved"), asked)  # fmt: skip
add("developer-payouts-everybodys", "isolation", PAYOUTS, "The payouts of all developers are listed.",
    store("payouts", newest=lambda self, **_e: Store.newest(self)),
    lambda w: names(ok(w.margaret.get(f"{D}/payouts")), "id"))  # fmt: skip
add("developer-payouts-paid-missing", "filters", PAYOUTS, "Paid payouts are not listed.",
    after(lambda _call, rows: [row for row in rows if row["status"] != "paid"]),
    lambda w: names(ok(w.margaret.get(f"{D}/payouts")), "id"))  # fmt: skip
add("developer-payouts-naive", "timestamps", PAYOUTS, "requested_at has no offset.",
    naive("[].requested_at"), lambda w: ok(w.margaret.get(f"{D}/payouts"))[0]["requested_at"][-1])  # fmt: skip
