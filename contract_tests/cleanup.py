"""Removing what a run created, the last thing first; also later, from the journal of a run that crashed."""

from __future__ import annotations

from typing import Any

from contract_tests.credentials import Credential
from contract_tests.journal import Journal, folder
from contract_tests.problems import TargetError, Unmet
from contract_tests.stage import Stage


def sweep(stage: Stage) -> list[dict[str, Any]]:
    """Remove what this process created; return what is still there."""
    events = Journal.read(stage.settings.run, stage.journal.path.parent)
    own = _of(events, stage)
    return remove(stage, own)


def _of(events: list[dict[str, Any]], stage: Stage) -> list[dict[str, Any]]:
    mine = {str(one) for one in stage.client.owned}
    return [one for one in events if one.get("id") is None or one["id"] in mine]


def leftovers(run: str, where: str = "") -> list[dict[str, Any]]:
    """Return what a run created and did not remove, in the order of creation."""
    events = Journal.read(run, folder(where))
    return _pending(events)


def _pending(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    gone = {(one.get("what"), one.get("id")) for one in events if one["event"] == "removed"}
    return [one for one in events if one["event"] == "created" and (one["what"], one["id"]) not in gone]


def remove(stage: Stage, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Undo creations, last in first out; what is gone already counts as removed. Return what is still there."""
    left = []
    for one in reversed(_pending(events)):
        if not one["undo"]:
            left.append(one)
            continue
        stage.client.own(one["id"], *one["params"].values())
        try:
            who = _who(stage, one)
            reply = stage.client.send(
                one["undo"], who, params=one["params"], query=one["query"], body=_body(one), check=False
            )
        except (Unmet, TargetError):
            left.append(one)
            continue
        if reply.ok or reply.status in (404, 410):
            stage.journal.write("removed", what=one["what"], id=one["id"])
        else:
            left.append(one)
    return left


def _who(stage: Stage, one: dict[str, Any]) -> Credential:
    if one["undo"].startswith("registry "):
        return stage.cast.registry
    if one["undo"].startswith(("DELETE /v1/users", "DELETE /v1/tenants", "DELETE /v1/roles", "DELETE /v1/scopes")):
        # The service token reaches every tenant; to an administrator another tenant's people are not there (I03).
        return stage.cast.service if stage.settings.service_token else stage.cast.admin.bearer
    if one["undo"].startswith("DELETE /v1/admin"):
        return stage.cast.admin.bearer if stage.settings.admin else stage.cast.service
    return stage.cast.user.bearer


def _body(one: dict[str, Any]) -> Any:
    return {"confirm_name": one["id"], "force": True} if one["what"] == "app" else None
