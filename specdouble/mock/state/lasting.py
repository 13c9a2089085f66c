"""What a world tells whoever makes it outlive the process; in memory nobody does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from specdouble.mock.state.world import Message, World


class TurnNeeded(BaseException):
    """What was begun as reading has to write, and others write the same worlds: it is done again in a turn to write."""


class Lasting(Protocol):
    """Is told of every change of the living worlds, each under the lock of its world.

    Where `shared`, other servers have the same worlds, and a world writes when it is its server's turn.
    """

    shared: bool

    def writing(self) -> None:
        """Hear that a world is about to write, before it does; raises `TurnNeeded`."""

    def commit(self, world: World, messages: Sequence[Message]) -> None:
        """Keep what a world wrote since it was last committed, as one transaction; called before it is.

        Its streams are told the messages by whoever is `shared`, once that is kept; else they are told at once.

        Raises:
            TurnNeeded: it may not write now.

        """

    def replaced(self, world: World) -> None:
        """Note that all documents of a world were replaced, so that the next commit keeps all of them."""

    def begun(self, world: World, keep_sign_ins: bool) -> None:
        """Keep that a world began anew, as one transaction; what people are signed in by may have stayed."""

    def enter(self, world: World) -> None:
        """Keep a world that is alive from now on, as one transaction."""

    def end(self, world: World) -> None:
        """Forget a world that has ended."""

    def secret(self, name: str, make: Callable[[], str]) -> str:
        """Return a text of that name, which is made when it is first asked for and then stays."""
