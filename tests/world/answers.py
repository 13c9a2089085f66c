"""What is true of an answer: it says what the world says, and shows nothing hidden and nothing of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from specdouble.mock.state.world import World

Broken = Iterator[str]


def _listed(world: World, _user_id: str | None, shown: Any) -> Broken:
    """Marketplace lists hold active apps that are not the system's, with the figures of now (M02, M03)."""
    for card in shown:
        app = world.state["apps"].get(card["app_id"])
        if app is None or app["status"] != "active" or app.get("system"):
            yield f"the marketplace lists {card['app_id']}"
        elif card["install_count"] != sum(one["app_id"] == card["app_id"] for one in world.state["installs"]):
            yield f"the marketplace counts {card['install_count']} installs of {card['app_id']}"


def _queue(world: World, _user_id: str | None, shown: Any) -> Broken:
    for one in shown:
        app = world.state["apps"].get(one["app_id"])
        if app is None or app["status"] != "pending_review":
            yield f"the review queue lists {one['app_id']}"


def _wallet(world: World, user_id: str | None, shown: Any) -> Broken:
    held = sum(one["amount"] for one in world.state["ledger"] if one["user_id"] == user_id)
    if shown["balance"] != held:
        yield f"the wallet of {user_id} shows {shown['balance']}; its ledger says {held}"


def _usage(_world: World, _user_id: str | None, shown: Any) -> Broken:
    limits, used = shown["limits"], shown["usage"]
    above = {meter for meter in limits if used.get(meter, 0) > limits[meter]}
    if set(shown["exceeded"]) != above:
        yield f"usage calls {shown['exceeded']} exceeded; above their limits are {above}"


def _cards(world: World, user_id: str | None, shown: Any) -> Broken:
    if sum(card["is_default"] for card in shown) != bool(shown):
        yield "the list of cards shows not exactly one default"
    if {card["id"] for card in shown} != {one["id"] for one in world.state["cards"] if one["user_id"] == user_id}:
        yield "the list of cards is not the user's"


def _totals(world: World, user_id: str | None, shown: Any) -> Broken:
    mine = [one for one in world.state["payouts"] if one["imperal_id"] == user_id]
    asked = sum(one["amount_tokens"] for one in mine if one["status"] in ("pending", "approved"))
    if shown["total_earnings"] != shown["paid_out"] + shown["pending_payout"] + asked:
        yield f"the earnings {shown} do not add up with {asked} asked for"


def _sessions(world: World, user_id: str | None, shown: Any) -> Broken:
    rows = shown["sessions"]
    if {row["session_id"] for row in rows} != {
        one["session_id"] for one in world.state["sessions"].find(user_id=user_id)
    }:
        yield f"the sessions of {user_id} are others"
    if sum(row["current"] for row in rows) > 1:
        yield "several sessions are the current one"


def _extensions(world: World, user_id: str | None, shown: Any) -> Broken:
    for one in shown:
        app = world.state["apps"].get(one["app_id"])
        if app is None or app["status"] not in ("active", "draft"):
            yield f"me/extensions shows {one['app_id']}, which nobody may use"
        if not any(held["app_id"] == one["app_id"] for held in world.state["installs"].find(user_id=user_id)):
            yield f"me/extensions shows {one['app_id']}, which {user_id} has not installed"


ANSWERS: dict[str, Callable[[World, str | None, Any], Broken]] = {
    "GET /v1/marketplace/apps": _listed,
    "GET /v1/marketplace/featured": _listed,
    "GET /v1/admin/apps/pending": _queue,
    "GET /v1/billing/wallet": _wallet,
    "GET /v1/billing/balance": _wallet,
    "GET /v1/billing/usage": _usage,
    "GET /v1/billing/payment-methods": _cards,
    "GET /v1/developer/earnings": _totals,
    "GET /v1/auth/sessions": _sessions,
    "GET /v1/me/extensions": _extensions,
}

HIDDEN = frozenset({"password", "password_hash", "secret_hash", "refresh_hash", "token_hash", "db_config"})


def hidden_fields(value: Any) -> Broken:
    """No answer has a field that is never shown."""
    if isinstance(value, dict):
        schemas = {name for name in HIDDEN & value.keys() if isinstance(value[name], dict) and "type" in value[name]}
        yield from (f"an answer has the field {name!r}" for name in (HIDDEN & value.keys()) - schemas)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from hidden_fields(inner)


# A person's own things, by the ids that nobody else may read anywhere (I01).
PRIVATE = ("sessions", "keys", "payments", "cards", "setup_intents", "confirmations", "tasks", "actions")


def foreign_ids(world: World, user_id: str, content: bytes, asked: bytes) -> Broken:
    """What one person reads names nothing of another's, unless they asked for it by that name."""
    for name in PRIVATE:
        key = world.state[name].declared.key
        for doc in world.state[name]:
            if doc["user_id"] != user_id and doc[key].encode() in content and doc[key].encode() not in asked:
                yield f"{user_id} reads of the {name} {doc[key]} of {doc['user_id']}"
