"""What each operation requires of its callers."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Operation
from specdouble.openapi.pointers import lookup


def securities(
    document: dict[str, Any], operations: dict[str, Operation]
) -> dict[str, tuple[dict[str, list[str]], ...]]:
    """Return what each operation requires, with scopes, from a document in the form of 3.x; () for nothing at all."""
    found: dict[str, tuple[dict[str, list[str]], ...]] = {}
    for key, operation in operations.items():
        if operation.public:
            continue
        try:
            own = lookup(document, operation.pointer)
        except KeyError:
            own = {}
        given = own.get("security", document.get("security"))
        scopes: dict[frozenset[str], dict[str, list[str]]] = {}
        for one in given if isinstance(given, list) else ():
            if isinstance(one, dict):
                scopes[frozenset(one)] = {
                    str(k): list(map(str, v)) if isinstance(v, list) else [] for k, v in one.items()
                }
        found[key] = tuple(scopes.get(one, {name: [] for name in sorted(one)}) for one in operation.security)
    return found
