"""A world as a whole: copied, and given what another one holds. Both cost the same at any size."""

from __future__ import annotations

from collections.abc import Iterable

from specdouble.mock.state.world import World


def copy_of(world: World) -> World:
    """Return another world that holds the same and that nobody else knows, for whoever reads long in it."""
    made = world.like(world.name)
    with world.lock:
        made.have(world.present(keep_sign_ins=True))
        made.start = world.start
    return made


def adopt(world: World, other: World, names: Iterable[str]) -> None:
    """Let a world hold some collections as another one does, at its time; the other collections stay."""
    world.writing()
    with world.lock:
        world.rollback()
        world.clock.reset()
        world.clock.offset = other.clock.offset
        world.state.adopt(other.state, names)
        world.reschedule()
        if world.lasting is not None:
            world.lasting.replaced(world)
