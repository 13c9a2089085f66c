"""The auth matrix: every protected operation against every kind of credential that must not open it.

Each request has a valid body and live ids, so that nothing but the credential can be the reason of a refusal. After
the refusals nothing has changed, and at last the same request with its good credential is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from specdouble.verify.check import Check
from specdouble.verify.contract import GATEWAY, Op, contract
from specdouble.verify.credentials import Credential, Person
from specdouble.verify.given import perhaps
from specdouble.verify.problems import Unmet
from specdouble.verify.recipes import Ready
from specdouble.verify.rules import rule
from specdouble.verify.safety import UNKNOWN
from specdouble.verify.session import Session
from specdouble.verify.suites._matrix import opens, or_blind, refused
from specdouble.verify.wrong import TELLING, Wrong, for_person, nobody, service_tokens, strangers

PERSONAL = frozenset({"bearerAuth", "apiKey"})
PROTECTED = [op for op in contract().ops if op.service == GATEWAY and not op.spec.public]
SERVICE_ONLY = [op for op in PROTECTED if all(PERSONAL.isdisjoint(way) for way in op.spec.security)]
PEOPLES = [op for op in PROTECTED if op not in SERVICE_ONLY]
OPTIONAL = [op for op in contract().ops if frozenset() in op.spec.security and len(op.spec.security) > 1]
ALONE, ACTING = frozenset({"serviceToken"}), frozenset({"serviceToken", "actingUser"})
ADMINS = [op for op in PEOPLES if op.spec.required_role == "admin"]
DEVELOPERS = [op for op in PEOPLES if op.spec.required_role == "developer"]
# A person signs in here as everywhere, and is not who the response is for (K02).
FOR_APPS = frozenset({"GET /v1/secrets/{ext_id}/{name}"})


def caller(session: Session, op: Op, ready: Ready) -> Person:
    """Return the person whose good credential opens a prepared request, or for whom a service makes it."""
    found = session.users.of(ready.who) or (ready.person if op.id in FOR_APPS else None)
    if found is None:
        raise Unmet(f"the recipe of {op.id} is not called by a person")
    return found


def of_somebody(session: Session) -> Iterator[Wrong]:
    """Yield the wrong credentials of a person who is there; of nobody, where nobody is."""
    with suppress(Unmet):
        yield from for_person(session, session.users.user)
        return
    with suppress(Unmet):
        yield from for_person(session, session.users.admin)


def of_people(session: Session) -> Iterator[Wrong]:
    """Yield the good credentials of people, which open no operation for services."""
    for name in ("user", "admin", "developer"):
        with suppress(Unmet):
            person: Person = getattr(session.users, name)
            yield Wrong("GATE-01", Credential(f"the bearer of {person.label}", person.bearer.headers))
            yield Wrong("GATE-03", person.bearer.plus("as an acting user", X_Acting_User=UNKNOWN))


def of_a_user(session: Session) -> Iterator[Wrong]:
    """Yield the good credential of a user, who is neither administrator nor developer."""
    with suppress(Unmet):
        yield Wrong("AUTH-18", session.users.user.bearer)


def of_services(session: Session) -> list[Wrong]:
    """Return wrong credentials for an operation of services, which nobody owns."""
    return [*strangers(session), *service_tokens(session, nobody(session).access_token)]


@rule("AUTH-01")
@pytest.mark.parametrize("op", PEOPLES, ids=str)
def test_no_wrong_credential_opens_it(op: Op, session: Session, check: Check) -> None:
    """A request without a good credential is refused with 401 and changes nothing.

    Tried are: none, empty, garbage, other schemes, tampered, unsigned and foreign tokens, ended sessions, revoked
    keys, refresh tokens, and platform credentials where a person's belong. 403 counts as a refusal too.
    """
    with or_blind(session, check, op, of_somebody(session), strangers(session)):
        ready = session.prepared(op)
        tries = session.some(for_person(session, caller(session, op, ready)), 1, 1)
        refused(session, check, ready, tries, 401, 403, 422)
        opens(session, check, ready)


@rule("GATE-01")
@pytest.mark.parametrize("op", SERVICE_ONLY, ids=str)
def test_a_service_operation_opens_to_no_person(op: Op, session: Session, check: Check) -> None:
    """An operation for platform services opens with the service token and with nothing else.

    Neither a user nor the owner of the thing nor an administrator may call it, with or without an acting user.
    """
    with or_blind(session, check, op, of_people(session), of_services(session)):
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
            tries.append(Wrong("GATE-03", person.bearer.plus("as an acting user", X_Acting_User=people[-1].imperal_id)))
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
@pytest.mark.parametrize("op", [op for op in SERVICE_ONLY if op.spec.body is not None], ids=str)
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
@pytest.mark.parametrize("op", PEOPLES, ids=str)
def test_a_wrong_service_token_never_falls_back_to_the_bearer(op: Op, session: Session, check: Check) -> None:
    """A wrong service token is refused, even when a good bearer comes with it (S09).

    An empty header beside a bearer may count as none: servers and proxies read it so.
    """
    ready = session.prepared(op)
    person = caller(session, op, ready)
    tries = [
        Wrong("AUTH-20", Credential(f"{one.who.name} with a good bearer", {**person.bearer.headers, **one.who.headers}))
        for one in service_tokens(session, person.access_token)
        if all(one.who.headers.values())
    ]
    tries += [
        Wrong("AUTH-20", one.who.plus("and an acting user", X_Acting_User=person.imperal_id))
        for one in service_tokens(session, person.access_token)
    ]
    refused(session, check, ready, session.some(tries, 0, 1), 401, 403, 422)


@rule("AUTH-21")
@pytest.mark.parametrize("op", PEOPLES, ids=str)
def test_a_service_acts_only_where_and_for_whom_it_may(op: Op, session: Session, check: Check) -> None:
    """The service token acts for a named, existing user, and only on operations that declare it (S08, S12)."""
    ready = session.prepared(op)
    person = caller(session, op, ready)
    service = session.users.service
    tries = []
    if ALONE not in op.spec.security:
        tries.append(Wrong("AUTH-21", Credential("the service token alone", service.headers)))
        tries.append(Wrong("AUTH-21", service.plus("with an empty acting user", X_Acting_User="")))
    if ACTING not in op.spec.security and ALONE not in op.spec.security:
        tries.append(Wrong("AUTH-22", service.plus("acting for the owner", X_Acting_User=person.imperal_id)))
    session.client.own("imp_u_nobody99")
    tries.append(Wrong("AUTH-21", service.plus("acting for nobody known", X_Acting_User="imp_u_nobody99")))
    refused(session, check, ready, session.some(tries, 0, 1), 401, 403, 404, 422)


@rule("AUTH-18")
@pytest.mark.parametrize("op", [*ADMINS, *DEVELOPERS], ids=str)
def test_an_operation_of_a_role_opens_to_no_other(op: Op, session: Session, check: Check) -> None:
    """What is for administrators or developers is refused to everybody else with 403, whomever they name."""
    with or_blind(session, check, op, of_a_user(session), [], 404):
        _opens_to_no_other(op, session, check)


def _opens_to_no_other(op: Op, session: Session, check: Check) -> None:
    ready = session.prepared(op)
    person = caller(session, op, ready)
    user = session.users.user
    named = {"user_id": person.imperal_id}
    key = perhaps(session, lambda: session.shared("a key of the user", lambda: session.users.key(user)))
    developer = perhaps(session, lambda: session.users.developer) if op in ADMINS else None
    people = [user.bearer, *([key] if key else []), *([developer.bearer] if developer else [])]
    tries = [Wrong("AUTH-18", one) for one in people]
    tries += [Wrong("AUTH-18", one.plus("with an acting user", X_Acting_User=person.imperal_id)) for one in people]
    acting = session.settings.service_token and ACTING in op.spec.security and (op.reads or user.ours)
    if acting:
        tries.append(Wrong("AUTH-26", session.users.acting(user)))
        if developer is not None and (op.reads or developer.ours):
            tries.append(Wrong("AUTH-26", session.users.acting(developer)))
    tries = session.some(tries, 1, 1)
    refused(session, check, ready, tries, 401, 403, 404)
    plain = perhaps(session, lambda: session.users.kept("somebody without rights"))
    if acting and plain is not None and "user_id" in ready.params:
        own = ready.but(params={**ready.params, "user_id": plain.imperal_id}, watch=())
        themselves = session.users.acting(plain).plus("about themselves")
        refused(session, check, own, [Wrong("AUTH-26", themselves), Wrong("AUTH-18", plain.bearer)], 401, 403, 404)
    if op in DEVELOPERS:
        spelled = ready.but(query={**ready.query, **named})
        if isinstance(ready.body, dict):
            spelled = spelled.but(body={**ready.body, **named})
        refused(
            session,
            check,
            spelled,
            [Wrong("AUTH-18", user.bearer.plus("naming the developer as user_id"))],
            401,
            403,
            404,
            422,
        )


@rule("AUTH-24")
@pytest.mark.parametrize("op", PEOPLES, ids=str)
def test_every_declared_way_to_sign_in_opens_it(op: Op, session: Session, check: Check) -> None:
    """Each way to sign in that the document declares is taken: bearer, API key, service token with an acting user."""
    ways = [way for way in op.spec.security if way in ({"apiKey"}, ACTING, ALONE)]  # other tests use the bearer
    for way in ways if op.reads else session.some(ways, 0, 1):
        ready = session.ready(op)
        person = caller(session, op, ready)
        if way == {"apiKey"}:
            if op.id in FOR_APPS:
                continue
            who = session.shared(f"key {person.imperal_id}", partial(session.users.key, person))
        elif way == ACTING:
            who = session.users.acting(person)
        else:
            who = session.users.service
            if op in DEVELOPERS:  # such callers name the developer in user_id (S16)
                if isinstance(ready.body, dict):
                    ready = ready.but(body={**ready.body, "user_id": person.imperal_id})
                elif op.reads:
                    ready = ready.but(query={**ready.query, "user_id": person.imperal_id})
                else:
                    continue
        reply = session.play(ready, who)
        check.that(reply.ok, f"{' + '.join(sorted(way))} is answered with {reply.status}", reply, expected="2xx")


@rule("AUTH-25")
@pytest.mark.parametrize("op", OPTIONAL, ids=str)
def test_a_wrong_credential_gains_nothing_where_none_is_needed(op: Op, session: Session, check: Check) -> None:
    """Where credentials are optional, a wrong one counts as none or is refused; it shows nothing of anybody."""
    ready = session.ready(op)
    check.ok(session.play(ready, Credential("nobody")), "an operation without need of a credential refuses its absence")
    user = perhaps(session, lambda: session.users.user)
    for wrong in session.some(for_person(session, user) if user else strangers(session), len(TELLING), 2):
        reply = session.play(ready, wrong.who)
        check.that(reply.status < 500, f"{wrong.who.name} is answered with {reply.status}", reply, about=wrong.who.name)
        check.that(
            "is_installed" not in reply.text,
            f"{wrong.who.name} is told what is installed",
            reply,
            about=wrong.who.name,
            rule=wrong.rule,
        )
