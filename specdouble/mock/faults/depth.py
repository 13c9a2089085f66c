"""How deeply data is nested, told without going into it deeply."""

from __future__ import annotations

from typing import Any

DEEPEST = 100  # levels; what writes JSON gives up at about 250, and functions that call themselves before 1,000


def is_deep(value: Any, most: int = DEEPEST) -> bool:
    """Tell whether lists and objects are nested more than so many levels."""
    level = [value]
    for _ in range(most + 1):
        inside = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [inner for several in inside for inner in several if isinstance(inner, dict | list)]
        if not level:
            return False
    return True
