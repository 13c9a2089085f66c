"""Ends a connection that lets its thread wait for longer than it may.

A database that is frozen, or a network that swallows, neither answers nor ends a connection: only a clock does.
"""

from __future__ import annotations

import math
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

LOOK_SECONDS = 1.0  # between two looks at the clock: by so much a wait may be longer than it may


class Bound:
    """How long whoever uses a connection may wait for it; who waits for longer finds it broken.

    `broken` says that this happened.
    """

    def __init__(self, descriptor: int) -> None:
        """Watch over the connection of a descriptor until `close`."""
        # A descriptor of its own: the driver may close the other at any moment, and its number then be another's.
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._until = math.inf
        self._ended = threading.Event()
        self.broken = False
        threading.Thread(target=self._watch, name="specdouble-bound", daemon=True).start()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let whatever a block waits for come within that time."""
        self.renew(seconds)
        try:
            yield
        finally:
            self._until = math.inf

    def renew(self, seconds: float) -> None:
        """Let the time of a block begin now, and be that."""
        self._until = monotonic() + seconds

    def break_off(self) -> None:
        """Let whoever waits find the connection broken."""
        self.broken = True
        with suppress(OSError):  # it has ended by itself
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Watch no more."""
        self._ended.set()

    def _watch(self) -> None:
        with self._socket:
            while not self._ended.wait(LOOK_SECONDS):
                if monotonic() > self._until:
                    self.break_off()
                    return
