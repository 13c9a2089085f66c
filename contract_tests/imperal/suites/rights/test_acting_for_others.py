"""Who names another person in X-Acting-User without the service token acts for nobody but themselves."""

from __future__ import annotations

from specdouble.verify.kit import Api, Check, Op, Unmet, operations, rule, without_volatile

from ...session import Session

FOR_APPS = "GET /v1/secrets/{ext_id}/{name}"  # a secret's value, which no person is shown (403), whoever they name


def acted(op: Op, api: Api) -> bool:
    """Whether a person of any role calls an operation, for themselves."""
    mine = api.for_people(op) and not op.spec.public and op.key != FOR_APPS
    return mine and op.spec.required_role is None and not api.is_stream(op)


@rule("S14")
@operations(acted)
def test_a_person_acts_for_nobody_else(op: Op, session: Session, check: Check) -> None:
    """A person who names another one in X-Acting-User reads and changes what is their own, or is refused."""
    ready = session.ready(op)
    if ready.person is None or session.users.of(ready.who) is not ready.person:
        raise Unmet("it is not called as a person, who could name another one")
    other = session.callers.stranger(op, ready)
    who = ready.who.plus("naming another person", X_Acting_User=other.id)
    if op.reads:
        own, named = session.play(ready).need(), session.play(ready, who)
        check.that(
            named.status in (401, 403)
            or without_volatile(session.api, named.json) == without_volatile(session.api, own.json),
            "X-Acting-User changes whose data is read",
            named,
            expected=own.text,
            about="read",
        )
        return
    before = session.look(ready.watch)
    reply = session.play(ready, who)
    check.that(
        not reply.ok or not ready.watch or session.look(ready.watch) != before,
        "X-Acting-User changes whose data is written",
        reply,
        expected="a change of one's own, or a refusal",
        about="write",
    )
