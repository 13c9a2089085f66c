"""All faults: importing this module registers every one that was written by hand."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.planted.fault import FAULTS, Fault

AREAS = sorted(path.stem for path in Path(__file__).parent.glob("faults_*.py"))
for area in AREAS:
    importlib.import_module(f"tests.planted.{area}")


def find(name: str) -> Fault:
    """Return a fault by its id, a generated one too; raises ``LookupError``."""
    if name.startswith("random-"):
        from tests.planted.systematic import numbered

        return numbered(int(name.removeprefix("random-")))
    if name not in FAULTS:
        raise LookupError(f"there is no fault {name!r}; --list prints them")
    return FAULTS[name]
