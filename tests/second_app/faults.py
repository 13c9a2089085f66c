"""The faults: what each one is stands in ``faults.yaml``, where it acts is an ``on("its-id")``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Fault:
    """One bug that somebody could have shipped."""

    id: str
    kind: str
    at: str
    says: str


CATALOGUE = {
    fault_id: Fault(fault_id, kind, at, says)
    for kind, rows in yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text()).items()
    for fault_id, (at, says) in rows.items()
}
_active: str | None = None


def activate(fault_id: str | None) -> None:
    """Switch one fault on and all others off; None is the healthy app. Raises KeyError for an unknown id."""
    global _active
    if fault_id is not None and fault_id not in CATALOGUE:
        raise KeyError(fault_id)
    _active = fault_id


def on(fault_id: str) -> bool:
    """Return whether this fault is on. Raises KeyError for an id that the catalogue does not have."""
    return CATALOGUE[fault_id].id == _active
