"""Inspecting the secrets of an agent, and validating the agents of an agentspace."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, kept, op

from ._references import migrated, mistake, references, unused


@op("POST /registry/secret/inspect/{assistant_id}")
def inspect(call: Call) -> Any:
    """Find the secrets of an agent in its configuration, and try to resolve them."""
    space = call.query["agentspace_id"]
    kept(call, "agentspace").get(space)
    wanted = dict.fromkeys(references(kept(call, "agent", agentspace=space).get(call.params["assistant_id"])))
    secrets = kept(call, "secret", agentspace=space)
    known = [found for key in wanted if (found := secrets.find(key)) is not None]
    errors = []
    if call.query["check_resolution"]:
        errors = [{"id": key, "error": "No such secret is registered"} for key in wanted if key not in secrets]
        errors += [{"id": one["key"], "error": "The backend has no value"} for one in known if not one.get("value")]
    return {"secrets": [{"key": one["key"], "scope": one["scope"]} for one in known], "errors": errors}


@op("POST /registry/validate")
def validate(call: Call) -> Any:
    """Validate and migrate every agent, and remove the secrets that none uses; a dry run changes nothing."""
    space, dry = call.query["agentspace_id"], call.query["dry_run"]
    kept(call, "agentspace").get(space)
    agents, secrets = kept(call, "agent", agentspace=space), kept(call, "secret", agentspace=space)
    errors = []
    for one in agents:
        wrong = mistake(one)
        if wrong:
            errors.append({"id": one["assistant_id"], "error": wrong})
        elif not dry:
            agents.put({**migrated(one), "validated": True})
    deleted = [] if dry else unused(call, space)
    for one in deleted:
        secrets.remove(one["key"])
    shown = [{name: one.get(name) for name in ("key", "scope", "description")} for one in deleted]
    return {"validated": len(list(agents)) - len(errors), "errors": errors, "deleted_secrets": shown}
