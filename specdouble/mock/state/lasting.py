"""What a world tells whoever makes it outlive the process; in memory nobody does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from specdouble.mock.state.world import World


class Lasting(Protocol):
    """Is told of every change of the living worlds, each under the lock of its world."""

    def commit(self, world: World) -> None:
        """Keep what a world wrote since it was last committed, as one transaction; called before it is."""

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
