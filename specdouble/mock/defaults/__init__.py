"""What stands in where no pack says anything: the one place that decides it."""

from __future__ import annotations

from collections.abc import Mapping, Set

from specdouble.mock.binding.pack import Defaults
from specdouble.mock.defaults.example import examples
from specdouble.mock.defaults.security import form_of_credentials
from specdouble.mock.options import Options
from specdouble.openapi.contract import Contract


def defaults(contract: Contract, options: Options, missing: Mapping[str, Set[str]], infer: bool = False) -> Defaults:
    """Return handlers for the operations that are missing by service, a policy for every service, and all they need.

    With `infer` they are answered by the resource model, else with examples.
    """
    if infer and any(missing.values()):
        from specdouble.mock.defaults.inferring import inferring  # nothing of it is needed where packs handle all

        return inferring(contract, options, missing)
    return Defaults(
        handlers={name: examples(contract.by_name[name], keys) for name, keys in missing.items() if keys},
        admit={service.name: form_of_credentials(service) for service in contract.services},
    )
