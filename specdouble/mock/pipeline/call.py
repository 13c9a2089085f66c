"""A call: one request on its way through the engine, and the response it gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc, State
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World

if TYPE_CHECKING:
    from specdouble.mock.pipeline.operation import Bound


class Headers(Protocol):
    """Request headers: ``get`` takes a lower-case name."""

    def get(self, key: str, /) -> str | None:
        """Return the value of a header, or None."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return all names and values."""


@dataclass(slots=True)
class Request:
    """What a transport hands to the engine: ``path`` is decoded, ``query`` is raw, ``client`` the peer's IP address."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    client: str = ""

    def but(self, body: bytes) -> Request:
        """Return a copy with another body."""
        return Request(self.method, self.path, self.query, self.headers, body, self.client)


@dataclass(slots=True)
class Caller:
    """Who calls, as the pack's policy recognised it.

    ``kind`` is anonymous, user, api-key, service or extension (an app that acts for a user); ``user`` is the person
    acted for, if any; ``session_id`` and ``claims`` come from a JWT.
    """

    kind: str = "anonymous"
    user: Doc | None = None
    session_id: str | None = None
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> bool:
        """Whether the platform itself calls."""
        return self.kind == "service"


@dataclass(slots=True)
class Response:
    """A response that differs from the declared success: another status, bytes, headers, or an event stream.

    ``foreign`` marks words that are not the platform's (an app's own handler wrote them): nothing is promised
    about them, so strict mode lets them pass.
    """

    body: Any = None
    status: int | None = None
    content_type: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    stream: Listener | None = None
    foreign: bool = False


class Call:
    """One request as a handler sees it.

    ``params`` and ``query`` hold values of their declared types with defaults filled in; ``body`` the parsed JSON
    body; ``raw`` its bytes. What a handler returns becomes the body of the operation's declared success status.
    """

    __slots__ = ("body", "caller", "client", "headers", "op", "params", "query", "raw", "state", "text_query",
                 "world")  # fmt: skip

    def __init__(self, op: Bound, world: World, request: Request, params: dict[str, Any]) -> None:
        self.op = op
        self.world = world
        self.state: State = world.state
        self.params = params
        self.query: dict[str, Any] = {}
        self.body: Any = None
        self.raw = request.body
        self.headers = request.headers
        self.text_query = request.query
        self.client = request.client
        self.caller = Caller()

    @property
    def user(self) -> Doc:
        """The person who calls or is acted for; raises a 401 ``Problem`` when there is none."""
        user = self.caller.user
        if user is None:
            raise Problem(401, "This operation acts for a person. Send a bearer token or name an acting user.")
        return user

    @property
    def user_id(self) -> str:
        """The id of the person who calls or is acted for, by which the pack's principals are known."""
        return str(self.user[self.world.principals.id])

    def need(self, collection: str, key: Any, detail: str, status: int = 404) -> Doc:
        """Return a document by id, or refuse with that status and sentence."""
        doc = self.state[collection].get(key)
        if doc is None:
            raise Problem(status, detail)
        return doc

    def show(self, doc: Doc, **more: Any) -> Doc:
        """Cut a document down to the fields of this operation's success schema; ``more`` adds or replaces some."""
        shown = {name: doc[name] for name in self.op.fields if name in doc}
        shown.update(more)
        return shown

    def show_all(self, docs: Iterable[Doc]) -> list[Doc]:
        """Cut each document down to the fields of this operation's success schema."""
        fields = self.op.fields
        return [{name: doc[name] for name in fields if name in doc} for doc in docs]

    def given(self, *names: str) -> Doc:
        """Return those of the named body fields that were sent (all of them when no name is given)."""
        body = self.body or {}
        return {name: body[name] for name in names or body if name in body}
