"""Recipes: for each operation, how to make a request that a healthy server takes.

A recipe prepares what the request needs through the API itself and returns it `Ready` to be sent, once. The general
suites need nothing else: they send it with wrong credentials, beyond its bounds, as another person, and at last as it
is. They stand in the packs (`contract_tests/recipes/`); a recipe is bound by the operation's id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from specdouble.packs import modules
from specdouble.verify.contract import Op, contract
from specdouble.verify.credentials import NOBODY, Credential, Person

if TYPE_CHECKING:
    from specdouble.verify.session import Session


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
    person: Person | None = None
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
_RECIPES: dict[str, Recipe] = {}


def recipe(*ops: str) -> Callable[[Recipe], Recipe]:
    """Bind a recipe to operations by their ids."""

    def bind(function: Recipe) -> Recipe:
        for op in ops:
            if op in _RECIPES:
                raise ValueError(f"{op} has two recipes")
            _RECIPES[contract()[op].id] = function
        return function

    return bind


@cache
def recipes() -> dict[str, Recipe]:
    """Return every recipe by operation id, after importing those of the pack."""
    for _module in modules("contract_tests", inside="recipes"):
        pass  # each binds its own
    return _RECIPES
