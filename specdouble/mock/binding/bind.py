"""Finds packs and their rooms by listing folders, and binds every operation of a document to its handler."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from specdouble.errors import SpecdoubleError
from specdouble.mock.defaults.sampler import sample
from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.checker import Checker
from specdouble.mock.pipeline.operation import Bound, Handler
from specdouble.mock.state.collections import Collection
from specdouble.mock.state.world import Timer
from specdouble.openapi import Document, Operation
from specdouble.openapi.validation.compiled import Schemas
from specdouble.packs import modules, package

ROOT = Path(__file__).resolve().parent.parent.parent.parent
AUDIENCE = frozenset({"api", "internal"})


class PackError(SpecdoubleError):
    """A pack that does not fit its document; the message names the key and the closest one."""


@dataclass(slots=True)
class Pack:
    """One API of a world.

    ``documents`` names its bundled documents, the published one first; ``admit`` recognises the caller of a protected
    operation and refuses who may not call it (policy.py); ``collections`` declares its state; ``limits`` are calls a
    minute by key, for servers that are started with rate limits; ``aliases`` maps paths that the documents leave out to
    the declared ones that they answer like. The rest is found in the pack's files.
    """

    name: str
    documents: tuple[str, ...]
    admit: Callable[[Call], None]
    collections: tuple[Collection, ...]
    limits: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    handlers: dict[str, Handler] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    controls: dict[str, tuple[str, Callable[..., Any]]] = field(default_factory=dict)
    on_start: tuple[Callable[..., None], ...] = ()


def room_of(path: str) -> str:
    """Return the room of a path: drop version and audience words; the first static segment names the file.

    Paths for the kernel (with an ``internal`` segment) stand in a file of their own, so that nobody takes them for
    public ones: ``/v1/billing/internal/usage/track`` belongs into ``billing_internal``.
    """
    segments = path.strip("/").split("/")
    for segment in segments:
        version = segment[:1] == "v" and segment[1:].isdigit()
        if not segment or version or segment in AUDIENCE or segment.startswith("{"):
            continue
        name = segment.replace("-", "_").replace(".", "_")
        return f"{name}_internal" if "internal" in segments else name
    return "root"


def load(name: str) -> Pack:
    """Import a pack with all its rooms and themes and collect what they declare."""
    found = importlib.import_module(f"{package('mockserver')}.{name}")
    pack: Pack = found.pack
    if pack.handlers:
        return pack
    for module in modules("mockserver", inside=name):
        for function in _own_functions(module):
            _collect(pack, module.__name__.rpartition(".")[2], function)
    return pack


def _own_functions(module: ModuleType) -> Iterator[Any]:
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            yield value


def _collect(pack: Pack, room: str, function: Any) -> None:
    for key in getattr(function, "operation_keys", ()):
        if key in pack.handlers:
            raise PackError(f"{key} is bound twice in pack {pack.name}: {where(pack.handlers[key])}, {where(function)}")
        expected = room_of(key.partition(" ")[2])
        if room != expected:
            raise PackError(f"{key} stands in room {room}; its path belongs into {pack.name}/{expected}.py")
        pack.handlers[key] = function
    timer_name = getattr(function, "timer_name", None)
    if timer_name:
        pack.timers[timer_name] = function
    route = getattr(function, "control_route", None)
    if route:
        pack.controls[route[0]] = (route[1], function)


def where(handler: Handler) -> str:
    """Return ``file:line`` of a handler, relative to the project."""
    code = getattr(handler, "__code__", None)
    if code is None:
        return "specdouble.mock"
    path = Path(code.co_filename)
    file = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{file.as_posix()}:{code.co_firstlineno}"


def bind(pack: Pack, documents: Sequence[Document]) -> dict[str, Bound]:
    """Bind every operation of a pack's documents; raises ``PackError`` for a handler whose key none of them has."""
    bound: dict[str, Bound] = {}
    for document in documents:
        schemas = document.schemas
        bound |= {operation.key: _bound(pack, document.name, operation, schemas) for operation in document.operations}
        document.forget()  # before the next one is read
    for key in pack.handlers.keys() - bound.keys():
        closest = difflib.get_close_matches(key, bound, n=1, cutoff=0.0)
        hint = f"; the closest is {closest[0]}" if closest else ""
        names = " or ".join(document.name for document in documents)
        raise PackError(f"{where(pack.handlers[key])} binds {key}, which {names} does not have{hint}")
    return bound


def _bound(pack: Pack, document: str, operation: Operation, schemas: Schemas) -> Bound:
    handler = pack.handlers.get(operation.key)
    if handler is None:
        bound = Bound(operation, sample(operation, schemas), "sample", "specdouble/mock/defaults/sampler.py")
    else:
        rung = getattr(handler, "rung", "rule")
        bound = Bound(operation, handler, rung, where(handler), lenient=getattr(handler, "lenient", False))
    bound.document = document
    bound.checker = Checker(operation, schemas)
    bound.fields = _fields(operation, schemas)
    return bound


def _fields(operation: Operation, schemas: Schemas) -> tuple[str, ...]:
    schema = schemas.resolve(operation.success.schema)
    if schema.get("type") == "array":
        schema = schemas.resolve(schema.get("items") or {})
    return tuple(schema.get("properties", ()))
