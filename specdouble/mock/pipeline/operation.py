"""A bound operation: the document's promise, the function that keeps it, and what both mean at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from specdouble.mock.pipeline.call import Call
from specdouble.openapi import Operation

if TYPE_CHECKING:
    from specdouble.mock.pipeline.checker import Checker

Handler = Callable[[Call], Any]

RUNGS = ("rule", "crud", "sample")


class Bound:
    """One operation of one service, ready to answer.

    ``rung`` says how it answers (rule, crud, sample); ``room`` is ``file:line`` of its handler; ``fields`` are the
    property names of its success schema (of the items, for a list); ``lenient`` operations take any body; ``document``
    names the document that promises it.
    """

    __slots__ = (
        "accepts", "checker", "content_type", "document", "fields", "handler", "headers", "key", "lenient", "optional",
        "public", "required_role", "room", "rung", "schemes", "spec", "status", "summary",
    )  # fmt: skip

    def __init__(self, spec: Operation, handler: Handler, rung: str, room: str, *, lenient: bool = False) -> None:
        self.spec = spec
        self.key = spec.key
        self.summary = spec.summary
        self.handler = handler
        self.rung = rung
        self.room = room
        self.lenient = lenient
        self.status = spec.success.status
        self.content_type = spec.success.media_type or "application/json"
        self.accepts: frozenset[frozenset[str]] = frozenset(spec.security)
        self.schemes: frozenset[str] = frozenset().union(*self.accepts)
        self.public = not self.schemes
        self.optional = frozenset() in self.accepts
        self.required_role = spec.required_role
        self.headers: list[tuple[str, str]] = [
            ("content-type", self.content_type),
            ("x-mock-room", room),
            ("x-mock-fidelity", rung),
        ]
        self.fields: tuple[str, ...] = ()
        self.document = ""
        self.checker: Checker
