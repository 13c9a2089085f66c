"""Buying a plan: subscribing, changing, renewing, and what happens by itself when a period ends."""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World, invalid, parse_stamp, timer

from . import _cards, _money, _payments, _subscriptions

BY_SALES = frozenset({_money.FREE_PLAN, "enterprise"})
GRACE = 3 * _subscriptions.DAY
RETRY = "billing.retry_renewal"


def known_plan(world: World, plan_id: str) -> Doc:
    """Return a plan of the catalogue, or refuse with 404."""
    plan = _money.plan(world, plan_id)
    if plan is None:
        raise Problem(404, "Plan not found. Pick an id from GET /v1/billing/plans.")
    return plan


def subscribe(world: World, user_id: str, plan_id: str, period: str) -> Doc:
    """Start a paid plan with the default card and return its payment; 404, 409 or 402 otherwise."""
    plan = known_plan(world, plan_id)
    if plan_id in BY_SALES:
        raise invalid((("body", "plan_id"), f"Value error, {plan_id} cannot be bought here", "value_error"))
    if _subscriptions.paying(_money.subscription(world, user_id)):
        raise Problem(409, "A paid plan is already active. Use POST /v1/billing/change-plan to switch.")
    return _payments.charge_plan(world, user_id, "subscription", plan, period)


def change(world: World, user_id: str, plan_id: str, wanted: str | None) -> Doc:
    """Move to another plan and return a ChangePlanResult (rules B07, B10).

    Upwards, and from a plan that no longer runs, the card is charged and a new period begins at once, less what is
    left of the old one; downwards it waits for the end. ``wanted`` is the billing period, if one was named.
    """
    plan = known_plan(world, plan_id)
    held = _money.subscription(world, user_id)
    if plan_id in BY_SALES:
        raise Problem(400, f"{plan_id} cannot be chosen here. {_instead(held, plan_id)}")
    period = wanted or "monthly"
    if held["plan"] == plan_id and (wanted in (None, held["period"]) or held["status"] != "active"):
        raise Problem(409, f"The subscription is on {plan_id} already. Choose a different plan_id.")
    if held["status"] == "active" and _rank(world, plan_id, period) < _rank(world, held["plan"], held.get("period")):
        ordered = _subscriptions.order(world, user_id, plan_id, period)
        return _result("downgrade", plan_id, succeeded=True, effective_at=ordered["expires_at"], pending=True)
    payment = _payments.charge_plan(world, user_id, "subscription", plan, period, off=_unused(world, held))
    succeeded = payment["status"] == "completed"
    secret = "" if succeeded else payment["client_secret"]
    return _result("upgrade", plan_id, succeeded=succeeded, requires_action=not succeeded, client_secret=secret)


def _instead(held: Doc, plan_id: str) -> str:
    """Say how somebody gets to a plan that nobody can buy."""
    if plan_id != _money.FREE_PLAN:
        return "Ask sales for it."
    if held["plan"] == _money.FREE_PLAN:
        return "You are on it already."
    if not _subscriptions.paying(held):
        return "Your paid plan has ended: there is nothing left to leave."
    return f"Your plan ends on {held['expires_at']}." if held["cancel_at_period_end"] else "Cancel to return to free."


def renew(world: World, user_id: str) -> Doc:
    """Buy a new period of a plan that has run out and return its payment; 409 before that, 402 without the money."""
    held = _money.subscription(world, user_id)
    if held["plan"] == _money.FREE_PLAN or held["status"] == "canceled":
        raise Problem(409, "There is no paid plan to renew. POST /v1/billing/subscribe starts one.")
    if held["status"] not in ("expired", "past_due"):
        raise Problem(409, f"Too early to renew: the plan runs until {held['expires_at']}, and is paid for until then.")
    if held["billing_mode"] == "manual":
        raise Problem(402, "This plan is paid by invoice under a contract. Pay the invoice, or ask sales.")
    plan = known_plan(world, held["plan"])
    payment = _payments.charge_plan(world, user_id, "renewal", plan, held["period"])
    if payment["status"] != "completed":
        raise Problem(402, "The bank wants the holder to confirm. Make another card the default, then renew again.")
    return payment


