"""Binds every operation of a service's documents to the function that answers it."""

from __future__ import annotations

from specdouble.errors import closest
from specdouble.mock.binding.load import PackError
from specdouble.mock.binding.pack import DefaultHandler, ServerService
from specdouble.mock.binding.source import where
from specdouble.mock.pipeline.checking.checker import Checker
from specdouble.mock.pipeline.operation import Bound
from specdouble.openapi import Operation
from specdouble.openapi.contract import Service
from specdouble.openapi.validation.compiled import Schemas


def bind(declared: ServerService, service: Service, lax: bool = False) -> dict[str, Bound]:
    """Bind the operations of a service by key; those that its pack does not handle are `missing`.

    `lax` is that of the pack (`ServerPack`).

    Raises:
        PackError: the pack handles an operation that no document of the service has.

    """
    bound: dict[str, Bound] = {}
    for document in service.documents:
        schemas = document.schemas
        for operation in document.operations:
            bound[operation.key] = _bound(declared, document.name, operation, schemas, lax)
        document.forget()  # before the next one is read
    for key in declared.handlers.keys() - bound.keys():
        names = " or ".join(document.name for document in service.documents)
        said = f"it binds {key}, which {names} does not have"
        raise PackError(said, where=where(declared.handlers[key]), closest=closest(key, bound, cutoff=0.0))
    return bound


def missing(bound: dict[str, Bound]) -> frozenset[str]:
    """Return the keys of the operations that nothing handles yet."""
    return frozenset(key for key, op in bound.items() if not op.fidelity)


def fill(op: Bound, default: DefaultHandler) -> None:
    """Let a default answer an operation that nothing handles."""
    op.answer_with(default.handler, default.fidelity, reason=default.reason)


def _bound(declared: ServerService, document: str, operation: Operation, schemas: Schemas, lax: bool) -> Bound:
    handler = declared.handlers.get(operation.key)
    if handler is None:
        bound = Bound(operation)
    else:
        bound = Bound(operation, lenient=getattr(handler, "lenient", False))
        bound.answer_with(handler, "handler", where(handler))
    bound.document = document
    bound.checker = Checker(operation, schemas, lax)
    bound.fields = _fields(operation, schemas)
    return bound


def _fields(operation: Operation, schemas: Schemas) -> tuple[str, ...]:
    schema = schemas.resolve(operation.success.schema)
    if schema.get("type") == "array":
        schema = schemas.resolve(schema.get("items") or {})
    return tuple(schema.get("properties", ()))
