"""A world of a server as this process sees it: taken from the control plane in one piece, to judge and pick from."""

from __future__ import annotations

from typing import Any

from specdouble.mock.control.actions import from_json
from specdouble.mock.state.world import World
from tests.pack import Options, boot
from tests.soak.link import control
from tests.world import invariants


class Mirror:
    """A world in this process that `take` makes equal to one of a server."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.platform = boot(Options(seed=3))

    @property
    def world(self) -> World:
        """The world, as it was when it was last taken."""
        return self.platform.world

    def fetch(self, port: int) -> dict[str, Any] | None:
        """Return what a server shows of its world, or None where it refuses; raises `LostError`."""
        answer = control(port, "GET", "world", world=self.name)
        return answer.json if answer.status == 200 else None

    def put(self, shown: dict[str, Any]) -> None:
        """Make this world what a server showed."""
        world = self.world
        collections = shown["collections"]
        for name, docs in collections.items():
            if world.state[name].declared.own:
                collections[name] = [{field: from_json(one) for field, one in doc.items()} for doc in docs]
        world.clock.offset = shown["clock"]["offset_seconds"]
        world.restore(collections)

    def broken(self) -> list[str]:
        """Return what is not true of the world."""
        return [*invariants.broken(self.world), *halves(self.world)]


def halves(world: World) -> list[str]:
    """Return who was registered by half: a registration grants tokens, makes a wallet and installs apps, all at once.

    It also signs in, but a session ends; `tests.soak.kills`, where none does, looks for that too.
    """
    state, found = world.state, []
    for user in state["users"].find():
        if user["email"].endswith("@killed.example.com"):
            who = user["imperal_id"]
            sessions, ledger, installs = (state[name].count(user_id=who) for name in ("sessions", "ledger", "installs"))
            if who not in state["wallets"] or not ledger or not installs or sessions != 1:
                found.append(f"{user['email']} has {sessions} sessions, {ledger} entries and {installs} apps")
    return found
