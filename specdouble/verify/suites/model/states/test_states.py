"""States: an action is refused in the states that the document excludes for it."""

from __future__ import annotations

import re
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Thing
from specdouble.verify.generated.things import How
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.record import WARNING
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, has_role, item, still, workshop


def _states(session: Session, op: Op, shown: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the member of an item that holds its state, and the listed states."""
    shop = workshop(session)
    resource = shop.known.resource(op)
    reader = shop.known.reader(op.service, resource.name) if resource is not None else None
    if reader is None:
        return "", []
    schema = reader.spec.success.schema
    flats = shop.filler(reader).flats
    for part in shop.known.about(reader).at.split("/")[1:]:
        schema = flats.members(schema).get(part, schema)
    for name, one in flats.members(schema).items():
        listed = [str(value) for value in flats.of(one).enum or () if isinstance(value, str)]
        if name in ("status", "state", "stage", "phase") and len(listed) > 1 and shown.get(name) in listed:
            return name, listed
    return "", []


_REFUSAL = re.compile(
    r"\b(4\d\d|conflict\w*|refus\w*|reject\w*|fail\w*|error\w*|cannot|can't|invalid|not allowed)\b", re.I
)
_WHEN = re.compile(r"\b(if|when|for)\b", re.I)
_ALWAYS = r"only(?: an?| the)?|must be"
_NO = r"(?:not|isn't|aren't)(?: yet| already)?(?: been)?"
_YES = r"(?:(?:that|which|it) (?:is|are))(?: still)?|already"


def told(text: str, listed: list[str]) -> tuple[set[str], set[str]]:
    """Return the states for which a text says that an action is, and those for which it says that it is not.

    "An order that is not paid" excludes one state, and "409 if it is not paid" all others; what is mixed says nothing.
    """
    spelled = {one: re.escape(one).replace("_", "[ _-]") for one in listed}
    every = "|".join(spelled.values())

    def found(sentence: str, lead: str) -> set[str]:
        match = re.search(rf"\b(?:{lead}) ((?:{every})(?:(?:, | or |, or )(?:{every}))*)\b", sentence, re.IGNORECASE)
        said = match[1] if match is not None else ""
        return {one for one, form in spelled.items() if re.search(rf"\b{form}\b", said, re.IGNORECASE)}

    for sentence in re.split(r"[.;\n]", text):
        wanted = found(sentence, _ALWAYS)
        no, yes = found(sentence, _NO), found(sentence, _YES)
        refuses, when = bool(_REFUSAL.search(sentence)), bool(_WHEN.search(sentence))
        if not wanted and refuses != when:
            continue
        if not wanted and refuses:  # it says when it is refused
            no, yes = yes, no
        if wanted or (yes and not no):
            wanted = wanted or yes
            return wanted, set(listed) - wanted
        if no:
            return set(), no
    return set(), set()


@rule("LIFE-66")
@by_model(
    lambda op, known: (
        has_role("action")(op, known)
        and bool(known.about(op).resource)
        and "{" in op.spec.path
        and bool({409, 400, 422, 403} & set(op.spec.responses))
    )
)
def test_an_action_is_refused_where_the_document_excludes_it(op: Op, session: Session, check: Check) -> None:
    """Where the document says for which states an action is, it is refused in the others, and changes nothing there."""
    shop = workshop(session)
    request = shop.request(op)
    if request.thing is None or request.how.before:
        check.does_not_apply("it needs other actions first")
        return
    name, listed = _states(session, op, item(session, request.thing))
    wanted, excluded = told(f"{op.spec.summary}. {op.spec.description}", listed) if listed else (set(), set())
    if not excluded:
        check.does_not_apply("the document does not say for which states it is")
        return
    about = shop.known.about(op)
    others = [one for one in shop.known.uses(op.service, about.resource, "action") if "{" in one.spec.path]
    for before in [None, *others]:
        try:
            thing = shop.thing(op.service, about.resource, request.identity or shop.identities.first, fresh=True)
            if before is not None and not _done(session, before, thing):
                continue
            shown = item(session, thing)
        except Unmet:
            continue
        state = str(shown.get(name))
        reply = shop.send(shop.build(op, thing.who, How(chosen=request.how.chosen), thing))
        if state in wanted:
            check.that(
                reply.ok or reply.status not in (400, 409, 422),
                f"it is refused ({reply.status}) for what is {state}, and the document allows it",
                reply,
                expected="2xx",
                about=f"allowed {state}",
                severity=WARNING,
            )
        if state not in excluded:
            continue
        check.that(
            not reply.ok,
            f"it is taken ({reply.status}) for what is {state}, and the document excludes that",
            reply,
            expected="409",
            about=f"excluded {state}",
        )
        if not reply.ok:
            check.that(
                still(item(session, thing)) == still(shown),
                "a refused action changes something",
                reply,
                expected=shown,
                about=f"changed {state}",
            )


def _done(session: Session, op: Op, thing: Thing) -> bool:
    shop = workshop(session)
    how = shop.how.get(op.id)
    if how is None:
        shop.learn(op)
        how = shop.how[op.id]
    return shop.send(shop.build(op, thing.who, How(chosen=how[1].chosen), thing)).ok
