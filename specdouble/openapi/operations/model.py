"""What an operation consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from specdouble.openapi.operations.servers import Server

Schema = dict[str, Any] | bool


@dataclass(frozen=True, slots=True)
class Mistake:
    """A part of the document that cannot be used: where it stands and what is wrong with it.

    `left_out` tells whether the part is missing from the model; otherwise it was put right in the obvious way.
    """

    pointer: str
    reason: str
    left_out: bool = True


@dataclass(frozen=True, slots=True)
class Content:
    """What a body or a response looks like in one media type; `example` is None when the document shows none.

    `item_schema` describes one item of a sequence such as JSON Lines or server-sent events (3.2); `encoding` says how
    the members of a form are written.
    """

    media_type: str
    schema: Schema
    pointer: str
    example: Any = None
    has_example: bool = False
    encoding: Mapping[str, Any] = field(default_factory=dict)
    item_schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `example` and `default` are None when the document gives none (see `has_default`).

    `style` and `explode` are always set, by default as the specification says for the location. A parameter that is
    written in a media type has `content`, and its `schema` is the one of that.
    """

    name: str
    location: str
    required: bool
    schema: Schema
    pointer: str
    description: str = ""
    example: Any = None
    default: Any = None
    has_default: bool = False
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    allow_empty: bool = False
    content: Content | None = None
    greedy: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A request body, with its media types in document order."""

    required: bool
    content: dict[str, Content]
    pointer: str


@dataclass(frozen=True, slots=True)
class Response:
    """One response. `status` 0 stands for `default`, and 100, 200 … for `1XX`, `2XX` … (`wildcard` is then true).

    `media_type` is "" and `schema` True when the response has no body; `content` holds every media type.
    """

    status: int
    media_type: str
    schema: Schema
    pointer: str
    description: str = ""
    example: Any = None
    has_example: bool = False
    headers: dict[str, Any] | None = None
    links: dict[str, Any] | None = None
    content: dict[str, Content] | None = None
    wildcard: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, named by `key`: the method and the path exactly as the document prints it.

    `security` holds the alternatives in document order, each the set of schemes that must be sent together: an empty
    set means that a call without credentials is fine too, and an empty tuple that the operation is public. `responses`
    has ranges under their first digit, `4XX` under 4, and `default` under 0; see `response()`. `servers`
    are those of the operation, the path or the document, whichever stands closest. `pointer` leads into the document
    in the form of 3.x, as `specdouble.openapi.dialects.current` returns it.
    """

    key: str
    method: str
    path: str
    operation_id: str
    tag: str
    summary: str
    description: str
    deprecated: bool
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: dict[int, Response]
    success: Response
    security: tuple[frozenset[str], ...]
    required_role: str | None
    pointer: str
    servers: tuple[Server, ...] = ()

    def response(self, status: int) -> Response | None:
        """Return what is declared for a status: the status itself, its range, or the default."""
        return self.responses.get(status) or self.responses.get(status // 100) or self.responses.get(0)

    @property
    def public(self) -> bool:
        """Whether a call without any credential is allowed."""
        return not self.security or frozenset() in self.security
