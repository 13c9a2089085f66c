"""Developers: tiers and what they allow, enrolment, the profile, and which apps are whose."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, Problem, World, invalid, parse_stamp, timer

from ..money import _money

TIERS: dict[str, dict[str, Any]] = {
    "explorer": {
        "revenue_split_dev": 70,
        "max_apps": 1,
        "payout_enabled": False,
        "analytics_days": 7,
        "rate_limit_per_min": 100,
        "annual_price_tokens": 0,
    },
    "indie": {
        "revenue_split_dev": 80,
        "max_apps": 3,
        "payout_enabled": True,
        "analytics_days": 30,
        "rate_limit_per_min": 500,
        "annual_price_tokens": 9_000,
    },
    "studio": {
        "revenue_split_dev": 85,
        "max_apps": 10,
        "payout_enabled": True,
        "analytics_days": 90,
        "rate_limit_per_min": 2_000,
        "annual_price_tokens": 29_000,
    },
    "partner": {
        "revenue_split_dev": 95,
        "max_apps": None,
        "payout_enabled": True,
        "analytics_days": 365,
        "rate_limit_per_min": 5_000,
        "annual_price_tokens": 79_000,
    },
}
GRANTED = "partner"  # an administrator's to give
YEAR = 365 * 86400
RESERVED = frozenset({"admin", "administrator", "developer", "imperal", "root", "support", "system", "webbee"})
PARTNER_IS_GRANTED = "The tier partner is granted by an administrator. Choose indie or studio, or ask for it."


def tier(developer: Doc) -> dict[str, Any]:
    """Return what a developer's tier allows; ``max_apps`` of None has no cap."""
    return TIERS[developer["tier"]]


def by_id(world: World, developer_id: str) -> Doc | None:
    """Find a developer by ``imp_dev_…`` or by the person's ``imperal_id``."""
    developers = world.state["developers"]
    return developers.first(developer_id=developer_id) or developers.get(developer_id)


def enrol(world: World, user: Doc, body: Doc) -> Doc:
    """Make a person a developer (rules M09, M10); a paid tier costs its year at once.

    Refuses with 400 a second enrolment and a nickname that is taken or reserved, with 402 a tier that the wallet cannot
    pay.
    """
    user_id, nickname, chosen = user["imperal_id"], body.get("nickname"), body.get("tier", "explorer")
    if user_id in world.state["developers"]:
        raise Problem(400, "You are already registered as a developer. GET /v1/developer/profile shows you.")
    if nickname:
        _claim_nickname(world, user_id, nickname)
    price = TIERS[chosen]["annual_price_tokens"]
    _money.require_balance(world, user_id, price)
    if chosen == GRANTED and user["role"] != "admin":
        raise invalid((("body", "tier"), PARTNER_IS_GRANTED, "value_error"))
    developer = _new(world, user_id, body, chosen)
    world.state["developers"].add(developer)
    _pay_year(world, developer)
    return developer


def _claim_nickname(world: World, user_id: str, nickname: str) -> None:
    holder = world.state["users"].first(nickname=nickname)
    if nickname in RESERVED:
        raise Problem(400, f"The nickname {nickname!r} is reserved. Choose another one.")
    if holder is not None and holder["imperal_id"] != user_id:
        raise Problem(400, f"The nickname {nickname!r} is taken. Choose another one.")
    world.state["users"].update(user_id, nickname=nickname)


def change_tier(world: World, user: Doc, chosen: str) -> Doc:
    """Put a developer on another tier and take its yearly price; apps keep their split (rule M25).

    Refuses with 409 the present tier, with 403 partner for who is no admin, with 402 what the wallet cannot pay.
    """
    developer = world.state["developers"].get(user["imperal_id"])
    assert developer is not None  # noqa: S101 - the policy has made sure of it
    if developer["tier"] == chosen:
        raise Problem(409, f"You are on the tier {chosen!r} already. Choose a different one.")
    if chosen == GRANTED and user["role"] != "admin":
        raise Problem(403, PARTNER_IS_GRANTED)
    price = TIERS[chosen]["annual_price_tokens"]
    _money.require_balance(world, user["imperal_id"], price)
    changed = _pay_year(world, world.state["developers"].update(user["imperal_id"], tier=chosen))
    return {"tier": chosen, "charged_tokens": price, "renews_at": changed["tier_renews_at"]}


