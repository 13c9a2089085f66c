"""Handlers that are inferred from the resource model, for the operations that no pack handles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from specdouble.mock.binding.pack import DefaultHandler, Defaults
from specdouble.mock.defaults.security import form_of_credentials
from specdouble.mock.inferred.effects.carrying import TIMER, settles
from specdouble.mock.inferred.items.keeping import ItemKeeper
from specdouble.mock.inferred.items.store import items_of
from specdouble.mock.inferred.pack import inferred
from specdouble.mock.options import Options
from specdouble.mock.state.world import World
from specdouble.openapi.contract import Contract


def inferring(contract: Contract, options: Options, missing: Mapping[str, Set[str]]) -> Defaults:
    """Return what the resource model of each service answers."""
    made = inferred(contract, missing, 0 if options.empty else options.items, options.seed, options.prefix)

    def seed(world: World) -> None:
        for one in made.values():
            one.seed(world)

    def enter(world: World) -> None:
        for one in made.values():
            items_of(one.api, world)

    def credentials(_world: World) -> Iterable[tuple[str, str]]:
        return [line for one in made.values() for line in one.credentials()]

    return Defaults(
        handlers={
            name: {key: DefaultHandler(*answer) for key, answer in one.handlers.items()} for name, one in made.items()
        },
        admit={
            one.name: made[one.name].admit if one.name in made else form_of_credentials(one)
            for one in contract.services
        },
        collections=tuple(collection for one in made.values() for collection in one.collections),
        errors={name: one.errors() for name, one in made.items()},
        spans={name: one.api.spans() for name, one in made.items()},
        further={name: one.further for name, one in made.items()},
        fixtures={name: load for one in made.values() for name, load in one.fixtures().items()},
        timers={TIMER: settles({one.api.prefix: one.api for one in made.values()})},
        seed=seed,
        enter=enter,
        credentials=credentials,
        panel={name: one.panel for name, one in made.items()},
        keepers={kind.store: ItemKeeper(one.api, kind) for one in made.values() for kind in one.api.kinds.values()},
    )
