"""The functions of the billing app; those that move money wait for the panel (rule C08)."""

from __future__ import annotations

import csv
import io
from typing import Any

from specdouble.mock.kit import Doc, World, parse_stamp

from ..functions._declared import FLAG, TEXT, WHOLE, Functions, one_of, up_to
from ..functions._inner import ask
from ..functions._outcomes import FunctionError, Performed, text, whole
from ..money import _money, _payments, _purchases, _subscriptions

FUNCTIONS = Functions("billing")
add = FUNCTIONS.add
RECENT = 10
LISTED = 100
PERIODS = {"today": 1, "7d": 7, "30d": 30, "all": None}
COLUMNS = ("id", "created_at", "amount", "reason", "description", "app_id", "transaction_id")
WAITS = "; waits for an approval in the panel."

# -- what there is -------------------------------------------------------------------------------------------------


@add("get_balance", "read", "Show the balance of the wallet.")
def _get_balance(world: World, user: Doc, _params: Doc) -> Performed:
    view = _money.wallet_view(world, user["imperal_id"])
    return view, f"Your balance is {view['balance']} tokens."


@add("get_plan", "read", "Show the plan, its status and its period.")
def _get_plan(world: World, user: Doc, _params: Doc) -> Performed:
    held = ask(world, user, "GET /v1/billing/subscription")
    return held, f"You are on the plan {held['plan']}, which is {held['status']}."


@add("list_plans", "read", "List the plans that can be subscribed to.")
def _list_plans(world: World, user: Doc, _params: Doc) -> Performed:
    plans = ask(world, user, "GET /v1/billing/plans")
    return {"plans": plans, "items": plans, "total": len(plans)}, f"{len(plans)} plans are available."


@add("list_recent", "read", "List the latest entries of the wallet.", limit=up_to(LISTED))
def _list_recent(world: World, user: Doc, params: Doc) -> Performed:
    limit = min(whole(params, "limit", RECENT), LISTED)
    entries = world.state["ledger"].page(0, limit, user_id=user["imperal_id"])
    shown = [{name: one[name] for name in ("id", "amount", "reason", "created_at")} for one in entries]
    return {"entries": shown}, f"{len(shown)} recent wallet entries."


@add("spending_report", "read", "Show what was used this month and what was spent, by app.")
def _spending_report(world: World, user: Doc, _params: Doc) -> Performed:
    usage = ask(world, user, "GET /v1/billing/usage")
    month, spent = world.clock.stamp()[:7], dict[str, int]()
    for entry in world.state["ledger"].find(user_id=user["imperal_id"]):
        if entry["amount"] < 0 and entry["created_at"][:7] == month:
            app_id = entry.get("app_id") or "platform"
            spent[app_id] = spent.get(app_id, 0) - entry["amount"]
    total = sum(spent.values())
    return {**usage, "spent_by_app": spent, "spent_tokens": total}, f"{total} tokens spent this month."


@add(
    "export_csv",
    "read",
    "Export the entries of the wallet as CSV.",
    period=one_of(*PERIODS),
    app_id=TEXT,
    tx_type=one_of("", "deduct", "credit"),
)
def _export_csv(world: World, user: Doc, params: Doc) -> Performed:
    """Write the ledger, newest first; ``tx_type`` deduct keeps what was spent, credit what came in."""
    days, kind = PERIODS[params.get("period") or "all"], params.get("tx_type") or ""
    since = 0.0 if days is None else world.clock.now() - days * 86400
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    count = 0
    for entry in world.state["ledger"].newest(user_id=user["imperal_id"]):
        wanted = params.get("app_id") in (None, "", entry.get("app_id")) and (
            not kind or (entry["amount"] < 0) == (kind == "deduct")
        )
        if wanted and parse_stamp(entry["created_at"]) >= since:
            rows.writerow(entry)
            count += 1
    name = f"wallet-{world.clock.stamp()[:10]}.csv"
    return {"filename": name, "content_type": "text/csv", "csv": out.getvalue(), "rows": count}, f"{count} rows."


@add("list_payments", "read", "List the payments, newest first.", limit=up_to(LISTED))
def _list_payments(world: World, user: Doc, params: Doc) -> Performed:
    limit = min(whole(params, "limit", 50), LISTED)
    items = ask(world, user, "GET /v1/billing/payments", query={"limit": limit})
    return _items(items, "payments")


@add("topup_status", "read", "Show how the latest top-ups ended.")
def _topup_status(world: World, user: Doc, _params: Doc) -> Performed:
    payments = world.state["payments"].newest(user_id=user["imperal_id"])
    found = [one for one in payments if one["type"] in ("topup", "auto_topup")][:RECENT]
    names = ("payment_intent_id", "tokens", "amount_cents", "status", "created_at", "completed_at")
    return _items([{name: one[name] for name in names} for one in found], "top-ups")


@add("list_payment_methods", "read", "List the saved cards.")
def _list_cards(world: World, user: Doc, _params: Doc) -> Performed:
    return _items(ask(world, user, "GET /v1/billing/payment-methods"), "cards")


@add("get_auto_topup", "read", "Show the automatic top-up.")
def _get_auto_topup(world: World, user: Doc, _params: Doc) -> Performed:
    held = ask(world, user, "GET /v1/billing/auto-topup")
    return held, f"Automatic top-up is {'on' if held['enabled'] else 'off'}."


