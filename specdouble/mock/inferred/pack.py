"""All that stands in for the operations of a contract that no function handles."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from specdouble.mock.inferred.access.admit import Gate, credentials_of
from specdouble.mock.inferred.access.oauth import document_of, endpoints
from specdouble.mock.inferred.api import Api, Settings
from specdouble.mock.inferred.handlers import handler_of
from specdouble.mock.inferred.items.seeds import extend, misfits, plant, plant_fixtures
from specdouble.mock.inferred.items.store import collections, items_of
from specdouble.mock.inferred.panel import lines
from specdouble.mock.inferred.responses.refusals import Refusals
from specdouble.mock.pipeline.call import Call, Request
from specdouble.mock.pipeline.checking.checker import Checker
from specdouble.mock.pipeline.operation import Bound, Handler
from specdouble.mock.pipeline.problems import ErrorShape, Problem
from specdouble.mock.state.collections import Collection, Doc
from specdouble.mock.state.world import World
from specdouble.openapi.contract import Contract

log = logging.getLogger("specdouble")
EAGER = 60  # resources up to which a world is filled at the start; in larger ones each when it is first asked for


@dataclass(slots=True)
class Inferred:
    """The answers for one service: handlers by key with fidelity and reason, and what goes with them."""

    api: Api
    handlers: dict[str, tuple[Handler, str, str]] = field(default_factory=dict)
    further: dict[str, Bound] = field(default_factory=dict)

    @property
    def collections(self) -> list[Collection]:
        """What is kept for the service."""
        return collections(self.api)

    def admit(self, call: Call) -> None:
        """Recognise the caller by the form of credentials."""
        Gate(self.api).admit(call, call.op.spec)

    def errors(self) -> ErrorShape:
        """Return what writes refusals in the words of the document: status, media type, body."""
        refusals = Refusals(self.api)

        def write(problem: Problem, op: Bound | None, request: Request | None) -> tuple[int, str, bytes]:
            accept, path = (request.headers.get("accept"), request.path) if request is not None else (None, "")
            return refusals.write(op.spec if op is not None else None, problem, accept, path)

        return write

    def seed(self, world: World) -> None:
        """Fill the world."""
        if len(self.api.kinds) <= EAGER:
            items = items_of(self.api, world)
            for kind in self.api.kinds.values():
                if kind.store not in world.state[self.api.store(".seeded")]:
                    plant(items, kind)

    def fixtures(self) -> Mapping[str, Callable[[World, list[Doc], Mapping[str, Any]], object]]:
        """Return what loads the items of a file of seed data, by the name of the resource."""
        return {name: _loader(self.api, name) for name in self.api.kinds}

    def panel(self, world: World, url: str) -> Iterable[str]:
        """List what the start-up panel tells of the document."""
        return lines(self.api, world, url)

    def credentials(self) -> Iterable[tuple[str, str]]:
        """List what to send."""
        return credentials_of(self.api)


def _loader(api: Api, name: str) -> Callable[[World, list[Doc], Mapping[str, Any]], object]:
    def load(world: World, records: list[Doc], content: Mapping[str, Any]) -> None:
        for number, record in enumerate(records, 1):
            for member in misfits(api, api.kinds[name], record):
                said = (
                    "fixtures/%s.json: record %s: the document does not allow its %s; it is put right where it is shown"
                )
                log.warning(said, name, number, member)
        items, kind = items_of(api, world), api.kinds[name]
        if content.get("extends") is True:
            extend(items, kind, records, content.get("without", ()))
        else:
            plant_fixtures(items, kind, records)

    return load


def inferred(
    contract: Contract, missing: Mapping[str, Set[str]], items: int, seed: int | None, prefix: bool = False
) -> dict[str, Inferred]:
    """Return the answers for each service that has operations without a handler.

    `missing` names these by service; `items` is how many items of each resource there are from the start, and `seed`
    varies what is made up; with `prefix` each service stands below its name.
    """
    found = {}
    for service in contract.services:
        keys = missing.get(service.name)
        if not keys:
            continue
        mount = f"/{service.name}" if prefix else ""
        name = f"{service.name}." if len(contract.services) > 1 else ""
        api = Api(service.document, Settings(items, seed or 0, mount), name)
        service.document.forget()
        made = Inferred(api)
        for key, operation in api.operations.items():
            if key in keys:
                meaning = api.meanings[key]
                fidelity = (
                    "declared"
                    if meaning.declared or key in api.with_effects
                    else "example"
                    if meaning.role == "none"
                    else "inferred"
                )
                about = f"{meaning.role} of {meaning.resource}" if meaning.resource else meaning.role
                made.handlers[key] = handler_of(api, operation, meaning), fidelity, f"{about}: {meaning.reason}"
        made.further = _endpoints(api)
        found[service.name] = made
    return found


def _endpoints(api: Api) -> dict[str, Bound]:
    handlers: dict[str, Any] = dict(endpoints(api))
    if not handlers:
        return {}
    document = document_of(handlers)
    found = {}
    for operation in document.operations:
        bound = Bound(operation, lenient=True)
        bound.answer_with(handlers[operation.key], "inferred", reason="an endpoint of OAuth 2 of this server")
        bound.document = document.name
        bound.checker = Checker(operation, document.schemas)
        found[operation.key] = bound
    return found
