"""Billing for the platform: users' money by imperal_id, and the figures that administrators set."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..apps import _listing
from ..kernel import _kernel
from ..rights import _operators, _trail
from . import _money, _purchases, _rates, _stripe_keys, _subscriptions, _usage

NO_RATE = "No rate is stored for {model!r}. GET /v1/internal/billing/model-rates lists them."

# -- a user's money, as the user sees it ---------------------------------------------------------------------------


def _user_id(call: Call) -> str:
    return str(_kernel.person(call)["imperal_id"])


@op("GET /v1/billing/internal/user-limits/{user_id}")
def limits(call: Call) -> Doc:
    """Compare a user's month with the limits of their plan."""
    return _usage.view(call.world, _user_id(call))


@op("GET /v1/billing/internal/balance/{user_id}")
def balance(call: Call) -> Doc:
    """Show a user's wallet (B01, B02)."""
    return _money.wallet_view(call.world, _user_id(call))


@op("GET /v1/billing/internal/subscription/{user_id}")
def subscription(call: Call) -> Doc:
    """Show a user's subscription."""
    held = _money.subscription(call.world, _user_id(call))
    return call.show(held, card_required=_subscriptions.needs_card(held))


@op("GET /v1/billing/internal/payment-methods/{user_id}")
def payment_methods(call: Call) -> list[Doc]:
    """List a user's cards (B09)."""
    return call.show_all(call.state["cards"].find(user_id=_user_id(call)))


@op("GET /v1/billing/internal/payments/{user_id}")
def payments(call: Call) -> list[Doc]:
    """List a user's payments, newest first."""
    page = call.state["payments"].page(call.query["offset"], call.query["limit"], user_id=_user_id(call))
    return call.show_all(page)


@op("POST /v1/billing/internal/usage/track")
def track(call: Call) -> Doc:
    """Count what a user has used; the tenant is the user's own."""
    user = _kernel.named_person(call)
    _kernel.require_tenant(call, user["tenant_id"])
    return _usage.track(call.world, user["imperal_id"], call.body["meter"], call.body.get("quantity", 1))


@op("PUT /v1/internal/billing/user-plan")
def user_plan(call: Call) -> Doc:
    """Give a user a plan, by its id or its name, for one month; nobody pays, and it ends with its period."""
    operator = _operators.require(call)
    user_id, wanted = _kernel.named_person(call)["imperal_id"], call.body["plan_ref"]
    named = next((plan["id"] for plan in call.state["plans"] if plan["name"].lower() == wanted.lower()), wanted)
    plan_id = _purchases.known_plan(call.world, named)["id"]
    before = _money.subscription(call.world, user_id)["plan"]
    held = _subscriptions.give(call.world, user_id, plan_id)
    _trail.audit(call, "billing.user_plan", "user", user_id, {"plan": [before, plan_id], "by": operator})
    return {"user_id": user_id, "plan_id": plan_id, **{name: held[name] for name in ("plan", "status", "expires_at")}}


# -- what things cost ----------------------------------------------------------------------------------------------


def _named(call: Call) -> str:
    return call.op.spec.path.rpartition("/")[2]


@op(
    "GET /v1/internal/billing/platform-fees",
    "GET /v1/internal/billing/token-rate",
    "GET /v1/internal/billing/category-defaults",
    "GET /v1/internal/billing/coding-pricing",
    "GET /v1/internal/billing/voice-costs",
    "GET /v1/internal/billing/voice-enabled",
)
def figures(call: Call) -> Doc:
    """Show the group of figures that the path names."""
    return _rates.read(call.world, _named(call))


@op(
    "PUT /v1/internal/billing/platform-fees",
    "PUT /v1/internal/billing/token-rate",
    "PUT /v1/internal/billing/category-defaults",
    "PUT /v1/internal/billing/coding-pricing",
    "PUT /v1/internal/billing/voice-costs",
    "PUT /v1/internal/billing/voice-enabled",
)
def set_figures(call: Call) -> Doc:
    """Replace the group of figures that the path names; the answer is what is now in force."""
    name = _named(call)
    before = _rates.read(call.world, name)
    after = _rates.write(call.world, name, call.body)
    _trail.audit(call, "billing.figures", "billing", name, _trail.differences(before, after))
    return after


@op("PUT /v1/internal/billing/plan-feature")
def plan_feature(call: Call) -> Doc:
    """Switch a feature of a plan on or off; GET /v1/billing/plans shows it."""
    feature, enabled = call.body["feature"], call.body["enabled"]
    plan = _purchases.known_plan(call.world, call.body["plan_id"])
    call.state["plans"].update(plan["id"], features={**plan["features"], feature: enabled})
    _trail.audit(call, "billing.plan_feature", "plan", plan["id"], {feature: enabled})
    return {"plan_id": plan["id"], "feature": feature, "enabled": enabled}


# -- models --------------------------------------------------------------------------------------------------------


def _rate(call: Call) -> Doc:
    model = call.params["model"]
    return call.need("model_rates", model, NO_RATE.format(model=model[:80]))


@op("GET /v1/internal/billing/model-rates")
def model_rates(call: Call) -> list[Doc]:
    """List what models cost."""
    return _rates.models(call.world, unavailable=call.query["include_unavailable"])


@op("GET /v1/internal/billing/model-rates/{model}")
def model_rate(call: Call) -> Doc:
    """Show what a model costs, whether it is available or not."""
    return _rate(call)


@op("GET /v1/internal/billing/model-rate/{model}")
def available_rate(call: Call) -> Doc:
    """Show what an available model costs."""
    rate = _rate(call)
    if not rate["is_available"]:
        raise Problem(404, NO_RATE.format(model=rate["id"]))
    return rate


@op("PUT /v1/internal/billing/model-rates/{model}")
def save_rate(call: Call) -> Doc:
    """Enter what a model costs, or replace it."""
    model = call.params["model"]
    action = _rates.save_model(call.world, model, call.body)
    _trail.audit(call, "billing.model_rate", "model", model, dict(call.body))
    return {"model_id": model, "action": action}


@op("DELETE /v1/internal/billing/model-rates/{model}")
def withdraw_rate(call: Call) -> Doc:
    """Mark a model unavailable; its rate stays."""
    model = _rate(call)["id"]
    call.state["model_rates"].update(model, is_available=False)
    _trail.audit(call, "billing.model_rate", "model", model, {"is_available": False})
    return {"model_id": model, "action": "softdeleted"}


# -- the payment provider ------------------------------------------------------------------------------------------


@op("GET /v1/internal/billing/stripe-config")
def stripe_config(call: Call) -> Doc:
    """Show how the payment provider is set up; keys only by their ends."""
    return _stripe_keys.view(call.world, _listing.origin(call))


@op("PUT /v1/internal/billing/stripe-config", "POST /v1/internal/billing/stripe-config")
def save_stripe_config(call: Call) -> Doc:
    """Set keys of the payment provider; those that are not sent stay."""
    _stripe_keys.save(call.world, call.body)
    sent = [name for name in _stripe_keys.PREFIXES if call.body.get(name) is not None]
    _trail.audit(call, "billing.stripe_config", "billing", "stripe", {"set": sent})
    return _stripe_keys.view(call.world, _listing.origin(call))
