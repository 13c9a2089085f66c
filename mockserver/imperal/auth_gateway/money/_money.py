"""Money: wallets, their ledger and plans. Amounts are integer tokens (1 token = $0.001); prices are cents.

The ledger is the only record of money: a balance is the sum of a user's entries (rule B02), and the wallet knows
no figure of its own.
"""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World

from ..work import _tallies
from . import _rates

FREE_PLAN = "free"
MOST_CENTS = 2**53


def cents(world: World, tokens: int) -> int:
    """Price tokens in cents, rounded up: 100 cents buy as many as the token rate says."""
    return min(-(-tokens * 100 // _rates.token_rate(world)), MOST_CENTS)


def plan(world: World, plan_id: str) -> Doc | None:
    """Return a plan of the catalogue, or None."""
    return world.state["plans"].get(plan_id)


def included_tokens(paid: Doc | None) -> int:
    """Return the tokens that a month of a plan brings; 0 without a plan."""
    return int(paid["features"].get("included_tokens", 0)) if paid else 0


def entitled(world: World, user_id: str) -> Doc | None:
    """Return the plan whose limits hold for a user: their own while it runs, else the free one."""
    held = subscription(world, user_id)
    return plan(world, held["plan"] if held["status"] in ("active", "past_due") else FREE_PLAN)


def open_wallet(world: World, user_id: str) -> None:
    """Open a user's wallet with the free plan's grant; a wallet that exists stays as it is."""
    if user_id in world.state["wallets"]:
        return
    world.state["wallets"].add({"user_id": user_id, "updated_at": world.clock.stamp()})
    grant = included_tokens(plan(world, FREE_PLAN))
    if grant:
        credit(world, user_id, grant, "grant", description="Free plan grant")


def balance(world: World, user_id: str) -> int:
    """Return a user's balance in tokens: the sum of their ledger."""
    return world.state["ledger"].sum("amount", user_id=user_id)


def credit(
    world: World,
    user_id: str,
    amount: int,
    reason: str,
    *,
    description: str | None = None,
    app_id: str | None = None,
    transaction_id: str | None = None,
) -> Doc:
    """Change a balance by ``amount`` tokens (negative: a debit), write its ledger entry and tell the streams."""
    now = world.clock.stamp()
    entry = {
        "id": world.serial("ledger"),
        "user_id": user_id,
        "transaction_id": transaction_id or world.ids.new("txn_", 14),
        "amount": amount,
        "reason": reason,
        "app_id": app_id,
        "description": description,
        "created_at": now,
    }
    world.state["ledger"].add(entry)
    world.state["wallets"].put({"user_id": user_id, "updated_at": now})
    world.emit(user_id, "panel_refresh", {"panel": "wallet", "balance": balance(world, user_id), "reason": reason})
    if amount < 0 and runs_low(world, user_id):
        world.later(0, "billing.auto_topup", user_id=user_id)
    return entry


def runs_low(world: World, user_id: str) -> bool:
    """Tell whether auto top-up is on and the balance below its share of the tokens that the plan includes."""
    settings = world.state["auto_topups"].get(user_id)
    if settings is None or not settings["enabled"]:
        return False
    threshold: int = included_tokens(entitled(world, user_id)) * settings["threshold_pct"]
    return balance(world, user_id) * 100 < threshold


def debit(
    world: World, user_id: str, amount: int, reason: str, *, description: str | None = None, app_id: str | None = None
) -> Doc:
    """Take tokens from a wallet; refuses with 402 what it cannot pay."""
    require_balance(world, user_id, amount)
    return credit(world, user_id, -amount, reason, description=description, app_id=app_id)


def require_balance(world: World, user_id: str, amount: int) -> None:
    """Refuse with 402 when a wallet holds less than that many tokens."""
    held = balance(world, user_id)
    if held < amount:
        raise Problem(402, f"This costs {amount} tokens; the wallet holds {held}. Top up and try again.")


def subscription(world: World, user_id: str) -> Doc:
    """Return a user's subscription; without one it is the free plan, active and without an end."""
    held = world.state["subscriptions"].get(user_id)
    if held is not None:
        return held
    return {
        "user_id": user_id,
        "plan": FREE_PLAN,
        "status": "active",
        "started_at": None,
        "expires_at": None,
        "cancel_at_period_end": False,
        "billing_mode": "free",
        "contract_amount_cents": None,
        "billing_note": None,
        "pending_plan": None,
        "pending_period": None,
    }


def wallet_view(world: World, user_id: str) -> Doc:
    """Return the payload of balance and wallet (rule B01): the wallet joined with the plan's cap and tokens."""
    open_wallet(world, user_id)
    held, current = world.state["wallets"].get(user_id) or {}, subscription(world, user_id)
    paid = entitled(world, user_id)
    return {
        "balance": balance(world, user_id),
        "currency": "token",
        "updated_at": held["updated_at"],
        "plan": current["plan"],
        "status": current["status"],
        "cap": paid["limits"].get("tokens", 0) if paid else 0,
        "included_tokens": included_tokens(paid),
    }


def accrue(world: World, app: Doc, action: Doc, price: int) -> None:
    """Share a call's price with the app's developer: floor(base price x split / 100) is theirs (rule M24)."""
    developer = world.state["developers"].first(developer_id=app["developer_id"])
    if developer is None:
        return
    share = price * app["revenue_split_dev"] // 100
    earning = {
        "id": world.serial("earnings"),
        "imperal_id": developer["imperal_id"],
        "app_id": app["app_id"],
        "trace_id": action["trace_id"],
        "function": action["tool_name"],
        "base_price": price,
        "platform_fee": 0,
        "developer_share": share,
        "platform_share": price - share,
        "created_at": world.clock.stamp(),
    }
    world.state["earnings"].add(earning)
    _tallies.count_earning(world, earning)