@add("open_billing_portal", "read", "Get a link to the portal with cards and invoices.")
def _open_portal(world: World, user: Doc, _params: Doc) -> Performed:
    return ask(world, user, "POST /v1/billing/portal"), "Open the link to see cards and invoices."


def _items(items: list[Doc], word: str) -> Performed:
    return {"items": items, "total": len(items)}, f"{len(items)} {word}."


# -- what they change ----------------------------------------------------------------------------------------------


@add("set_default_payment_method", "write", "Make a saved card the default.", "pm_id", pm_id=TEXT)
def _set_default(world: World, user: Doc, params: Doc) -> Performed:
    ask(world, user, "PUT /v1/billing/payment-methods/{pm_id}/default", params={"pm_id": params["pm_id"]})
    return {"pm_id": params["pm_id"], "is_default": True}, "The card is the default now."


@add("remove_payment_method", "destructive", "Remove a saved card.", "pm_id", pm_id=TEXT)
def _remove_card(world: World, user: Doc, params: Doc) -> Performed:
    ask(world, user, "DELETE /v1/billing/payment-methods/{pm_id}", params={"pm_id": params["pm_id"]})
    return {"pm_id": params["pm_id"], "removed": True}, "The card is removed."


@add(
    "set_auto_topup",
    "write",
    "Switch the automatic top-up on or off.",
    "enabled",
    enabled=FLAG,
    threshold_pct=up_to(50),
    recharge_tokens=WHOLE,
    payment_method_id=TEXT,
)
def _set_auto_topup(world: World, user: Doc, params: Doc) -> Performed:
    """Change the automatic top-up; what is not named stays."""
    names = ("enabled", "threshold_pct", "recharge_tokens", "payment_method_id")
    held = ask(world, user, "GET /v1/billing/auto-topup")
    wanted = {name: params.get(name, held[name]) for name in names}
    ask(world, user, "PUT /v1/billing/auto-topup", body=wanted)
    return _get_auto_topup(world, user, {})


@add(
    "update_billing_profile",
    "write",
    "Change what invoices say: name, company, VAT number, country.",
    name=TEXT,
    company=TEXT,
    vat=TEXT,
    country=TEXT,
)
def _update_profile(world: World, user: Doc, params: Doc) -> Performed:
    """Overlay the fields that say something over the profile there is."""
    named = {name: params[name] for name in ("name", "company", "vat", "country") if params.get(name)}
    if not named:
        raise FunctionError("Name at least one of params.name, params.company, params.vat, params.country.")
    held = user["attributes"].get("billing")  # anything, for an administrator writes any attributes
    known = held if isinstance(held, dict) else {}
    profile = {name: value for name, value in {**known, **named}.items() if isinstance(value, str)}
    ask(world, user, "PUT /v1/billing/profile", body=profile)
    return profile, "The billing profile is updated."


# -- what moves money ----------------------------------------------------------------------------------------------


@add("topup", "write", f"Buy tokens with the default card{WAITS}", "tokens", tokens=WHOLE)
@add("buy_tokens", "write", f"Buy tokens with the default card{WAITS}", "tokens", tokens=WHOLE)
def _topup(world: World, user: Doc, params: Doc) -> Performed:
    """Buy tokens on the default card; reached only after the panel's approval (rule C08)."""
    tokens, user_id = whole(params, "tokens"), user["imperal_id"]
    payment = _payments.charge_default(world, user_id, "topup", _payments.topup_price(world, tokens), tokens)
    paid = payment["status"] == "completed"
    data = {name: payment[name] for name in ("payment_intent_id", "tokens", "status")}
    return data, f"{tokens} tokens bought." if paid else "The bank wants the holder to confirm this payment."


_PLAN: dict[str, Any] = {"plan_id": TEXT, "period": one_of("monthly", "annual")}


@add("change_plan", "write", f"Change the plan{WAITS}", "plan_id", **_PLAN)
@add("upgrade_plan", "write", f"Upgrade the plan{WAITS}", "plan_id", **_PLAN)
@add("downgrade_plan", "write", f"Downgrade the plan{WAITS}", "plan_id", **_PLAN)
def _change_plan(world: World, user: Doc, params: Doc) -> Performed:
    plan_id, period = text(params, "plan_id"), params.get("period", "monthly")
    changed = _purchases.change(world, user["imperal_id"], plan_id, period)
    return changed, f"The plan changes to {changed['plan']}."


@add("cancel_subscription", "write", f"End the plan with its period{WAITS}")
def _cancel(world: World, user: Doc, _params: Doc) -> Performed:
    return _state(_subscriptions.cancel(world, user["imperal_id"])), "The plan ends with its period."


@add("resume_subscription", "write", f"Take a cancellation back{WAITS}")
def _resume(world: World, user: Doc, _params: Doc) -> Performed:
    return _state(_subscriptions.resume(world, user["imperal_id"])), "The plan goes on."


@add("renew_subscription", "write", f"Pay for an expired plan again{WAITS}")
def _renew(world: World, user: Doc, _params: Doc) -> Performed:
    payment = _purchases.renew(world, user["imperal_id"])
    return {name: payment[name] for name in ("payment_intent_id", "status")}, "The plan runs again."


def _state(held: Doc) -> Doc:
    return {name: held[name] for name in ("plan", "status", "expires_at", "cancel_at_period_end")}


MONEY = frozenset(
    {"topup", "buy_tokens", "change_plan", "upgrade_plan", "downgrade_plan"}
    | {"cancel_subscription", "resume_subscription", "renew_subscription"}
)
