"""A contract: the services of one API, each with its documents, as a value that is made once and handed down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from specdouble.openapi.effective import Document
from specdouble.openapi.errors import SpecError, closest
from specdouble.openapi.operations import Operation
from specdouble.openapi.validation.compiled import Schemas


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One operation of one service. `id` is its name in tests and reports.

    The id is the document's own key, such as `POST /v1/keys`; an operation of any service but the first has the
    service's name before it, for documents may share paths.
    """

    service: str
    spec: Operation
    id: str

    @property
    def key(self) -> str:
        """The method and the path, as the document prints them."""
        return self.spec.key

    @property
    def reads(self) -> bool:
        """Whether the operation only reads (GET)."""
        return self.spec.method == "GET"

    def __repr__(self) -> str:
        return self.id


@dataclass(frozen=True, eq=False)
class Service:
    """A service: what one base URL stands for.

    `name` is a Python identifier and the service's name in options, folders and reports. `documents` holds the
    published document first; further ones are served beside it and are no part of the contract. `port` is where it
    listens unless told otherwise.
    """

    name: str
    title: str
    documents: tuple[Document, ...]
    port: int

    @property
    def document(self) -> Document:
        """The published document."""
        return self.documents[0]


class Contract:
    """What an API promises: one service or several, and every operation of their published documents.

    Raises:
        SpecError: there is no service, or two have the same name.

    """

    def __init__(self, name: str, title: str, services: tuple[Service, ...]) -> None:
        names = [service.name for service in services]
        if not names or len(set(names)) < len(names):
            raise SpecError("a contract needs services with names of their own", where=name)
        self.name = name
        self.title = title
        self.services = services
        self.by_name = dict(zip(names, services, strict=True))

    def __repr__(self) -> str:
        return f"<Contract {self.name}: {', '.join(self.by_name)}>"

    @property
    def first(self) -> Service:
        """The service whose operations are named by their keys alone."""
        return self.services[0]

    @cached_property
    def ops(self) -> tuple[Op, ...]:
        """The operations of the published documents, by service and in document order."""
        return tuple(
            Op(service.name, spec, spec.key if service is self.first else f"{service.name} {spec.key}")
            for service in self.services
            for spec in service.document.operations
        )

    @cached_property
    def _by_id(self) -> dict[str, Op]:
        return {op.id: op for op in self.ops}

    def __getitem__(self, name: str | Op) -> Op:
        """Return the operation of that id; raises `KeyError`, which names the closest one."""
        if isinstance(name, Op):
            return name
        try:
            return self._by_id[name]
        except KeyError:
            near = closest(name, self._by_id, cutoff=0.0)
            raise KeyError(f"no operation is called {name!r}; the closest is {near!r}") from None

    def __contains__(self, name: str) -> bool:
        return name in self._by_id

    def of(self, op: Op) -> Schemas:
        """Return the schemas of an operation's document."""
        return self.by_name[op.service].document.schemas

    def body_schema(self, op: Op) -> dict[str, Any]:
        """Return the resolved schema of an operation's JSON body, or {}."""
        content = op.spec.body.content.get("application/json") if op.spec.body else None
        return self.of(op).resolve(content.schema) if content else {}
