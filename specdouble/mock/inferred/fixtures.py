"""Seed data of a pack for inferred handlers: a file for each resource."""

from __future__ import annotations

import json
from typing import Any

from specdouble import packs
from specdouble.openapi.contract import Contract, Service


def fixtures_of(contract: Contract, service: Service) -> dict[str, list[Any]]:
    """Return the items of each resource by its name."""
    layers = packs.find(contract.name).layers if packs.is_pack(contract.name) else {}
    folder = layers.get("fixtures")
    if folder is None:
        return {}
    return {one.stem: json.loads(one.read_text(encoding="utf-8")) for one in sorted(folder.glob("*.json"))}
