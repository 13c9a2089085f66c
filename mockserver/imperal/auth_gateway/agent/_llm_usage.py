"""What language models were used for, day by day: one row per user, and one (user ``""``) for the whole platform."""

from __future__ import annotations

from specdouble.mock.kit import Doc, World

COUNTS = ("calls", "input_tokens", "output_tokens", "total_latency_ms", "byollm_calls", "failover_calls")
EVERYBODY = ""


def track(
    world: World, user_id: str, *, input_tokens: int, output_tokens: int, latency_ms: int = 0, whose: str = ""
) -> None:
    """Count one call for the platform and, where one is named, for its user; ``whose`` is byollm, failover or ""."""
    counted = {
        "calls": 1,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_latency_ms": latency_ms,
        f"{whose}_calls": 1,
    }
    for counted_for in dict.fromkeys((EVERYBODY, user_id)):
        row = day(world, counted_for)
        sums = {name: row[name] + counted.get(name, 0) for name in COUNTS}
        world.state["llm_usage"].put({"id": f"{row['date']}:{counted_for}", **row, **sums})


def day(world: World, user_id: str = EVERYBODY, date: str = "") -> Doc:
    """Return the counts of a user, or of the platform, on a day such as ``2026-06-21``; without a date today's."""
    date = date or world.clock.stamp(world.clock.now())[:10]
    held = world.state["llm_usage"].get(f"{date}:{user_id}")
    counts = {name: held[name] if held else 0 for name in COUNTS}
    return {"date": date, "user_id": user_id, **counts}
