"""The faults by which a run with a budget is measured, kept out of everything it learns from.

`sample.json` holds their ids: faults written by hand that the gate is known to catch, and faults that a seed draws from
all operations. They were drawn once, so that a fault that is added to the catalogue does not make another sample.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson


@cache
def sample() -> tuple[str, ...]:
    """Return the ids of the sample, in a random order, so that any beginning of it is a sample too."""
    return tuple(orjson.loads(Path(__file__).with_name("sample.json").read_bytes()))
