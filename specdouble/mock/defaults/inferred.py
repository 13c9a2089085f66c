"""Handlers that are inferred from the resource model of each document, with the effects that it declares."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from specdouble.mock.binding.pack import DefaultHandler, Defaults
from specdouble.mock.declared import handlers as declared
from specdouble.mock.declared.effects import TIMER, settles
from specdouble.mock.defaults.security import form_of_credentials
from specdouble.mock.inferred.access.admit import Gate
from specdouble.mock.inferred.api import Api, Settings
from specdouble.mock.inferred.fixtures import fixtures_of
from specdouble.mock.inferred.handlers import handler_of
from specdouble.mock.inferred.items.store import collections
from specdouble.mock.inferred.responses.refusals import Refusals
from specdouble.mock.options import Options
from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.world import World
from specdouble.openapi.contract import Contract


def inferred(contract: Contract, options: Options, missing: Mapping[str, Set[str]]) -> Defaults:
    """Return handlers for the operations that are missing by service, a policy for every service, and all they need."""
    del options
    handlers: dict[str, dict[str, DefaultHandler]] = {}
    admit: dict[str, Any] = {one.name: form_of_credentials(one) for one in contract.services}
    made: list[Any] = []
    apis: dict[str, Api] = {}
    refusals: dict[str, Refusals] = {}
    for service in contract.services:
        keys = missing.get(service.name) or frozenset()
        if not keys:
            continue
        api = Api(service.document, Settings(fixtures=fixtures_of(contract, service)), prefix="")
        apis[api.prefix] = api
        made += collections(api)
        refusals[service.name] = Refusals(api)
        gate = Gate(api)

        def admitted(call: Call, gate: Gate = gate) -> None:
            gate.admit(call, call.op.spec)

        admit[service.name] = admitted
        handlers[service.name] = {key: _default(api, key) for key in keys}

    def shape(problem: Problem, op: Bound | None) -> tuple[str, Any]:
        one = next(iter(refusals.values()))
        _status, headers, body = one.write(op.spec if op else None, problem)
        return headers[0][1], body

    def status(problem: Problem, op: Bound | None) -> int:
        return next(iter(refusals.values())).status(op.spec if op else None, problem)

    def seed(world: World) -> None:
        world.remember["inferred apis"] = apis

    if not refusals:
        return Defaults(handlers=handlers, admit=admit)
    timers = {
        TIMER: settles(lambda prefix, key: (apis[prefix], apis[prefix].operations[key], apis[prefix].meanings[key]))
    }
    return Defaults(
        handlers=handlers, admit=admit, collections=tuple(made), errors=shape, status=status, timers=timers, seed=seed
    )


def _default(api: Api, key: str) -> DefaultHandler:
    spec, meaning = api.operations[key], api.meanings[key]
    after = declared.answer if meaning.effects else None
    handler = handler_of(api, spec, meaning, after)
    if meaning.effects or meaning.declared:
        return DefaultHandler(handler, "declared", "; ".join(_said(meaning)))
    if meaning.role == "none":
        return DefaultHandler(handler, "example", "the model gives it no role")
    return DefaultHandler(handler, "inferred", meaning.reason)


def _said(meaning: Any) -> list[str]:
    said = [f"{meaning.role} {meaning.resource}".strip()]
    fields = ("refuse", "set", "increment", "append", "remove", "delete", "create", "later", "show", "respond")
    from specdouble.openapi.extensions import NOTHING

    done = [
        name for name in fields if any(getattr(one, name) not in ((), {}, False, NOTHING) for one in meaning.effects)
    ]
    return [*said, *([f"effects {', '.join(done)}"] if done else [])]
