"""The public module of the engine: what a pack imports, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from specdouble import sse
from specdouble.digits import whole
from specdouble.mock.binding.pack import ServerPack, ServerService
from specdouble.mock.options import Options, setting
from specdouble.mock.pipeline.call import Call, Caller, Request, Response
from specdouble.mock.pipeline.operation import Bound, Handler
from specdouble.mock.pipeline.problems import Problem, StartError, invalid, problem_details
from specdouble.mock.state.collections import Collection, Doc, State, Store, part
from specdouble.mock.state.events import EventFormat, Listener
from specdouble.mock.state.principals import Column, Principals
from specdouble.mock.state.world import GAP, World
from specdouble.moments import parse_moment, parse_stamp

if TYPE_CHECKING:
    from specdouble.mock.inferred.kept import Kept

__all__ = [
    "GAP",
    "Bound",
    "Call",
    "Caller",
    "Collection",
    "Column",
    "Doc",
    "EventFormat",
    "Handler",
    "Listener",
    "Options",
    "Principals",
    "Problem",
    "Request",
    "Response",
    "ServerPack",
    "ServerService",
    "StartError",
    "State",
    "Store",
    "World",
    "control",
    "invalid",
    "kept",
    "move",
    "op",
    "parse_moment",
    "parse_stamp",
    "part",
    "problem_details",
    "setting",
    "shaped",
    "sse",
    "timer",
    "whole",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


def op(*keys: str, lenient: bool = False) -> Callable[[F], F]:
    """Bind a function to operations by their full keys, exactly as the document prints them.

    ``lenient`` leaves the request unchecked, for receivers that must accept whatever they are sent.
    """

    def bind(function: F) -> F:
        function.operation_keys = (*getattr(function, "operation_keys", ()), *keys)  # type: ignore[attr-defined]
        function.lenient = lenient  # type: ignore[attr-defined]
        return function

    return bind


def timer(name: str) -> Callable[[F], F]:
    """Name the function that runs when a timer of that name is due; it gets the world and the timer's payload."""

    def bind(function: F) -> F:
        function.timer_name = name  # type: ignore[attr-defined]
        return function

    return bind


def control(key: str, summary: str, **fields: type | tuple[type, ...]) -> Callable[[F], F]:
    """Add a route to the control plane (``POST /__mock__/…``); the function gets world, path params and body.

    ``fields`` are those that the body may have, each with its types; ``whole=dict`` alone takes any object.
    """

    def bind(function: F) -> F:
        function.control_route = (key, summary)  # type: ignore[attr-defined]
        function.control_fields = fields  # type: ignore[attr-defined]
        return function

    return bind


def move(moves: dict[str, tuple[str, ...]], state: str, to: str, detail: str) -> str:
    """Check a step of a lifecycle against its table of moves; refuses with 409 and that sentence."""
    if to not in moves.get(state, ()):
        raise Problem(409, detail)
    return to


def kept(source: Call | World, resource: str, /, **within: str) -> Kept:
    """Return the items of a resource of the document, as inferred handlers keep them.

    `within` names what they belong to, by key: ``kept(call, "agent", team="blue")``.

    Raises:
        LookupError: the resource model has no such resource.

    """
    from specdouble.mock.inferred.kept import kept as find  # a pack that handles everything needs nothing of it

    return find(source, resource, **within)


def shaped(call: Call, value: Any, **headers: str) -> Response:
    """Return a response of the operation's declared success, in which a value is made to fit its schema."""
    from specdouble.mock.inferred.kept import shaped as shape

    return shape(call, value, **headers)