def start(world: World) -> None:
    """Let the periods and the arrears of the seed data end by themselves."""
    for held in world.state["subscriptions"]:
        _subscriptions.schedule(world, held)
        if held["status"] == "past_due":
            ended = parse_stamp(held["expires_at"])
            world.at(ended + GRACE, RETRY, user_id=held["user_id"], expires_at=held["expires_at"])


@timer("billing.period_end")
def end_period(world: World, user_id: str, expires_at: str) -> None:
    """End a period: back to free, on with the plan (or the smaller one ordered), or into arrears."""
    held = _money.subscription(world, user_id)
    if held["expires_at"] != expires_at or held["status"] != "active":
        return
    if held["cancel_at_period_end"]:
        _end(world, held)
    elif held["billing_mode"] != "card" and held["pending_plan"] is None:
        _expire(world, held)
    elif not _renewed(world, held, parse_stamp(expires_at)):
        if _cards.default(world, user_id) is None:
            _expire(world, held)
        else:
            fall_behind(world, held)


def fall_behind(world: World, held: Doc) -> None:
    """Put a subscription whose renewal was declined into arrears; the card is tried once more after the grace."""
    late = _subscriptions.to(world, held, "past_due")
    world.later(GRACE, RETRY, user_id=late["user_id"], expires_at=late["expires_at"])
    _payments.write_to(world, late["user_id"], "payment_failed", plan=late["plan"])


@timer("billing.retry_renewal")
def retry(world: World, user_id: str, expires_at: str) -> None:
    """Try a late renewal for the last time; one that was cancelled meanwhile ends without a charge."""
    held = _money.subscription(world, user_id)
    if held["expires_at"] != expires_at or held["status"] != "past_due":
        return
    if held["cancel_at_period_end"]:
        _end(world, held)
    elif not _renewed(world, held, None):
        _expire(world, held)


def _renewed(world: World, held: Doc, start: float | None) -> bool:
    """Charge the default card for the next period; a failed payment stays in the books."""
    plan = known_plan(world, held["pending_plan"] or held["plan"])
    period = held["pending_period"] or held["period"]
    card = _cards.default(world, held["user_id"])
    if card is None:
        return False
    cents, tokens = _subscriptions.price(plan, period), _subscriptions.tokens(plan, period)
    payment = _payments.open_intent(
        world, held["user_id"], "renewal", cents, tokens, plan=plan["id"], period=period, start=start
    )
    if _payments.charge(world, payment, card)["status"] != "completed":
        return False
    key = f"renewal:{payment['payment_intent_id']}"
    _payments.write_to(world, held["user_id"], "renewal_success", dedup_key=key, plan=plan["id"])
    return True


def _end(world: World, held: Doc) -> None:
    _subscriptions.end(world, held["user_id"])
    _payments.write_to(world, held["user_id"], "plan_ended", plan=held["plan"])


def _expire(world: World, held: Doc) -> None:
    _subscriptions.to(world, held, "expired")
    _payments.write_to(world, held["user_id"], "plan_expired", plan=held["plan"])


def _unused(world: World, held: Doc) -> int:
    """Return what the rest of a running period was paid with, in cents; nothing for a period that was given."""
    plan = _money.plan(world, held["plan"])
    given = held["billing_mode"] == "free"
    if plan is None or given or held["status"] != "active" or held["expires_at"] is None:
        return 0
    left = (parse_stamp(held["expires_at"]) - world.clock.now()) / _subscriptions.SECONDS[held["period"]]
    return round(_subscriptions.price(plan, held["period"]) * max(left, 0.0))


def _rank(world: World, plan_id: str, period: str | None) -> tuple[int, int]:
    """Order plans by what they allow, then by the length of their period."""
    plan = _money.plan(world, plan_id)
    return (plan["limits"].get("tokens", 0) if plan else 0, _subscriptions.MONTHS.get(period or "monthly", 1))


def _result(action: str, plan_id: str, **more: object) -> Doc:
    return {
        "action": action,
        "plan": plan_id,
        "succeeded": False,
        "requires_action": False,
        "client_secret": "",
        "effective_at": None,
        "pending": False,
        **more,
    }
