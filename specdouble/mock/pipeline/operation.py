"""A bound operation: the document's promise, the function that keeps it, and what both mean at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from specdouble.mock.pipeline.call import Call
from specdouble.openapi import Operation

if TYPE_CHECKING:
    from specdouble.mock.pipeline.checking.checker import Checker
    from specdouble.mock.telemetry.counting import Answered

Handler = Callable[[Call], Any]

# How an operation is answered, the best first: a function, a line in an overlay, the resource model, an example.
FIDELITIES = ("handler", "declared", "inferred", "example")


class Bound:
    """One operation of one service, ready to respond.

    ``fidelity`` says how it responds (see `FIDELITIES`) and ``reason`` why not better; ``source`` is ``file:line`` of
    its handler in a pack; ``fields`` are the property names of its success schema (of the items, for a list);
    ``lenient`` operations take any body; ``document`` names the document that promises it; ``answered`` counts its
    responses.
    """

    __slots__ = (
        "accepts", "answered", "checker", "content_type", "document", "fidelity", "fields", "handler", "headers", "key",
        "lenient", "optional", "public", "reason", "required_role", "schemes", "source", "spec", "status", "summary",
    )  # fmt: skip

    def __init__(self, spec: Operation, *, lenient: bool = False) -> None:
        self.spec = spec
        self.key = spec.key
        self.summary = spec.summary
        self.lenient = lenient
        self.status = spec.success.status
        self.content_type = spec.success.media_type or "application/json"
        self.accepts: frozenset[frozenset[str]] = frozenset(spec.security)
        self.schemes: frozenset[str] = frozenset().union(*self.accepts)
        self.public = not self.schemes
        self.optional = frozenset() in self.accepts
        self.required_role = spec.required_role
        self.fields: tuple[str, ...] = ()
        self.document = ""
        self.answered: Answered = {}
        self.checker: Checker
        self.answer_with(_unhandled, "")

    def answer_with(self, handler: Handler, fidelity: str, source: str = "", reason: str = "") -> None:
        """Let a function answer the operation from now on."""
        self.handler = handler
        self.fidelity = fidelity
        self.source = source
        self.reason = reason
        self.headers: list[tuple[str, str]] = [
            ("content-type", self.content_type),
            *([("x-mock-handler", source)] if source else ()),
            ("x-mock-fidelity", fidelity),
        ]


def _unhandled(call: Call) -> Any:
    raise NotImplementedError(f"nothing answers {call.op.key}")
