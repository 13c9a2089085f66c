"""Who may call an operation of Imperal Cloud and who may not: people, services, and services that act for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from specdouble.verify import kit
from specdouble.verify.kit import Credential, Op, Ready, Unmet, Wrong, perhaps

from . import wrong
from .people import Person
from .users import TestUsers

if TYPE_CHECKING:
    from .session import Session

ALONE, ACTING, KEY = frozenset({"serviceToken"}), frozenset({"serviceToken", "actingUser"}), frozenset({"apiKey"})


class Callers(kit.Callers):
    """Knows the wrong credentials of Imperal Cloud, and whom a service acts for."""

    session: Session
    users: TestUsers

    def caller(self, op: Op, ready: Ready) -> kit.Person | None:
        """Return the person who calls, or for whom an app does."""
        return self.users.of(ready.who) or (ready.person if self.session.api.facts(op).not_theirs else None)

    def need(self, op: Op, ready: Ready) -> Person:
        """Return the person who calls; raises Unmet where nobody does."""
        found = super().need(op, ready)
        assert isinstance(found, Person)
        return found

    def wrong(self, op: Op, ready: Ready) -> list[Wrong]:
        """Return every wrong credential of the caller."""
        return wrong.for_person(self.session, self.need(op, ready))

    def careless(self, op: Op) -> Iterable[Wrong]:
        """Yield the wrong credentials of a person who is there; of an administrator, where nobody else is."""
        with suppress(Unmet):
            yield from wrong.for_person(self.session, self.users.user)
            return
        with suppress(Unmet):
            yield from wrong.for_person(self.session, self.users.admin)

    def nobodys(self, op: Op) -> Iterable[Wrong]:
        """Return the wrong credentials of nobody."""
        return wrong.strangers(self.session)

    def anybody_else(self, op: Op) -> Iterable[Wrong]:
        """Yield the good credential of a user, who is neither administrator nor developer."""
        with suppress(Unmet):
            yield Wrong("AUTH-18", self.users.user.bearer)

    def too_small(self, op: Op, ready: Ready) -> Iterator[kit.Tries]:
        """Yield what a user, their key, a developer and a service that acts for them are refused."""
        session, users, role = self.session, self.users, op.spec.required_role
        person, user = self.need(op, ready), users.user
        key = perhaps(session, lambda: session.shared("a key of the user", lambda: users.key(user)))
        developer = perhaps(session, lambda: users.developer) if role == "admin" else None
        people = [user.bearer, *([key] if key else []), *([developer.bearer] if developer else [])]
        tries = [Wrong("AUTH-18", one) for one in people]
        tries += [Wrong("AUTH-18", one.plus("with an acting user", X_Acting_User=person.id)) for one in people]
        acting = session.settings.service_token and ACTING in op.spec.security and (op.reads or user.ours)
        if acting:
            tries.append(Wrong("AUTH-26", users.acting(user)))
            if developer is not None and (op.reads or developer.ours):
                tries.append(Wrong("AUTH-26", users.acting(developer)))
        yield ready, session.some(tries, 1, 1), (401, 403, 404)
        plain = perhaps(session, lambda: users.kept("somebody without rights"))
        if acting and plain is not None and "user_id" in ready.params:
            own = ready.but(params={**ready.params, "user_id": plain.id}, watch=())
            themselves = users.acting(plain).plus("about themselves")
            yield own, [Wrong("AUTH-26", themselves), Wrong("AUTH-18", plain.bearer)], (401, 403, 404)
        if role == "developer":
            named = {"user_id": person.id}
            spelled = ready.but(query={**ready.query, **named})
            if isinstance(ready.body, dict):
                spelled = spelled.but(body={**ready.body, **named})
            who = user.bearer.plus("naming the developer as user_id")
            yield spelled, [Wrong("AUTH-18", who)], (401, 403, 404, 422)

    def ways(self, op: Op) -> Iterator[tuple[str, Ready, Credential]]:
        """Yield API keys and service tokens; other tests use the bearer."""
        session, facts = self.session, self.session.api.facts(op)
        ways = [way for way in op.spec.security if way in (KEY, ACTING, ALONE)]
        for way in ways if op.reads else session.some(ways, 0, 1):
            made = session.ready(op)
            person = self.need(op, made)
            if way == KEY:
                if facts.not_theirs:
                    continue
                who = session.shared(f"key {person.id}", partial(self.users.key, person))
            elif way == ACTING:
                who = self.users.acting(person)
            else:
                who = self.users.service
                if op.spec.required_role == "developer":  # such callers name the developer in user_id (S16)
                    if isinstance(made.body, dict):
                        made = made.but(body={**made.body, "user_id": person.id})
                    elif op.reads:
                        made = made.but(query={**made.query, "user_id": person.id})
                    else:
                        continue
            yield " + ".join(sorted(way)), made, who

    def gaining(self, op: Op, ready: Ready) -> list[Wrong]:
        """Return the wrong credentials of a user, or of nobody."""
        user = perhaps(self.session, lambda: self.users.user)
        every = wrong.for_person(self.session, user) if user else wrong.strangers(self.session)
        return self.session.some(every, len(wrong.TELLING), 2)

    def stranger(self, op: Op, ready: Ready) -> Person:
        """Return another person of the same role; where one can be made, one whose things differ from a fresh one's."""
        if op.spec.required_role == "developer":
            found: Person = self.session.shared("another developer", lambda: self.users.new_developer())
            return found
        if not self.session.settings.service_token:
            return self.users.other if ready.person is not self.users.other else self.users.user
        made: Person = self.session.shared("a stranger", self._unlike)
        return made

    def _unlike(self) -> Person:
        """Make a person whose wallet, keys, name and settings differ from a fresh one's, so that a mix-up shows."""
        session = self.session
        person = session.users.new("a stranger")
        steps: tuple[Callable[[], object], ...] = (
            lambda: session.users.fund(person, 7000),
            lambda: session.users.key(person),
            lambda: session.send(
                "PUT /v1/me/nickname", person, body={"nickname": session.users.fresh("stranger")}
            ).need(),
            lambda: session.send("PATCH /v1/me/settings", person, body={"confirmation_ttl": 77}).need(),
            lambda: session.send("PUT /v1/billing/profile", person, body={"name": "Stranger", "country": "NZ"}).need(),
            lambda: session.send(
                "POST /v1/automations", person, body={"prompt": "Every Friday, count my notes."}
            ).need(),
        )
        for step in steps:
            with suppress(Unmet):
                step()
        return person

    def strangers(self, op: Op, owner: kit.Person, other: kit.Person) -> Iterator[tuple[str, str, Credential]]:
        """Yield the ways in which another person may ask: as themselves, naming the owner, and through a service."""
        yield "ISO-01", "another person", other.bearer
        yield "ISO-01", "another person", other.bearer.plus("naming the owner", X_Acting_User=owner.id)
        acting = self.on_behalf(op, other)
        if acting is not None:
            yield "AUTH-26", "a service acting for another person", acting

    def reader(self, ready: Ready) -> Credential:
        """Return the person's own credential where a service wrote for them, to read back what it wrote."""
        return ready.person.bearer if ready.person is not None and "X-Service-Token" in ready.who.headers else ready.who

    def on_behalf(self, op: Op, person: kit.Person) -> Credential | None:
        """Return the service token that acts for a person, where it was given and the operation declares it."""
        if self.session.settings.service_token and ACTING in op.spec.security:
            return self.users.acting(person)
        return None
