"""The contract of the pack that is verified."""

from __future__ import annotations

from functools import cache

from specdouble import packs
from specdouble.openapi import Contract, Op
from specdouble.packs import documents

GATEWAY, REGISTRY = "auth_gateway", "registry"

__all__ = ["GATEWAY", "REGISTRY", "Contract", "Op", "contract"]


@cache
def contract() -> Contract:
    """Return the one contract of this process."""
    return documents.contract(packs.default())
