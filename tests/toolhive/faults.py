"""Faults of a ToolHive server, one of a kind per line."""

from __future__ import annotations

from specdouble.mock.inferred.kept import Kept
from specdouble.mock.pipeline.call import Call
from tests.toolhive.planting import (
    Fault,
    after,
    always,
    before,
    deaf,
    fails,
    forgets,
    inside,
    instead,
    lost,
    media,
    never,
    refused,
    says,
    status,
    unchecked,
    with_,
    without,
    wrapped,
)  # fmt: skip

A = "/api/v1beta"
FEED = "/registry/{registryName}/v0.1"


def _stays(call: Call, workloads: Kept) -> None:
    for one in workloads.where(group="default"):
        if one["name"] != "fetch":
            workloads.change(one["name"], group=call.params["name"])


def _all_stop(_call: Call, workloads: Kept) -> None:
    for one in workloads:
        workloads.change(one["name"], status="stopping")


def _replaced(call: Call, workloads: Kept) -> None:
    if isinstance(call.body, dict) and call.body.get("name") in workloads:
        workloads.remove(call.body["name"])


def _unequipped(call: Call, providers: Kept) -> None:
    providers.change("default", provider_type="encrypted")


def _homeless(call: Call, clients: Kept) -> None:
    if not call.body.get("groups"):
        clients.change(call.body["name"], groups=[])


