"""Handlers that are inferred from the resource model of each document."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from specdouble import packs
from specdouble.mock.binding.pack import DefaultHandler, Defaults
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
from specdouble.openapi.contract import Contract, Service


def inferred(contract: Contract, options: Options, missing: Mapping[str, Set[str]]) -> Defaults:
    """Return handlers for the operations that are missing by service, a policy for every service, and all they need."""
    handlers: dict[str, dict[str, DefaultHandler]] = {}
    admit: dict[str, Any] = {}
    made: list[Any] = []
    refusals: dict[str, Refusals] = {}
    for service in contract.services:
        keys = missing.get(service.name) or frozenset()
        if contract.name == "imperal":
            from specdouble.mock.defaults.example import examples

            handlers[service.name] = examples(service, keys)
            continue
        api = Api(service.document, Settings(fixtures=fixtures_of(contract, service)), prefix="")
        made += collections(api)
        refusals[service.name] = Refusals(api)
        gate = Gate(api)
        admit[service.name] = lambda call, gate=gate: gate.admit(call, call.op.spec)
        handlers[service.name] = {
            key: DefaultHandler(handler_of(api, api.operations[key], api.meanings[key]), *fidelity(api, key))
            for key in keys
        }

    def shape(problem: Problem, op: Bound | None) -> tuple[str, Any]:
        one = next(iter(refusals.values()))
        _status, headers, body = one.write(op.spec if op else None, problem)
        return headers[0][1], body

    def status(problem: Problem, op: Bound | None) -> int:
        return next(iter(refusals.values())).status(op.spec if op else None, problem)

    if not refusals:
        return Defaults(handlers=handlers, admit=admit)
    return Defaults(handlers=handlers, admit=admit, collections=tuple(made), errors=shape, status=status)


def fidelity(api: Api, key: str) -> tuple[str, str]:
    """Return how well an operation is answered, and why."""
    meaning = api.meanings[key]
    if meaning.role == "none":
        return "example", "the model gives it no role"
    return "inferred", meaning.reason
