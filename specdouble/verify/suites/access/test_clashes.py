"""Second attempts: whoever asks for what is taken gets a clash or a thing of their own, and nothing of the first owner.

A status alone does not say it: a 409 may tell whose it is, and a 201 may hand over what was there.
"""

from __future__ import annotations

import re
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.credentials import NOBODY, Credential, claims
from specdouble.verify.api.recipes import Ready
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.http.client import Reply
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.leaks import fields
from specdouble.verify.safety.safety import Safety
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.access.test_isolation import belongings


def _clashes(op: Op, api: Api) -> bool:
    """Whether an operation makes something, or claims what there is only one of."""
    if op.spec.method not in ("POST", "PUT") or op.spec.body is None or op.id in (api.pack.safety or Safety).logins:
        return False
    declares = op.id in api.pack.creates or not {201, 409}.isdisjoint(op.spec.responses)
    return declares or not api.words.unique.isdisjoint(api.contract.body_schema(op).get("properties", ()))


_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")


def _made(api: Api, op: Op, first: Reply) -> set[str]:
    """Return the ids of what a create made, and of the people whom it names or gives tokens of."""
    response = first.json if isinstance(first.json, dict) else {}
    found = {
        str(response[name])
        for name in ("id", api.pack.creates[op.id].field if op.id in api.pack.creates else "id")
        if name in response
    }
    return {one for one in found if not one.isdigit() and not _JWT.fullmatch(one)} | _people(api, first)


def _people(api: Api, reply: Reply) -> set[str]:
    """Return the people of a response: in its fields, and in the tokens that it hands out."""
    named = {str(value) for name, value in fields(reply.json) if name in api.words.people and value}
    return named | {str(claims(one).get("sub", "")) for one in _JWT.findall(reply.text)} - {""}


def _shown(api: Api, reply: Reply, things: set[str]) -> list[str]:
    """Return which of some ids and texts a response shows, in the open or in a token, though nobody named them."""
    told = {text for text in things if text in reply.text} | (things & _people(api, reply))
    return sorted(one for one in told if one.encode() not in reply.asked)


def _attempts(session: Session, op: Op, ready: Ready) -> list[tuple[str, Credential, Any, set[str]]]:
    """Return who tries again, with which body, and what is theirs anyway."""
    own = {ready.person.id, ready.person.email} if ready.person else set()
    tries: list[tuple[str, Credential, Any, set[str]]] = [("the same request", ready.who, ready.body, own)]
    if isinstance(ready.body, dict) and "password" in ready.body:
        other = {**ready.body, "password": f"{ready.body['password']}-other"}
        tries.append(("another password", ready.who, other, own))
    if ready.who is not NOBODY:
        tries.append(("nobody", NOBODY, ready.body, set()))
    if ready.person is not None and session.api.has_people(op.service):
        other_person = session.callers.stranger(op, ready)
        theirs = {other_person.id, other_person.email}
        tries.append(("another person", other_person.bearer, ready.body, theirs))
    return tries


@rule("ISO-07")
@operations(_clashes)
def test_a_second_attempt_gets_nothing_of_the_first(op: Op, session: Session, check: Check) -> None:
    """Who asks for what is taken is refused, or gets a thing of their own, and never what is the first owner's.

    Ids, tokens and data of the first owner are in no answer to a second attempt: the same request, one with another
    password, nobody's and another person's. A refused attempt changes nothing of the first.
    """
    ready = session.ready(op)
    first = session.play(ready)
    if not first.ok:
        raise Unmet(f"{op.id} answered {first.status}")
    made, people = _made(session.api, op, first), _people(session.api, first)
    of_owner = set(belongings(ready.person)) if ready.person else set()
    before = session.look(ready.watch)
    refused = True
    for how, who, body, theirs in _attempts(session, op, ready):
        reply = session.play(ready, who, body=body)
        refused &= not reply.ok
        alien = (made if who is not ready.who else people - {""}) | of_owner
        shown = _shown(session.api, reply, alien - theirs)
        check.that(
            not shown,
            f"{how}: a second attempt that is answered with {reply.status} shows what is the first one's",
            reply,
            expected="a refusal, or a new thing; nothing of the first",
            got=f"{reply.status} with {', '.join(shown)}",
            about=how,
        )
    if refused:
        check.equal(
            session.look(ready.watch), before, "a refused second attempt changed something", op=op, rule="ISO-03"
        )
