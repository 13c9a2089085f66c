"""What is there already: things to look at where nothing may be made, and what belongs to people who were given.

A guest who may only read takes the first thing that a list shows. What is changed of a person who was given is written
down before, and put back at the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from specdouble.verify.credentials import Credential, Person
from specdouble.verify.journal import Journal
from specdouble.verify.problems import Unmet
from specdouble.verify.stage import Stage

Doc = dict[str, Any]
WRAPS = (
    "items",
    "sessions",
    "confirmations",
    "tasks",
    "entries",
    "extensions",
    "apps",
    "agencies",
    "tools",
    "users",
    "webhooks",
)


def perhaps(stage: Stage, make: Callable[[], Any]) -> Any:
    """Make something that a read would show; a guest who may not reads without it. Return None then."""
    if stage.settings.local:
        return make()
    with suppress(Unmet):
        return make()
    return None


def rows(stage: Stage, op: str, who: Person | Credential, **more: Any) -> list[Doc]:
    """Return the rows of a list, whatever object they stand in."""
    found = stage.send(op, who, **more).need().json
    if isinstance(found, dict):
        found = next((found[name] for name in WRAPS if isinstance(found.get(name), list)), [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def first(stage: Stage, what: str, op: str, who: Person | Credential, **more: Any) -> Doc:
    """Return the first row of a list.

    Raises:
        Unmet: the list is empty; the reason says what would help.

    """
    found = rows(stage, op, who, **more)
    if not found:
        asked = {"--allow-writes": stage.settings.allow_writes, "--service-token": stage.settings.service_token}
        missing = ", with ".join(name for name, given in asked.items() if not given)
        made = f", or let the run make one ({missing})" if missing else ""
        raise Unmet(f"{what} is needed, and {op} shows none: give people who have one{made}")
    return found[0]


def veteran(stage: Stage) -> Person:
    """Return somebody who has used the platform: the user who was given, even where the run makes people of its own."""
    if not stage.settings.user:
        return stage.cast.user
    found: Person = stage.shared("the given user", lambda: stage.cast.given("user"))
    if found.stale:
        stage.cast.login(found)
    return found


def either(stage: Stage, make: Callable[[], Any], find: Callable[[], Any]) -> Any:
    """Return what the run makes; where a guest cannot, what is there already.

    Raises:
        Unmet: neither, with the reason of making it.

    """
    if stage.settings.local:
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
    stage: Stage, person: Person, what: str, undo: str, params: Doc | None = None, body: Any = None, *, lets: str = ""
) -> None:
    """Write down how something of a given person is put back at the end, once in a run and before it is changed.

    `undo` is the operation that puts it back and `lets` the one that may change it from now on (default: the same).
    """
    if person.ours or not stage.settings.allow_writes:
        return
    for op in {undo, lets or undo}:
        values = map(str, (params or {}).values()) if "{" in stage.contract[op].spec.path else ()
        stage.client.guest.borrowed.add((stage.contract[op].id, *values))
    name = f"{what} of {person.imperal_id}"
    if promised(stage, person, what) is not None:
        return
    entry = {"op": undo, "what": what, "id": name, "undo": undo, "params": params or {}, "query": {}, "back": True}
    stage.journal.write("created", **entry, body=body, owner=person.imperal_id)


def promised(stage: Stage, person: Person, what: str) -> Doc | None:
    """Return the path of what a process of this run has written down to put back for a given person, or None."""
    events = Journal.pending(Journal.read(stage.settings.run, stage.journal.path.parent))
    found = (one["params"] for one in events if one.get("id") == f"{what} of {person.imperal_id}")
    return next(found, None)


def take_back(stage: Stage, undo: str, person: Person, params: Doc) -> None:
    """Remove a thing that this run has made for somebody who has room for few; that needs no permission."""
    guest, was = stage.client.guest, stage.client.guest.sweeping
    guest.sweeping = True
    try:
        stage.send(undo, person, params=params, check=False)
    finally:
        guest.sweeping = was
