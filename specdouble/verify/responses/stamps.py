"""Comparing the times that a server answers."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any


def moment(stamp: Any) -> float:
    """Read a timestamp as epoch seconds; what is none is not a number, and so neither before nor after anything."""
    try:
        return datetime.fromisoformat(str(stamp)).timestamp()
    except ValueError:
        return math.nan


def moved(before: Any, after: Any) -> bool:
    """Tell whether a time has moved on; one that is told in whole seconds may stand within a second."""
    if "." in str(before) or "." in str(after):
        return moment(after) > moment(before)
    return moment(after) >= moment(before)