def grant(world: World, user: Doc, chosen: str, by: str) -> Doc:
    """Put a person on a tier at nobody's cost for its first year; who never enrolled becomes a developer.

    A ledger entry of 0 tokens says so. The year after is the developer's to pay, as always.
    """
    developers, user_id = world.state["developers"], user["imperal_id"]
    if user_id not in developers:
        developers.add(_new(world, user_id, {}, chosen))
    world.cancel_timers("developer.renew", imperal_id=user_id)
    until = world.clock.now() + YEAR if TIERS[chosen]["annual_price_tokens"] else None
    if until is not None:
        world.at(until, "developer.renew", imperal_id=user_id)
    renews_at = None if until is None else world.clock.stamp(until)
    _money.credit(world, user_id, 0, "tier_fee", description=f"Developer tier {chosen}, granted by {by}")
    world.emit(user_id, "developer.tier_granted", {"tier": chosen})
    return developers.update(user_id, tier=chosen, tier_renews_at=renews_at)


def _new(world: World, user_id: str, body: Doc, chosen: str) -> Doc:
    return {
        "imperal_id": user_id,
        "developer_id": world.ids.new("imp_dev_", 8),
        "display_name": body.get("display_name") or None,
        "website": body.get("website") or None,
        "description": body.get("description") or None,
        "tier": chosen,
        "tier_renews_at": None,
        "registered_at": world.clock.stamp(),
    }


def _pay_year(world: World, developer: Doc) -> Doc:
    """Take the price of a year on a developer's tier, if it has one, and plan the next."""
    user_id, price = developer["imperal_id"], tier(developer)["annual_price_tokens"]
    world.cancel_timers("developer.renew", imperal_id=user_id)
    if not price:
        return world.state["developers"].update(user_id, tier_renews_at=None)
    _money.debit(world, user_id, price, "tier_fee", description=f"Developer tier {developer['tier']}, one year")
    until = world.clock.now() + YEAR
    world.at(until, "developer.renew", imperal_id=user_id)
    return world.state["developers"].update(user_id, tier_renews_at=world.clock.stamp(until))


def schedule(world: World) -> None:
    """Let the paid tiers of the seed data renew by themselves."""
    for developer in world.state["developers"]:
        if developer["tier_renews_at"] is not None:
            at = parse_stamp(developer["tier_renews_at"])
            world.at(at, "developer.renew", imperal_id=developer["imperal_id"])


@timer("developer.renew")
def renew(world: World, imperal_id: str) -> None:
    """Take the next year of a paid tier; a wallet that cannot pay falls back to explorer."""
    developer = world.state["developers"].get(imperal_id)
    if developer is None:
        return
    if _money.balance(world, imperal_id) < tier(developer)["annual_price_tokens"]:
        developer = world.state["developers"].update(imperal_id, tier="explorer")
    _pay_year(world, developer)
    world.emit(imperal_id, "developer.tier_renewed", {"tier": developer["tier"]})


def profile(world: World, user: Doc) -> Doc:
    """Write a developer's own profile (DeveloperProfileResponse)."""
    developer = world.state["developers"].get(user["imperal_id"])
    assert developer is not None  # noqa: S101 - the policy has made sure of it
    return {
        "imperal_id": user["imperal_id"],
        "email": user["email"],
        "nickname": user["nickname"],
        "tier": developer["tier"],
        "apps_count": world.state["apps"].count(developer_id=developer["developer_id"]),
        "total_earnings": world.state["earnings"].sum("developer_share", imperal_id=user["imperal_id"]),
        "registered_at": developer["registered_at"],
        "display_name": developer["display_name"],
        "website": developer["website"],
        "description": developer["description"],
    }


def owns(world: World, user_id: str, app_id: str) -> bool:
    """Tell whether an app is a person's own as its developer."""
    app, developer = world.state["apps"].get(app_id), world.state["developers"].get(user_id)
    return app is not None and developer is not None and bool(app["developer_id"] == developer["developer_id"])


def own_app(world: World, user_id: str, app_id: str) -> Doc:
    """Return an app of a developer; somebody else's is unknown to them (404)."""
    app = world.state["apps"].get(app_id)
    if app is None or not owns(world, user_id, app_id):
        raise Problem(404, f"There is no app {app_id!r} of yours. GET /v1/developer/apps lists them.")
    return app


def require_room(world: World, developer: Doc) -> None:
    """Refuse with 403 an app beyond the tier's cap; apps in every state count (rule M13)."""
    cap = tier(developer)["max_apps"]
    if cap is not None and world.state["apps"].count(developer_id=developer["developer_id"]) >= cap:
        higher = "ask an administrator for partner" if developer["tier"] == "studio" else "move to a higher tier"
        raise Problem(403, f"The tier {developer['tier']!r} allows {cap} app(s). Delete one, or {higher}.")
