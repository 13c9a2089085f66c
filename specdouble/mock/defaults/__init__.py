"""What stands in where no pack says anything: the one place that decides it."""

from __future__ import annotations

from collections.abc import Mapping, Set

from specdouble.mock.binding.pack import Defaults
from specdouble.mock.defaults.inferred import inferred
from specdouble.mock.options import Options
from specdouble.openapi.contract import Contract


def defaults(contract: Contract, options: Options, missing: Mapping[str, Set[str]]) -> Defaults:
    """Return handlers for the operations that are missing by service, a policy for every service, and all they need."""
    return inferred(contract, options, missing)
