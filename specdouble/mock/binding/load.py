"""Imports the server side of a pack and gathers what its files declare."""

from __future__ import annotations

import importlib
import inspect
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from specdouble import packs
from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.binding.pack import ServerPack, ServerService
from specdouble.mock.binding.source import where

LAYER = "mockserver"


class PackError(SpecdoubleError):
    """A pack that does not fit its document; the message names the key and the closest one."""


@dataclass(frozen=True, slots=True)
class ServerSide:
    """The server side of a pack: what it says as a whole, and of each service by name."""

    pack: ServerPack
    services: dict[str, ServerService]


def load(name: str, services: Sequence[str]) -> ServerSide:
    """Import the server side of a pack, with all handlers; a pack that has none gets the defaults.

    Raises:
        PackError: a file cannot be imported, a key is bound twice, or there is a folder of no service.

    """
    with _blamed():
        return _load(name, services)


def _load(name: str, services: Sequence[str]) -> ServerSide:
    layers = packs.find(name).layers if packs.is_pack(name) else {}
    if LAYER not in layers:
        return ServerSide(ServerPack(), {service: ServerService() for service in services})
    folder = layers[LAYER]
    top = importlib.import_module(packs.package(LAYER, name))
    pack = _declared(top, "pack", ServerPack)
    alone = {one for one in services if (folder / f"{one}.py").is_file()}
    if alone and not packs.is_described(name):
        pack = replace(pack, inferred=True)  # whoever writes one handler keeps what the document answers by itself
        return ServerSide(pack, {one: _of_file(name, one, one in alone) for one in services})
    inside = {one.name for one in folder.iterdir() if one.is_dir() and any(one.rglob("*.py"))}
    if len(services) == 1 and services[0] not in inside:
        service = _declared(top, "service", ServerService)
        _fill(service, packs.modules(LAYER, name))
        return ServerSide(pack, {services[0]: service})
    files = {one.name for one in folder.glob("*.py")}
    for unknown in sorted((inside | files) - set(services)):
        if not unknown.startswith("_"):  # what services share
            near, known = closest(unknown, services), f"The services are {', '.join(services)}"
            raise PackError("it belongs to no service", where=str(folder / unknown), closest=near, next_step=known)
    found = {}
    for one in services:
        found[one] = ServerService()
        if one in inside:
            module = importlib.import_module(f"{packs.package(LAYER, name)}.{one}")
            found[one] = _declared(module, "service", ServerService)
            _fill(found[one], packs.modules(LAYER, name, inside=one))
    return ServerSide(pack, found)


def _of_file(pack: str, name: str, there: bool) -> ServerService:
    """Return what the one file of a service says, `mockserver/<service>.py` beside a plain document."""
    if not there:
        return ServerService()
    module = importlib.import_module(f"{packs.package(LAYER, pack)}.{name}")
    service: ServerService = _declared(module, "service", ServerService)
    _fill(service, iter((module,)))
    return service


@contextmanager
def _blamed() -> Iterator[None]:
    """Turn whatever goes wrong while a pack is imported into an error of its own that names the line."""
    try:
        yield
    except SpecdoubleError:
        raise
    except SyntaxError as error:
        raise PackError(error.msg, where=f"{error.filename}:{error.lineno}") from error
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error}"
        raise PackError(said, where=f"{last.filename}:{last.lineno}", next_step="Mend the pack") from error


def _declared(module: ModuleType, name: str, kind: type[Any]) -> Any:
    declared = getattr(module, name, None)
    if declared is None:
        return kind()
    if not isinstance(declared, kind):
        said = f"{name} is a {type(declared).__name__}, not a {kind.__name__}"
        raise PackError(said, where=str(module.__file__), next_step=f"Write {name} = {kind.__name__}(…)")
    return declared


def _fill(service: ServerService, modules: Iterator[ModuleType]) -> None:
    if service.handlers:
        return  # it is a value of a module, which was filled when it was first loaded
    for module in modules:
        for function in _own_functions(module):
            collect(service, function)


def _own_functions(module: ModuleType) -> Iterator[Any]:
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            yield value


def collect(service: ServerService, function: Any) -> None:
    """Add what a function declares: the operations that it handles, its timer, its route of the control plane.

    Raises:
        PackError: another function handles one of the operations.

    """
    for key in getattr(function, "operation_keys", ()):
        if key in service.handlers:
            both = f"{where(service.handlers[key])} and {where(function)}"
            raise PackError(f"{key} is bound twice: {both}", next_step="Remove one of them")
        service.handlers[key] = function
    timer_name = getattr(function, "timer_name", None)
    if timer_name:
        service.timers[timer_name] = function
    route = getattr(function, "control_route", None)
    if route:
        service.controls[route[0]] = (route[1], function)
