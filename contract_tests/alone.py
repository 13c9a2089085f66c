"""Turns: a test that changes what everybody sees is made while no other process of the run is inside a test.

The processes of a run share one server. Almost every test keeps to people and things of its own; one that makes an app
part of the platform, for instance, changes the extensions of everybody for a moment, and a test elsewhere that
compares before with after would blame the wrong request. Such a test carries the mark `alone`.

Every test waits at the gate and then takes the floor, together with others or alone. Who wants it alone keeps the gate
closed while waiting, so that nobody slips in before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on this system: the processes of a run do not wait for each other there
    fcntl = None  # type: ignore[assignment]


@contextmanager
def turn(run: str, *, alone: bool) -> Iterator[None]:
    """Wait for one's turn among the processes of a run, and keep it until the end of the block."""
    if fcntl is None:
        yield
        return
    where = Path(tempfile.gettempdir())
    gate_file, floor_file = (where / f"understudy-{run}.{name}.lock" for name in ("gate", "floor"))
    with gate_file.open("w") as gate, floor_file.open("w") as floor:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(floor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
