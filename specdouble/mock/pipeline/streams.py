"""How many event streams there may be: in all worlds together, and of one caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from specdouble.mock.pipeline.problems import LimitError
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World

AGAIN_SECONDS = "5"


class Streams:
    """Bounds the streams that are open: each is a connection, and keeps what is not yet sent.

    `most` of them at this server, `each` of one caller: of a person at all servers of the same state, else of an
    address, which is whoever has connections to this server. `alive` gives the worlds.
    """

    def __init__(self, most: int, each: int, alive: Callable[[], Iterable[World]]) -> None:
        self._most = most
        self._each = each
        self._alive = alive

    def admit(self, listener: Listener, world: World, caller: str, *, person: bool = False) -> None:
        """Let a stream be opened, or refuse: one of the API joins its hub once committed, a watching one has joined.

        Raises:
            LimitError: 503, there are too many; 429, the caller has too many.

        """
        listener.caller = caller
        count = own = 0
        for one in chain.from_iterable((*alive.hub.held(), *alive.watchers) for alive in self._alive()):
            if one is not listener:
                count += 1
                own += one.caller == caller
        if person:
            own += sum(one.caller == caller for alive in self._alive() for one in alive.hub.elsewhere())
        if count < self._most and own < self._each:
            return
        world.watchers.leave(listener)
        again = (("retry-after", AGAIN_SECONDS),)
        if own >= self._each:
            said = f"You hold {own} open streams, as many as one caller may. Close one"
            raise LimitError(429, f"{said}, or start the server with --max-caller-streams.", headers=again)
        said = f"There are {count} open streams, as many as the server holds. Try again later"
        raise LimitError(503, f"{said}, or start it with --max-streams.", headers=again)
