"""The pack that most tests run: its contract, its settings, and a platform of it."""

from __future__ import annotations

from functools import cache

from specdouble.mock.binding.bind import bind
from specdouble.mock.binding.load import load
from specdouble.mock.boot import Platform, seed_files
from specdouble.mock.boot import boot as boot_contract
from specdouble.mock.options import Options as Generic
from specdouble.mock.pipeline.operation import Bound
from specdouble.openapi.contract import Contract
from specdouble.packs import documents
from specdouble.packs.imperal.mockserver._options import Options

__all__ = ["NAME", "Options", "boot", "bound", "contract", "fixtures"]

NAME = "imperal"


@cache
def contract() -> Contract:
    """Return the contract, which is read once."""
    return documents.contract(NAME)


SERVICES = tuple(contract().by_name)
SIDE = load(NAME, SERVICES)
fixtures = seed_files(contract())


def boot(options: Generic | None = None) -> Platform:
    """Boot a platform of its own."""
    return boot_contract(contract(), options)


def bound(service: str) -> dict[str, Bound]:
    """Return the operations of a service with their handlers."""
    return bind(SIDE.services[service], contract().by_name[service])
