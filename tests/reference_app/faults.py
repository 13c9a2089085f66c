"""The faults: what each one is stands in ``faults.yaml``, where it acts is an ``if on("its-id")`` or a patch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BeforeValidator, WrapValidator


@dataclass(frozen=True)
class Fault:
    """One bug that somebody could have shipped."""

    id: str
    kind: str
    at: str
    says: str


def _load() -> dict[str, Fault]:
    table = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text())
    found: dict[str, Fault] = {}
    for kind, rows in table.items():
        for fault_id, (at, says) in rows.items():
            if fault_id in found:
                raise ValueError(f"the fault {fault_id} stands twice in faults.yaml")
            found[fault_id] = Fault(fault_id, kind, at, says)
    return found


CATALOGUE = _load()
_active: str | None = None


def activate(fault_id: str | None) -> None:
    """Switch one fault on and all others off; None is the healthy app. Raises KeyError for an unknown id."""
    global _active
    if fault_id is not None and fault_id not in CATALOGUE:
        raise KeyError(fault_id)
    _active = fault_id


def active() -> str | None:
    """Return the id of the fault that is on."""
    return _active


def on(fault_id: str) -> bool:
    """Return whether this fault is on. Raises KeyError for an id that the catalogue does not have."""
    return CATALOGUE[fault_id].id == _active


def lax(fault_id: str, kind: type = str, *, query: bool = False) -> WrapValidator:
    """Make a constraint that is documented and, with the fault, not enforced; the type still is."""

    def wrap(value: Any, handler: Any) -> Any:
        if not on(fault_id):
            return handler(value)
        if query and isinstance(value, str):
            value = kind(value)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueError(f"a {kind.__name__} is needed")
        if isinstance(value, str):
            value.encode()  # not every string that JSON can express is text
        return value

    return WrapValidator(wrap)


def too_strict(fault_id: str, refuses: Any, why: str) -> BeforeValidator:
    """Make a constraint that is not documented and, with the fault, enforced."""

    def check(value: Any) -> Any:
        if on(fault_id) and refuses(value):
            raise ValueError(why)
        return value

    return BeforeValidator(check)
