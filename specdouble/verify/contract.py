"""The contract: every operation of both services, found by its name, with compiled answer schemas."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import Any

from specdouble.openapi import Operation, bundled
from specdouble.openapi.validation.compiled import Schemas

GATEWAY, REGISTRY = "auth-gateway", "registry"
SERVICES = (GATEWAY, REGISTRY)


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One operation of one service. `id` is its name in tests and reports.

    The id is the document's own key, such as `POST /v1/keys`; a Registry operation has the word `registry` before it,
    for the two documents share paths.
    """

    service: str
    spec: Operation

    @property
    def key(self) -> str:
        """The method and the path, as the document prints them."""
        return self.spec.key

    @property
    def id(self) -> str:
        """The name in tests and reports."""
        return self.spec.key if self.service == GATEWAY else f"{self.service} {self.spec.key}"

    @property
    def reads(self) -> bool:
        """Whether the operation only reads (GET)."""
        return self.spec.method == "GET"

    def __repr__(self) -> str:
        return self.id


class Contract:
    """The two bundled documents as one set of operations."""

    def __init__(self) -> None:
        self.documents = {name: bundled(name) for name in SERVICES}
        self.schemas = {name: document.schemas for name, document in self.documents.items()}
        self.ops = tuple(Op(name, one) for name in SERVICES for one in self.documents[name].operations)
        self._by_id = {op.id: op for op in self.ops}

    def __getitem__(self, name: str | Op) -> Op:
        if isinstance(name, Op):
            return name
        try:
            return self._by_id[name]
        except KeyError:
            closest = difflib.get_close_matches(name, self._by_id, n=1, cutoff=0.0)[0]
            raise KeyError(f"no operation is called {name!r}; the closest is {closest!r}") from None

    def of(self, op: Op) -> Schemas:
        """Return the schemas of an operation's document."""
        return self.schemas[op.service]

    def body_schema(self, op: Op) -> dict[str, Any]:
        """Return the resolved schema of an operation's JSON body, or {}."""
        content = op.spec.body.content.get("application/json") if op.spec.body else None
        return self.of(op).resolve(content.schema) if content else {}


@cache
def contract() -> Contract:
    """Return the one contract of this process."""
    return Contract()
