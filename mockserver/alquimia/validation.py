"""What refers to what inside of configurations: secrets that agents use, and those that none does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specdouble.mock.kit import Call, Doc, kept, op


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


def mistake(agent: Doc) -> str:
    """Return what keeps an agent from being valid, "" for nothing."""
    response = agent.get("response")
    if response is not None and not response.get("provider_id"):
        return "response.provider_id: Field required"
    return ""


def migrated(agent: Doc) -> Doc:
    """Return an agent in today's form: once its prompt stood beside the response, now in the response's profile."""
    if "prompt" not in agent:
        return agent
    response = agent.get("response") or {}
    profile = {"system_prompt": agent["prompt"], **(response.get("profile") or {})}
    rest = {name: value for name, value in agent.items() if name != "prompt"}
    return {**rest, "response": {**response, "profile": profile}}


def unvalidated(call: Call, space: str) -> list[str]:
    """Return the agents of an agentspace that have not been validated."""
    return [one["assistant_id"] for one in kept(call, "agent", agentspace=space).where(validated=False)]


def unused(call: Call, space: str) -> list[Doc]:
    """Return the secrets of an agentspace that no agent refers to."""
    used = {key for one in kept(call, "agent", agentspace=space) for key in references(one)}
    return [one for one in kept(call, "secret", agentspace=space) if one["key"] not in used]


def references(value: Any) -> Iterator[str]:
    """Yield the keys of the secrets that a configuration refers to."""
    if isinstance(value, dict):
        key = value.get("$secretRef")
        if isinstance(key, str):
            yield key
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from references(one)
