"""Removing what a run created, the last thing first; also later, from the journal of a run that crashed."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

from specdouble.verify.credentials import Credential, Person
from specdouble.verify.journal import Journal, folder
from specdouble.verify.problems import TargetError, Unmet
from specdouble.verify.settings import PEOPLE
from specdouble.verify.stage import Stage


def sweep(stage: Stage) -> list[dict[str, Any]]:
    """Remove what this process created; return what is still there."""
    events = Journal.read(stage.settings.run, stage.journal.path.parent)
    mine = {str(one) for one in stage.client.owned}
    last = stage.worker == "main"  # what is put back is put back once, when nobody changes it any more
    return remove(
        stage, [one for one in events if one.get("id") is None or one["id"] in mine or (one.get("back") and last)]
    )


def leftovers(run: str, where: str = "") -> list[dict[str, Any]]:
    """Return what a run created and did not remove, in the order of creation."""
    return Journal.pending(Journal.read(run, folder(where)))


def maybe(run: str, where: str = "") -> list[dict[str, Any]]:
    """Return what a run may have created: it was sent, and no answer came."""
    return Journal.unanswered(Journal.read(run, folder(where)))


def about(run: str, where: str = "") -> dict[str, Any]:
    """Return what the journal says of a run: its target, its Registry, its tenant; {} when there is no journal."""
    return next((one for one in Journal.read(run, folder(where)) if one["event"] == "run"), {})


def remove(stage: Stage, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Undo creations, last in first out; what is gone already counts as removed. Return what is still there.

    What is still in use by an older thing (a scope by a role) is tried again once that is gone.
    """
    guest, was = stage.client.guest, stage.client.guest.sweeping
    guest.sweeping = stage.meter.sweeping = True
    try:
        there = Journal.pending(events)
        while len(left := _remove(stage, there)) not in (0, len(there)):
            there = left
    finally:
        guest.sweeping = stage.meter.sweeping = was
    with suppress(TargetError, Unmet):
        stage.end_sessions()
    return left


def _remove(stage: Stage, there: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Try to undo each creation once, the last one first; return what is still there, in the order of creation."""
    left, lost = [], False
    for one in reversed(there):
        gone = False
        if one["undo"] and not lost:
            try:
                gone = _undo(stage, one)
            except TargetError:
                lost = True
            except Unmet:
                pass
        if gone:
            stage.journal.write("removed", what=one["what"], id=one["id"])
        else:
            left.append(one)
    return left[::-1]


def _undo(stage: Stage, one: dict[str, Any]) -> bool:
    body = {"confirm_name": one["id"], "force": True} if one["what"] == "app" else one.get("body")
    if one.get("back"):
        stage.client.guest.borrowed.add((one["undo"], *map(str, one["params"].values())))
    else:
        stage.client.own(one["id"], *one["params"].values())
    more: dict[str, Any] = {} if body is None else {"body": body}
    reply = stage.client.send(
        one["undo"], _who(stage, one), params=one["params"], query=one["query"], check=False, **more
    )
    return reply.ok or reply.status in (404, 410)


def _who(stage: Stage, one: dict[str, Any]) -> Credential:
    if one.get("back"):
        return _owner(stage, str(one["owner"])).bearer
    if one["undo"].startswith("registry "):
        return stage.cast.registry
    if one["undo"].startswith(("DELETE /v1/users", "DELETE /v1/tenants", "DELETE /v1/roles", "DELETE /v1/scopes")):
        # The service token reaches every tenant; to an administrator another tenant's people are not there (I03).
        return stage.cast.service if stage.settings.service_token else stage.cast.admin.bearer
    if one["undo"].startswith("DELETE /v1/admin"):
        return stage.cast.admin.bearer if stage.cast.has_admin else stage.cast.service
    return _owner(stage, str(one.get("owner", ""))).bearer


def _owner(stage: Stage, imperal_id: str) -> Person:
    """Return the given person who made a thing: nobody else can remove it."""
    for who in PEOPLE:
        if getattr(stage.settings, who):
            person: Person = stage.shared(f"given {who}", partial(stage.cast.given, who))
            if person.imperal_id == imperal_id:
                return person
    raise Unmet(f"it belongs to {imperal_id}, whose credentials were not given")
