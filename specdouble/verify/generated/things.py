"""Live things, and requests about them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Op
from specdouble.openapi.model import Resource
from specdouble.verify.api.recipes import Ready
from specdouble.verify.identities import Identity

if TYPE_CHECKING:
    from specdouble.verify.responses.reply import Reply


@dataclass(eq=False)
class Thing:
    """A live item of a resource.

    `keys` is its key by the parameters of its path and `above` what it belongs to, by resource. `item` is how the
    response that made it shows it. `who` made it (or looks at it, where it is not `ours`).
    """

    service: str
    resource: Resource
    keys: dict[str, str]
    who: Identity
    above: dict[str, Thing] = field(default_factory=dict)
    item: dict[str, Any] | None = None
    request: Request | None = None
    reply: Reply | None = None
    ours: bool = True
    gone: bool = False

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.resource.name} {'/'.join(self.keys.values())}"

    def within(self, name: str) -> Thing | None:
        """Return the thing of a resource that this one belongs to, however far above."""
        if name in self.above:
            return self.above[name]
        return next((found for one in self.above.values() if (found := one.within(name)) is not None), None)


@dataclass(frozen=True)
class How:
    """How the body of an operation is made: with optional members or without, and which ones are left out.

    `before` are operations on the same thing that must come first. `chosen` are members with the listed value that
    they take in place of the first. Where it is `plain`, texts without a form are one word each. `given` are parameters
    of the query whose value the response of another operation gives: the parameter, the operation, the member.
    """

    full: bool = True
    example: bool = False
    without: frozenset[str] = frozenset()
    plain: bool = False
    before: tuple[str, ...] = ()
    chosen: tuple[tuple[str, Any], ...] = ()
    given: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Request(Ready):
    """A request that a healthy server takes, with the thing that it is about and the identity that sends it."""

    thing: Thing | None = None
    identity: Identity | None = None
    how: How = field(default_factory=How)
    above: dict[str, Thing] = field(default_factory=dict)

    def but(self, **changes: Any) -> Request:
        """Return the same request with some parts exchanged."""
        return replace(self, **changes)

    @property
    def operation(self) -> Op:
        """The operation."""
        assert self.op is not None
        return self.op
