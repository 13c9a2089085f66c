"""What a planted fault is, and the list of all that were written by hand.

A fault changes one behaviour of one freshly booted platform: ``plant`` touches nothing but that platform's own
objects, or changes a module for the duration of one request. ``proof`` shows that the fault is one: it asks the
services what the fault spoils and returns a value that a healthy platform never gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from specdouble.mock.boot import Platform
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.packs.documents import bundled

if TYPE_CHECKING:
    from tests.planted.witness import Witness

DOCUMENTS = {"auth_gateway": "auth-gateway", "registry": "registry"}
CLASSES = (
    "status", "field", "null", "enum", "content-type", "header", "500", "validation", "bounds", "methods", "auth",
    "service-token", "rotation", "delete", "idempotency", "duplicates", "pagination", "filters", "isolation", "ledger",
    "persistence", "rounding", "timestamps", "secrets", "states", "effects", "streams",
)  # fmt: skip

Proof = Callable[["Witness"], Any]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a fault is planted: one operation of one service of one platform."""

    platform: Platform
    service: Service
    op: Bound

    def at(self, operation: str) -> Site:
        """Return another operation of the same service."""
        return Site(self.platform, self.service, self.service.operations[operation])


Maker = Callable[[Site], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its id, its class, where it stands, what is wrong, how it is planted and how it shows."""

    id: str
    fault_class: str
    tag: str
    service: str
    operation: str
    description: str
    make: Maker
    proof: Proof

    def plant(self, platform: Platform) -> None:
        """Plant the fault in a freshly booted platform."""
        service = platform.services[self.service]
        self.make(Site(platform, service, service.operations[self.operation]))


FAULTS: dict[str, Fault] = {}


@cache
def tags(service: str) -> dict[str, str]:
    """Return the tag of every public operation of a service."""
    return {operation.key: operation.tag for operation in bundled(DOCUMENTS[service]).operations}


class Area:
    """Registers the faults of one service."""

    def __init__(self, service: str) -> None:
        self.service = service

    def add(self, name: str, fault_class: str, operation: str, description: str, make: Maker, proof: Proof) -> None:
        """Register a fault; its tag is that of its operation."""
        if name in FAULTS:
            raise ValueError(f"two faults are called {name}")
        if fault_class not in CLASSES:
            raise ValueError(f"{name}: there is no class {fault_class}")
        tag = tags(self.service)[operation]
        FAULTS[name] = Fault(name, fault_class, tag, self.service, operation, description, make, proof)


gateway = Area("auth_gateway")
registry = Area("registry")


SLOTS = attrgetter(*Bound.__slots__)


@contextmanager
def planted(platform: Platform, fault: Fault) -> Iterator[Platform]:
    """Plant a fault and take it out again, so that one platform may serve many proofs."""
    world = platform.world
    kept = [
        (service, service.policy, service.operations, [(op, SLOTS(op)) for op in service.operations.values()])
        for service in platform.services.values()
    ]
    timers, attributes = dict(world._timers), set(vars(world))
    try:
        fault.plant(platform)
        yield platform
    finally:
        for service, policy, operations, ops in kept:
            service.policy, service.operations = policy, operations
            for op, values in ops:
                if SLOTS(op) != values:
                    for name, value in zip(Bound.__slots__, values, strict=True):
                        setattr(op, name, value)
        for name in vars(world).keys() - attributes:
            delattr(world, name)
        world._timers.clear()
        world._timers.update(timers)
