"""Puts a contract, the server side of its pack and seed data together into one running world."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from specdouble import packs
from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.backends.opening import open_state
from specdouble.mock.binding.bind import bind, fill, missing
from specdouble.mock.binding.load import ServerSide, load
from specdouble.mock.binding.pack import Defaults, Panel
from specdouble.mock.defaults import defaults
from specdouble.mock.faults.files import read_rules
from specdouble.mock.options import Options, Setting, urls
from specdouble.mock.pipeline.dispatch import Policy, Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import StartError, problem_details
from specdouble.mock.pipeline.streams import Streams
from specdouble.mock.state.keeping import Keeper
from specdouble.mock.state.seeds import SeedFiles, seed, settle
from specdouble.mock.state.world import World
from specdouble.mock.state.worlds import Worlds
from specdouble.mock.telemetry.observers import observe
from specdouble.openapi.contract import Contract

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper as StateKeeper


@dataclass(slots=True)
class Platform:
    """The worlds of a server, and the services that all of them share, by name; `world` is the one it starts with.

    `state` makes the worlds outlive the process, None for those in memory; `draining` while the server stops; `ending`
    is called when it has.
    """

    contract: Contract
    side: ServerSide
    world: World
    worlds: Worlds
    services: dict[str, Service]
    credentials: Callable[[World], Iterable[tuple[str, str]]]
    panel: Mapping[str, Panel] = dataclasses.field(default_factory=dict)
    keepers: Mapping[str, Keeper] = dataclasses.field(default_factory=dict)
    streams: Streams | None = None
    state: StateKeeper | None = None
    draining: bool = False
    ending: list[Callable[[], object]] = dataclasses.field(default_factory=list)

    @property
    def urls(self) -> dict[str, str]:
        """Where the services are to listen, by name, as this machine finds them."""
        return urls(self.world.options, self.world.options.ports)

    def close(self) -> None:
        """Let go of the state, where it outlives the process, and of what else ends with the server.

        Raises:
            StateFileError: what was written last cannot be kept.

        """
        while self.ending:
            self.ending.pop()()
        if self.state is not None:
            self.state.close()


def boot(contract: Contract, options: Options | None = None) -> Platform:
    """Start the services of a contract over one world and seed it.

    Raises:
        SpecError: a document cannot be used.
        PackError: the server side of the pack does not fit its documents.
        SeedError: a file of seed data cannot be loaded.
        StateFileError: the state cannot be opened, or is that of another API.

    """
    side = load(contract.name, list(contract.by_name))
    chosen = settings(contract, side, options)
    bound, filled = bound_operations(contract, side, chosen)
    collections = [one for service in side.services.values() for one in service.collections]
    timers = {name: timer for service in side.services.values() for name, timer in service.timers.items()}
    timers |= filled.timers
    pack = side.pack
    sign_in = next((one.sign_in for one in side.services.values() if one.sign_in is not None), None)
    principals = dataclasses.replace(pack.principals, sign_in=sign_in)
    world = World(chosen, [*collections, *filled.collections], timers, principals, pack.events)
    world.shared |= bound
    world.faults.know(bound, read_rules(chosen.faults) if chosen.faults else (), chosen.faults or "")
    world.journal.operations = bound
    data = seed_files(contract)

    def sow(world: World, name: str) -> None:
        seed(world, data, name, loaders=filled.fixtures)
        filled.seed(world)
        for service in side.services.values():
            for start in service.on_start:
                start(world)
        settle(world, data, name)

    worlds = Worlds(world, sow, data.worlds, filled.enter)
    state = open_state(chosen.state, _identity(contract, world))
    if state is None:
        world.begin(worlds.start(chosen.world))
    else:
        try:
            state.attach(worlds, lambda: worlds.start(chosen.world))
        except BaseException:
            with contextlib.suppress(StateFileError):
                state.close()
            raise
    streams = Streams(chosen.max_streams, chosen.max_caller_streams, worlds.alive)
    services = {}
    for one in contract.services:
        said = side.services[one.name]
        published = one.document.name
        shown = {published, *(op.document for op in filled.further.get(one.name, {}).values())}
        operations = {key: op for key, op in bound[one.name].items() if chosen.internal or op.document in shown}
        policy = Policy(
            admit=said.admit or filled.admit[one.name],
            errors=pack.errors or filled.errors.get(one.name, problem_details),
            limits=said.limits,
            aliases=said.aliases,
            spans=filled.spans.get(one.name, {}),
            document_path=said.document_path,
            slashes=pack.lax,
        )
        services[one.name] = Service(one.name, one.title, one.document, operations, policy, world, streams)

    def credentials(world: World) -> Iterable[tuple[str, str]]:
        by_form = any(one.admit is None for one in side.services.values())
        return [*pack.credentials(world), *(filled.credentials(world) if by_form else ())]

    made = Platform(contract, side, world, worlds, services, credentials, filled.panel, filled.keepers, streams,
                    state)  # fmt: skip
    try:
        observe(made)
    except BaseException:
        with contextlib.suppress(StateFileError):
            made.close()
        raise
    return made


def _identity(contract: Contract, world: World) -> dict[str, Any]:
    """Return whose state it is: a name, services, and the collections with their keys."""
    state = world.state
    collections = {name: state[name].declared.key for name in state.names()}
    return {"api": contract.name, "services": list(contract.by_name), "collections": collections}


def settings(contract: Contract, side: ServerSide, options: Options | None = None) -> Options:
    """Return options of the pack's own kind, with a port for every service.

    Raises:
        StartError: a secret is empty, or no header can hold it.

    """
    given = options or side.pack.options()
    _check_secrets(given)
    ports = {service.name: given.ports.get(service.name, service.port) for service in contract.services}
    if isinstance(given, side.pack.options):
        return dataclasses.replace(given, ports=ports)
    fields = {field.name: getattr(given, field.name) for field in dataclasses.fields(Options)}
    return side.pack.options(**{**fields, "ports": ports})


def _check_secrets(options: Options) -> None:
    """Refuse secrets that would open something to nobody, or to everybody."""
    for field in dataclasses.fields(options):
        about, value = field.metadata.get(Setting), getattr(options, field.name)
        if about is None or not about.secret or not isinstance(value, str):
            continue
        if not value or value != value.strip() or not value.isprintable() or not value.isascii():
            said = "it is empty" if not value.strip() else "it has characters or blanks that a header cannot hold"
            name = f"--{field.name.replace('_', '-')}"
            raise StartError(said, where=name, next_step="Give a value, or leave the option out")


def seed_files(contract: Contract) -> SeedFiles:
    """Return the seed data of a contract's pack."""
    found = packs.find(contract.name) if packs.is_pack(contract.name) else packs.PackFolders(contract.name, {})
    return SeedFiles(found.layers.get("fixtures"), tuple(contract.by_name), found.over)


def bound_operations(
    contract: Contract, side: ServerSide, options: Options
) -> tuple[dict[str, dict[str, Bound]], Defaults]:
    """Return the operations of every service by name and key, each with what answers it; and the defaults used."""
    bound = {service.name: bind(side.services[service.name], service, side.pack.lax) for service in contract.services}
    open_keys = {name: missing(operations) for name, operations in bound.items()}
    handles = any(one.handlers for one in side.services.values())
    filled = defaults(contract, options, open_keys, side.pack.inferred or not handles)
    for name, keys in open_keys.items():
        for key in keys:
            fill(bound[name][key], filled.handlers[name][key])
        bound[name] |= {key: op for key, op in filled.further.get(name, {}).items() if key not in bound[name]}
    return bound, filled
