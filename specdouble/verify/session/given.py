"""What is there already: things to look at where nothing may be made, and what belongs to people who were given.

A run who may only read takes the first thing that a list shows. What is changed of a person who was given is written
down before, and put back at the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from specdouble.verify.api.credentials import Credential, Person
from specdouble.verify.problems import Unmet
from specdouble.verify.safety.journal import Journal
from specdouble.verify.session.session import Session

Doc = dict[str, Any]


def perhaps(session: Session, make: Callable[[], Any]) -> Any:
    """Make something that a read would show; a run who may not reads without it. Return None then."""
    if session.settings.local:
        return make()
    with suppress(Unmet):
        return make()
    return None


def rows(session: Session, op: str, who: Person | Credential, **more: Any) -> list[Doc]:
    """Send the request of a list and return its rows that are objects; `rows_in` reads a response that is there."""
    found = session.send(op, who, **more).need().json
    if isinstance(found, dict):
        found = next((found[name] for name in session.api.words.lists if isinstance(found.get(name), list)), [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def first(session: Session, what: str, op: str, who: Person | Credential, **more: Any) -> Doc:
    """Return the first row of a list.

    Raises:
        Unmet: the list is empty; the reason says what would help.

    """
    found = rows(session, op, who, **more)
    if not found:
        asked = (f"--{one}" for one in session.users.made_with if not getattr(session.settings, one.replace("-", "_")))
        missing = ", with ".join(asked)
        made = f", or let the run make one ({missing})" if missing else ""
        raise Unmet(f"{what} is needed, and {op} shows none: give people who have one{made}")
    return found[0]


def either(session: Session, make: Callable[[], Any], find: Callable[[], Any]) -> Any:
    """Return what the run makes; where it cannot, what is there already.

    Raises:
        Unmet: neither, with the reason of making it.

    """
    if session.settings.local:
        return make()
    try:
        return make()
    except Unmet as error:
        try:
            return find()
        except Unmet as other:
            said = [*str(error).split("; "), *str(other).split("; ")]
            raise Unmet("; ".join(dict.fromkeys(said))) from None


def put_back(
    session: Session,
    person: Person,
    what: str,
    undo: str,
    params: Doc | None = None,
    body: Any = None,
    *,
    lets: str = "",
) -> None:
    """Write down how something of a given person is put back at the end, once in a run and before it is changed.

    `undo` is the operation that puts it back and `lets` the one that may change it from now on (default: the same).
    """
    if person.ours or not session.settings.allow_writes:
        return
    for op in {undo, lets or undo}:
        values = map(str, (params or {}).values()) if "{" in session.contract[op].spec.path else ()
        session.client.safety.borrowed.add((session.contract[op].id, *values))
    name = f"{what} of {person.id}"
    if promised(session, person, what) is not None:
        return
    entry = {"op": undo, "what": what, "id": name, "undo": undo, "params": params or {}, "query": {}, "back": True}
    session.journal.write("created", **entry, body=body, owner=person.id)


def promised(session: Session, person: Person, what: str) -> Doc | None:
    """Return the path of what a process of this run has written down to put back for a given person, or None."""
    events = Journal.pending(Journal.read(session.settings.run, session.journal.path.parent))
    found = (one["params"] for one in events if one.get("id") == f"{what} of {person.id}")
    return next(found, None)


def take_back(session: Session, undo: str, person: Person, params: Doc) -> None:
    """Remove a thing that this run has made for somebody who has room for few; that needs no permission."""
    safety, was = session.client.safety, session.client.safety.sweeping
    safety.sweeping = True
    try:
        session.send(undo, person, params=params, check=False)
    finally:
        safety.sweeping = was
