"""What the platform charges: figures that its administrators set, each with a default until somebody has.

A group of figures is kept whole, under the name that its route ends with. Fees and costs are integer tokens.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

DEFAULTS: dict[str, Doc] = {
    "platform-fees": {"economy": 60, "standard": 250, "premium": 2200},
    "token-rate": {"token_rate": 1000},  # tokens that one dollar buys
    "category-defaults": {"read": 1, "write": 5, "destructive": 10},
    "coding-pricing": {
        "markup": 3.0,
        "credits_per_dollar": 1000,
        "min_charge": 0,
        "grace_cap": 1000,
        "low_warn_threshold": 500,
    },
    "voice-costs": {"stt": 20, "speak": 15},
    "voice-enabled": {"enabled": True},
}
GRACE_LIMIT = 20_000  # tokens; a higher grace_cap is stored as this


def read(world: World, name: str) -> Doc:
    """Return a group of figures as it is in force."""
    held = world.state["platform_settings"].get(name)
    values: Doc = held["values"] if held else {}
    return {**DEFAULTS[name], **values}


def write(world: World, name: str, given: Doc) -> Doc:
    """Replace a group of figures and return what is now in force."""
    values = {field: given[field] for field in DEFAULTS[name]}
    if "grace_cap" in values:
        values["grace_cap"] = min(values["grace_cap"], GRACE_LIMIT)
    world.state["platform_settings"].put({"name": name, "values": values, "updated_at": world.clock.stamp()})
    return values


def token_rate(world: World) -> int:
    """Return how many tokens one dollar buys."""
    rate: int = read(world, "token-rate")["token_rate"]
    return rate


def fee(world: World, tier: str) -> int:
    """Return the platform's fee, in tokens, for a call of a model of that tier."""
    tokens: int = read(world, "platform-fees")[tier]
    return tokens


def voice_cost(world: World, what: str) -> int:
    """Return what a transcription (``stt``) or a spoken answer (``speak``) costs, in tokens."""
    tokens: int = read(world, "voice-costs")[what]
    return tokens


def voice_enabled(world: World) -> bool:
    """Tell whether voice is switched on."""
    return bool(read(world, "voice-enabled")["enabled"])


# -- models --------------------------------------------------------------------------------------------------------


def models(world: World, *, unavailable: bool) -> list[Doc]:
    """Return the models' rates in the order they were entered, on wish with those that are out of service."""
    return [rate for rate in world.state["model_rates"] if unavailable or rate["is_available"]]


def save_model(world: World, model: str, given: Doc) -> str:
    """Enter a model's rate, or replace it whole; says whether it was ``created`` or ``updated``.

    A model without a fee of its own gets the one that its tier has at that moment. Costs are dollars per 1,000 tokens.
    """
    rates = world.state["model_rates"]
    known = model in rates
    own: Any = given.get("platform_fee_default")
    rates.put(
        {
            "id": model,
            "tier": given["tier"],
            "input_cost_per_1k": given["input_cost_per_1k"],
            "output_cost_per_1k": given["output_cost_per_1k"],
            "platform_fee_default": fee(world, given["tier"]) if own is None else own,
            "is_available": given.get("is_available", True),
            "updated_at": world.clock.stamp(),
        }
    )
    return "updated" if known else "created"
