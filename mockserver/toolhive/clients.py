"""Registering several clients: each of a list is made or changed, which no declaration can say."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, kept, op


@op("POST /api/v1beta/clients/register")
def register(call: Call) -> Any:
    """Add groups to each client; one that is not registered yet is."""
    clients = kept(call, "client")
    groups = call.body.get("groups") or ["default"]
    for name in call.body["names"]:
        held = clients.find(name)
        if held is None:
            clients.add({"name": name, "groups": list(groups)})
        else:
            clients.change(name, groups=[*held["groups"], *(one for one in groups if one not in held["groups"])])
    return [{"name": name} for name in call.body["names"]]