W = f"{A}/workloads"
FAULTS = [
    Fault("T01", f"POST {W}", "a created workload is answered with 200", status(200)),
    Fault("T02", f"POST {W}", "the port is a text", with_("", "port", "18010")),
    Fault("T03", f"POST {W}", "the new workload is not kept", wrapped(lost)),
    Fault("T04", f"POST {W}", "any body is taken", unchecked),
    Fault("T05", f"POST {W}", "the tools are forgotten", forgets("tools")),
    Fault("T06", f"POST {W}", "the variables are forgotten", forgets("env_vars")),
    Fault("T07", f"GET {W}", "the status is one that there is not", with_("workloads", "status", "asleep")),
    Fault("T08", f"GET {W}", "a workload has no name", without("workloads", "name")),
    Fault("T09", f"GET {W}", "the creation time is no time", with_("workloads", "created_at", "yesterday")),
    Fault("T10", f"GET {W}/{{name}}", "the configuration shows the status too", with_("", "status", "running")),
    Fault("T11", f"GET {W}/{{name}}", "the group is null", with_("", "group", None)),
    Fault("T12", f"GET {W}/{{name}}", "it is sent as text", media("text/html")),
    Fault("T13", f"DELETE {W}/{{name}}", "nothing is deleted", wrapped(lost)),
    Fault("T14", f"DELETE {W}/{{name}}", "it is answered with 204", status(204)),
    Fault("T15", f"POST {W}/{{name}}/edit", "the edit is not kept", wrapped(lost)),
    Fault("T16", f"POST {W}/{{name}}/stop", "it fails", wrapped(fails)),
    Fault("T17", f"GET {W}/{{name}}/status", "the status is missing", without("", "status")),
    Fault("T18", f"GET {W}/{{name}}/logs", "the log is JSON", media("application/json")),
    Fault("T19", f"GET {W}/upgrade-check", "a result has an unknown status", with_("results", "status", "old")),
    Fault("T20", f"POST {A}/groups", "the group is not kept", wrapped(lost)),
    Fault("T21", f"POST {A}/groups", "any name is taken", unchecked),
    Fault("T22", f"GET {A}/groups/{{name}}", "the clients are missing", without("", "registered_clients")),
    Fault("T23", f"DELETE {A}/groups/{{name}}", "nothing is deleted", wrapped(lost)),
    Fault("T24", f"GET {A}/groups", "a group shows more than it may", with_("groups", "id", 7)),
    Fault("T25", f"POST {A}/clients", "any client is taken", unchecked),
    Fault("T26", f"GET {A}/clients", "the groups are a text", with_("", "groups", "default")),
    Fault("T27", f"POST {A}/secrets/default/keys", "the value is shown", with_("", "value", "a value")),
    Fault("T28", f"POST {A}/secrets/default/keys", "the secret is not kept", wrapped(lost)),
    Fault("T29", f"PUT {A}/secrets/default/keys/{{key}}", "it is answered with 204", status(204)),
    Fault("T30", f"DELETE {A}/secrets/default/keys/{{key}}", "nothing is deleted", wrapped(lost)),
    Fault("T31", f"GET {A}/skills", "the scope is not looked at", deaf("scope")),
    Fault("T32", f"GET {A}/skills/{{name}}", "the metadata are missing", without("", "metadata")),
    Fault("T33", f"DELETE {A}/skills/{{name}}", "nothing is uninstalled", wrapped(lost)),
    Fault("T34", f"GET {A}/registry/{{name}}", "the type is unknown", with_("", "type", "other")),
    Fault("T35", "GET /registry/{registryName}/v0.1/servers", "the limit is not looked at", deaf("limit")),
    Fault("T36", "GET /registry/{registryName}/v0.1/servers", "a name has no slash", with_("servers", "name", "x")),
    Fault("T37", f"DELETE {A}/groups/{{name}}", "its workloads stay in a lost group", after("workload", _stays)),
    Fault("T38", f"DELETE {A}/groups/{{name}}", "its workloads are never deleted", deaf("with-workloads")),
    Fault("T39", f"DELETE {A}/groups/{{name}}", "its workloads are always deleted", always(**{"with-workloads": True})),
    Fault("T40", f"POST {W}/stop", "names and a group together are taken", unchecked),
    Fault("T41", f"POST {W}/stop", "everything stops", after("workload", _all_stop)),
    Fault("T42", f"POST {W}/delete", "what is removed never goes", wrapped(never)),
    Fault("T43", f"POST {W}/{{name}}/restart", "what starts never runs", wrapped(never)),
    Fault("T44", f"GET {W}", "stopped ones are listed unasked", always(all=True)),
    Fault("T45", f"GET {W}", "the group is not looked at", deaf("group")),
    Fault("T46", f"GET {W}/{{name}}/export", "the port is another one", with_("", "port", 8080)),
    Fault("T47", f"GET {W}/{{name}}/proxy-logs", "there is nothing in it", instead("", 200)),
    Fault("T48", f"POST {A}/registry", "a registry is added", instead({"name": "mine"}, 201)),
    Fault("T49", f"DELETE {A}/registry/{{name}}", "the default registry is removed", instead(None, 204)),
    Fault("T50", f"PUT {A}/registry/{{name}}", "the source is not kept", wrapped(lost)),
    Fault("T51", f"POST {A}/registry/{{name}}/refresh", "it goes well unsigned", instead({"status": "refreshed"}, 200)),
    Fault("T52", f"GET {FEED}/servers", "the search is not made", deaf("q")),
    Fault("T53", f"GET {FEED}/servers", "each page is the first", deaf("page")),
    Fault("T54", f"GET {FEED}/x/dev.toolhive/skills", "the total is that of a page", with_("metadata", "total", 1)),
    Fault("T55", f"POST {A}/secrets", "the provider is not kept", wrapped(lost)),
    Fault("T56", f"GET {A}/secrets/default", "all can write", with_("capabilities", "can_write", True)),
    Fault("T57", f"POST {A}/secrets/default/keys", "all can write", before("secrets-provider", _unequipped)),
    Fault("T58", f"POST {A}/skills", "what is installed is installed again", says(force=True)),
    Fault("T59", f"DELETE {A}/clients/{{name}}", "nobody can leave", refused(404, "client not found")),
    Fault("T60", f"POST {A}/clients", "without a group it is in none", after("client", _homeless)),
    Fault("T61", f"GET {A}/discovery/clients", "nobody is registered", with_("clients", "registered", False)),
    Fault("T62", f"POST {W}", "a name may be taken twice", before("workload", _replaced)),
    Fault("T63", f"POST {W}/{{name}}/upgrade", "the new image is not kept", wrapped(lost)),
    Fault("T64", f"GET {W}/upgrade-check", "stopped ones are left out", deaf("all")),
    Fault("T65", f"GET {A}/registry/{{name}}/servers", "remote ones are missing",
          inside("", lambda one: one.update(remote_servers=[]))),
    Fault("T66", f"GET {A}/skills/content", "the text is that of another", with_("", "body", "# Nothing")),
]  # fmt: skip
