"""What a world forgets: the oldest of what is bounded, and what ended long ago."""

from __future__ import annotations

from specdouble.mock.state.collections import State
from specdouble.mock.state.stores.store import Store

EVERY_SECONDS = 60.0  # of the world's time, at the soonest, between two looks at what has ended
_TURNS = 32  # transactions between two looks at what holds too many
_AT_ONCE = 10  # a tenth more than its bound has a collection before its oldest documents go, for they go together


class Retention:
    """Keeps the collections of a state within what they declare; `due` is when to look for what has ended next."""

    __slots__ = ("_bounded", "_ending", "_turns", "due")

    def __init__(self, state: State) -> None:
        stores = [state[name] for name in state.names()]
        self._bounded = [
            (one, one.declared.most + one.declared.most // _AT_ONCE) for one in stores if one.declared.most
        ]
        self._turns = 0
        self._ending = [one for one in stores if one.declared.ends]
        self.due = 0.0 if self._ending else float("inf")

    def trim(self) -> None:
        """Remove the oldest documents of what holds too many, in the present transaction."""
        self._turns += 1
        if self._turns % _TURNS:
            return
        for store, most in self._bounded:
            if len(store) > most:
                _forget_oldest(store)

    def sweep(self, now: float) -> None:
        """Remove what ended long ago, in the present transaction; `now` is the world's time (epoch seconds)."""
        for store in self._ending:
            field, before = store.declared.ends, now - store.declared.lingers
            for doc in store:
                ends = doc.get(field)
                if isinstance(ends, int | float) and ends <= before:
                    store.remove(doc[store.declared.key])
        self.due = now + EVERY_SECONDS if self._ending else float("inf")


def _forget_oldest(store: Store) -> None:
    over = len(store) - store.declared.most
    for number, doc in enumerate(store):
        if number == over:
            return
        store.remove(doc[store.declared.key])
