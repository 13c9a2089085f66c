"""An event stream as WSGI sends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from specdouble.mock.pipeline.reply import Broken
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World
from specdouble.mock.transports.breaking import BrokenConnectionError, StalledError, frames_until


class Frames:
    """A stream that is sent from a thread; heartbeats keep it open. It may be closed from another thread."""

    def __init__(self, listener: Listener, world: World, broken: Broken | None = None) -> None:
        self._listener = listener
        self._world = world
        self._broken = broken
        self._last = False
        self._ready = threading.Event()
        listener.wake = self._ready.set

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Wait for what comes next.

        Raises:
            BrokenConnectionError: a fault breaks the stream off.
            StalledError: a fault lets nothing more come.

        """
        listener, ready, broken = self._listener, self._ready, self._broken
        while not listener.closed and not self._last:
            ready.clear()
            waiting, self._last = (listener.take(), False) if broken is None else frames_until(listener, broken)
            if waiting:
                return waiting
            if not self._last and not ready.wait(self._world.options.heartbeat_seconds):
                if not listener.admitted():
                    break
                return listener.format.heartbeat
        self.close()
        if self._last and broken is not None:
            said = "the stream was broken off by a fault"
            raise StalledError(said) if broken.kind == "stall" else BrokenConnectionError(said)
        raise StopIteration

    def close(self) -> None:
        """End the stream; who waits for it waits no longer."""
        self._listener.closed = True
        self._world.hub.leave(self._listener)
        self._world.watchers.leave(self._listener)
        self._ready.set()

    __del__ = close
