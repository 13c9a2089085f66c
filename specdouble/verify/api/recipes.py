"""Recipes: for each operation, how to make a request that a healthy server takes.

A recipe prepares what the request needs through the API itself and returns it `Ready` to be sent, once. The general
suites need nothing else: they send it with wrong credentials, beyond its bounds, as another person, and at last as it
is. They stand in the packs (`contract_tests/<pack>/recipes/`); a recipe is bound by the operation's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Op
from specdouble.verify.api.credentials import NOBODY, Credential

if TYPE_CHECKING:
    from specdouble.verify.session.session import Session


@dataclass(frozen=True)
class Read:
    """A read whose response shows whether something happened."""

    op: str
    who: Credential
    params: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ready:
    """A request that a healthy server takes.

    `who` is the credential that opens it and `person` whom it acts for, if anybody. `watch` lists reads that change
    when the request succeeds (none for requests that change nothing). `content` replaces the JSON body, for signed
    bytes; then `headers` belong to it. `once` says of a read that it is good one time only.
    """

    who: Credential = NOBODY
    person: Any = None  # a `Person`, or a pack's own kind of one
    params: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    watch: tuple[Read, ...] = ()
    once: bool = False
    op: Op | None = None

    def but(self, **changes: Any) -> Ready:
        """Return the same request with some parts exchanged."""
        return replace(self, **changes)


Recipe = Callable[["Session"], Ready]
_BOUND = "specdouble_operations"  # the attribute of a recipe that holds the ids it is bound to


def recipe(*ops: str) -> Callable[[Callable[[Any], Ready]], Callable[[Any], Ready]]:
    """Bind a recipe to operations by their ids; they are looked up when the pack's recipes are loaded."""

    def bind(function: Callable[[Any], Ready]) -> Callable[[Any], Ready]:
        setattr(function, _BOUND, (*getattr(function, _BOUND, ()), *ops))
        return function

    return bind


def within(module: ModuleType) -> Iterator[tuple[str, Recipe]]:
    """Yield the recipes of a module, each with the id of an operation."""
    for one in vars(module).values():
        if getattr(one, "__module__", "") == module.__name__:
            for op in getattr(one, _BOUND, ()):
                yield op, one


def plain(op: Op) -> Recipe | None:
    """Return the recipe of what needs nothing to be made before: a read without required parameters."""
    if not op.reads or any(one.required for one in op.spec.parameters):
        return None

    def make(session: Session) -> Ready:
        who = session.users.credential(op)
        return Ready(who, session.users.of(who))

    return make
