"""Who may call an operation and who may not: what the suites of credentials and of isolation ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential, Person
from specdouble.verify.api.recipes import Ready
from specdouble.verify.problems import Unmet
from specdouble.verify.users import wrong
from specdouble.verify.users.wrong import Wrong

if TYPE_CHECKING:
    from specdouble.verify.session.session import Session

Tries = tuple[Ready, list[Wrong], tuple[int, ...]]


class Callers:
    """Knows wrong credentials by the security schemes of the document; a pack's subclass knows more of them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.users = session.users

    def caller(self, op: Op, ready: Ready) -> Person | None:
        """Return the person whose good credential opens a prepared request, if it is one's."""
        return self.users.of(ready.who)

    def wrong(self, op: Op, ready: Ready) -> list[Wrong]:
        """Return credentials that must not open an operation, the most telling ones first."""
        token = ready.who.headers.get("Authorization", "").removeprefix("Bearer ")
        return list(wrong.declared(self.users.schemes(op.service), op, token))

    def careless(self, op: Op) -> Iterable[Wrong]:
        """Return wrong credentials that are made from real people's, to try on a request that says nothing."""
        return self.nobodys(op)

    def nobodys(self, op: Op) -> Iterable[Wrong]:
        """Return wrong credentials that nobody owns: whoever takes one acts for nobody."""
        return wrong.declared(self.users.schemes(op.service), op, "")

    def too_small(self, op: Op, ready: Ready) -> Iterator[Tries]:
        """Yield prepared requests of an operation of a role, credentials without it, and the statuses of a refusal."""
        yield ready, [Wrong("AUTH-18", self.users.user.bearer)], (401, 403, 404)

    def anybody_else(self, op: Op) -> Iterable[Wrong]:
        """Return credentials without the role of an operation, to try on a request that says nothing."""
        return ()

    def ways(self, op: Op) -> Iterator[tuple[str, Ready, Credential]]:
        """Yield each declared way to sign in that other tests do not use: its name, a request, the credential."""
        yield from ()

    def gaining(self, op: Op, ready: Ready) -> list[Wrong]:
        """Return the wrong credentials to try where none is needed."""
        return list(self.nobodys(op))

    def stranger(self, op: Op, ready: Ready) -> Person:
        """Return another person of the same role as the one of a prepared request."""
        other = self.users.other
        return other if ready.person is not other else self.users.user

    def strangers(self, op: Op, owner: Person, other: Person) -> Iterator[tuple[str, str, Credential]]:
        """Yield the ways in which another person may ask: the rule that refuses each, what it is, the credential."""
        yield "ISO-01", "another person", other.bearer

    def reader(self, ready: Ready) -> Credential:
        """Return the credential that reads back what a request wrote."""
        return ready.who

    def on_behalf(self, op: Op, person: Person) -> Credential | None:
        """Return the credential of a service that acts for a person, where an operation declares one."""
        return None

    def need(self, op: Op, ready: Ready) -> Person:
        """Return the person who calls, or for whom somebody does.

        Raises:
            Unmet: nobody does.

        """
        found = self.caller(op, ready)
        if found is None:
            raise Unmet(f"the recipe of {op.id} is not called by a person")
        return found
