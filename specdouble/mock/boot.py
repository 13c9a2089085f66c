"""Puts documents, packs and a cast together into one running world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specdouble.mock.binding.bind import Pack, load
from specdouble.mock.options import Options
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.state.seeds import seed
from specdouble.mock.state.world import World
from specdouble.packs.documents import bundled

PACKS = ("auth_gateway", "registry")


@dataclass(slots=True)
class Platform:
    """A world and the services that share it, by pack name."""

    world: World
    packs: list[Pack]
    services: dict[str, Service]


def boot(options: Options | None = None, packs: Sequence[str] = PACKS) -> Platform:
    """Load the packs with their bundled documents over one world and seed it.

    Raises ``SpecError``, ``PackError`` or ``SeedError`` when something does not fit.
    """
    loaded = [load(name) for name in packs]
    timers = {name: function for pack in loaded for name, function in pack.timers.items()}
    collections = [collection for pack in loaded for collection in pack.collections]
    world = World(options or Options(), collections, timers)

    def cast() -> None:
        world.restore({})
        seed(world, list(packs))
        for pack in loaded:
            for start in pack.on_start:
                start(world)
        world.keep_as_pristine()

    cast()
    world.cast = cast
    services = {pack.name: Service(pack, [bundled(name) for name in pack.documents], world) for pack in loaded}
    return Platform(world, loaded, services)
