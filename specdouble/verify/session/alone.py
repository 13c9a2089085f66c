"""Turns: a test that changes what everybody sees is made while nobody else is inside a test.

The processes of a run share one server, and another run on this machine may use it too. Almost every test keeps to
people and things of its own; one that makes an app part of the platform, for instance, changes the extensions of
everybody for a moment, and a test elsewhere that compares before with after would blame the wrong request. Such a test
carries the mark `alone`.

Every test waits at the gate and then takes the floor, together with others or alone. Who wants it alone keeps the gate
closed while waiting, so that nobody slips in before.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on this system: the processes of a run do not wait for each other there
    fcntl = None  # type: ignore[assignment]


@contextmanager
def turn(target: str, *, alone: bool) -> Iterator[None]:
    """Wait for one's turn among those of this user who test a target, and keep it until the end of the block."""
    if fcntl is None:
        yield
        return
    gate_file, floor_file = (_file(target, name) for name in ("gate", "floor"))
    with gate_file.open("w") as gate, floor_file.open("w") as floor:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(floor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


def _file(target: str, name: str) -> Path:
    user = os.getuid() if hasattr(os, "getuid") else ""
    mark = hashlib.sha256(f"{user} {target}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir(), f"specdouble-{mark}.{name}.lock")
