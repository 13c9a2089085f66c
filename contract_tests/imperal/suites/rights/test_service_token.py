"""The service token: what it opens and nothing else does, and for whom it acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from specdouble.verify.kit import (
    Api,
    Check,
    Credential,
    Op,
    Unmet,
    Wrong,
    opens,
    operations,
    or_blind,
    perhaps,
    refused,
    rule,
)

from ...callers import ACTING, ALONE
from ...people import Person
from ...safety import UNKNOWN
from ...session import Session
from ...wrong import for_person, nobody, service_tokens, strangers


def for_services(op: Op, api: Api) -> bool:
    """Whether an operation of the gateway is for services only."""
    return op.service == api.contract.first.name and not op.spec.public and not api.for_people(op)


def for_people(op: Op, api: Api) -> bool:
    """Whether people call an operation, and nobody without a credential does."""
    return api.for_people(op) and not op.spec.public


def of_people(session: Session) -> Iterator[Wrong]:
    """Yield the good credentials of people, which open no operation for services."""
    for name in ("user", "admin", "developer"):
        with suppress(Unmet):
            person: Person = getattr(session.users, name)
            yield Wrong("GATE-01", Credential(f"the bearer of {person.label}", person.bearer.headers))
            yield Wrong("GATE-03", person.bearer.plus("as an acting user", X_Acting_User=UNKNOWN))


def of_services(session: Session) -> list[Wrong]:
    """Return wrong credentials for an operation of services, which nobody owns."""
    return [*strangers(session), *service_tokens(session, nobody(session).access_token)]


@rule("GATE-01")
@operations(for_services)
def test_a_service_operation_opens_to_no_person(op: Op, session: Session, check: Check) -> None:
    """An operation for platform services opens with the service token and with nothing else.

    Neither a user nor the owner of the thing nor an administrator may call it, with or without an acting user.
    """
    with or_blind(session, check, op, lambda: of_people(session), lambda: of_services(session)):
        ready = session.prepared(op)
        people = [session.users.user]
        for name in ("admin", "developer"):
            try:
                people.append(getattr(session.users, name))
            except Unmet:
                continue
        if ready.person is not None and ready.person not in people:
            people.append(ready.person)
        tries = [*for_person(session, people[0]), *service_tokens(session, people[0].access_token)]
        for person in people:
            tries.append(Wrong("GATE-01", Credential(f"the bearer of {person.label}", person.bearer.headers)))
            tries.append(Wrong("GATE-03", person.bearer.plus("as an acting user", X_Acting_User=people[-1].id)))
            tries += [
                Wrong(
                    "GATE-02",
                    Credential(
                        f"{one.who.name} and the bearer of {person.label}", {**person.bearer.headers, **one.who.headers}
                    ),
                )
                for one in service_tokens(session, person.access_token)
            ]
        key = perhaps(
            session, lambda: session.shared("a key of the user", lambda: session.users.key(session.users.user))
        )
        tries += [Wrong("GATE-01", key)] if key else []
        bearers = {f"the bearer of {person.label}" for person in people}
        tries.sort(key=lambda one: (one.who.name not in bearers, one.who.name != "no credential"))
        refused(session, check, ready, session.some(tries, len(bearers) + 1, 3), 401, 403, 422)
        opens(session, check, ready)


@rule("GATE-04")
@operations(lambda op, api: for_services(op, api) and op.spec.body is not None)
def test_it_is_refused_before_its_body_is_looked_at(op: Op, session: Session, check: Check) -> None:
    """Without the service token a bad body is refused like a good one: never taken, never a 5xx (S10)."""
    ready = session.prepared(op)
    before = session.look(ready.watch)
    for who in (
        session.users.user.bearer,
        Credential("no credential"),
        Credential("a wrong token", {"X-Service-Token": "wrong"}),
    ):
        for data in session.some((b"{", b"[]", b'{"email": 5}', b"null"), 1):
            reply = session.send(op, who, params=ready.params, query=ready.query, content=data)
            check.status(reply, 401, 403, 422, message=f"{who.name} with a bad body is answered with {reply.status}")
    check.that(session.look(ready.watch) == before, "a refused request changed something", op=op, rule="AUTH-23")


@rule("AUTH-20")
@operations(for_people)
def test_a_wrong_service_token_never_falls_back_to_the_bearer(op: Op, session: Session, check: Check) -> None:
    """A wrong service token is refused, even when a good bearer comes with it (S09).

    An empty header beside a bearer may count as none: servers and proxies read it so.
    """
    ready = session.prepared(op)
    person = session.callers.need(op, ready)
    tries = [
        Wrong("AUTH-20", Credential(f"{one.who.name} with a good bearer", {**person.bearer.headers, **one.who.headers}))
        for one in service_tokens(session, person.access_token)
        if all(one.who.headers.values())
    ]
    tries += [
        Wrong("AUTH-20", one.who.plus("and an acting user", X_Acting_User=person.id))
        for one in service_tokens(session, person.access_token)
    ]
    refused(session, check, ready, session.some(tries, 0, 1), 401, 403, 422)


@rule("AUTH-21")
@operations(for_people)
def test_a_service_acts_only_where_and_for_whom_it_may(op: Op, session: Session, check: Check) -> None:
    """The service token acts for a named, existing user, and only on operations that declare it (S08, S12)."""
    ready = session.prepared(op)
    person = session.callers.need(op, ready)
    service = session.users.service
    tries = []
    if ALONE not in op.spec.security:
        tries.append(Wrong("AUTH-21", Credential("the service token alone", service.headers)))
        tries.append(Wrong("AUTH-21", service.plus("with an empty acting user", X_Acting_User="")))
    if ACTING not in op.spec.security and ALONE not in op.spec.security:
        tries.append(Wrong("AUTH-22", service.plus("acting for the owner", X_Acting_User=person.id)))
    session.client.own(UNKNOWN)
    tries.append(Wrong("AUTH-21", service.plus("acting for nobody known", X_Acting_User=UNKNOWN)))
    refused(session, check, ready, session.some(tries, 0, 1), 401, 403, 404, 422)
