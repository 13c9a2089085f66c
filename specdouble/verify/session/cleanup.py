"""Removing what a run created, the last thing first; also later, from the journal of a run that crashed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from specdouble.verify.problems import TargetError, Unmet
from specdouble.verify.safety.journal import Journal, folder
from specdouble.verify.session.session import Session


def sweep(session: Session) -> list[dict[str, Any]]:
    """Remove what this process created; return what is still there."""
    events = Journal.read(session.settings.run, session.journal.path.parent)
    mine = {str(one) for one in session.client.owned}
    last = session.worker == "main"  # what is put back is put back once, when nobody changes it any more
    return remove(
        session, [one for one in events if one.get("id") is None or one["id"] in mine or (one.get("back") and last)]
    )


def leftovers(run: str, where: str = "") -> list[dict[str, Any]]:
    """Return what a run created and did not remove, in the order of creation."""
    return Journal.pending(Journal.read(run, folder(where)))


def maybe(run: str, where: str = "") -> list[dict[str, Any]]:
    """Return what a run may have created: it was sent, and no response came."""
    return Journal.unanswered(Journal.read(run, folder(where)))


def about(run: str, where: str = "") -> dict[str, Any]:
    """Return what the journal says of a run: where it went, and with which options; {} when there is no journal."""
    return next((one for one in Journal.read(run, folder(where)) if one["event"] == "run"), {})


def remove(session: Session, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Undo creations, last in first out; what is gone already counts as removed. Return what is still there.

    What is still in use by an older thing (a scope by a role) is tried again once that is gone.
    """
    safety, was = session.client.safety, session.client.safety.sweeping
    safety.sweeping = session.meter.sweeping = True
    try:
        there = Journal.pending(events)
        while len(left := _remove(session, there)) not in (0, len(there)):
            there = left
    finally:
        safety.sweeping = session.meter.sweeping = was
    with suppress(TargetError, Unmet):
        session.end_sessions()
    return left


def _remove(session: Session, there: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Try to undo each creation once, the last one first; return what is still there, in the order of creation."""
    left, lost = [], False
    for one in reversed(there):
        gone = False
        if one["undo"] and not lost:
            try:
                gone = _undo(session, one)
            except TargetError:
                lost = True
            except Unmet:
                pass
        if gone:
            session.journal.write("removed", what=one["what"], id=one["id"])
        else:
            left.append(one)
    return left[::-1]


def _undo(session: Session, one: dict[str, Any]) -> bool:
    made = session.api.pack.creates.get(one.get("op", ""))
    body = made.body(one["id"]) if made is not None and made.body is not None else one.get("body")
    if one.get("back"):
        session.client.safety.borrowed.add((one["undo"], *map(str, one["params"].values())))
    else:
        session.client.own(one["id"], *one["params"].values())
    more: dict[str, Any] = {} if body is None else {"body": body}
    reply = session.client.send(
        one["undo"], session.users.remover(one), params=one["params"], query=one["query"], check=False, **more
    )
    return reply.ok or reply.status in (404, 410)
