"""The time of the app; tests may move it instead of waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_ahead = timedelta()


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC) + _ahead


def advance(seconds: float) -> None:
    """Move the time forward by seconds."""
    global _ahead
    _ahead += timedelta(seconds=seconds)


def reset() -> None:
    """Return to the time of the machine."""
    global _ahead
    _ahead = timedelta()
