"""Faults of a ToolHive server, one of a kind per line."""

from __future__ import annotations

from tests.toolhive.planting import (
    Fault,
    deaf,
    fails,
    forgets,
    lost,
    media,
    status,
    unchecked,
    with_,
    without,
    wrapped,
)  # fmt: skip

A = "/api/v1beta"
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
]  # fmt: skip
