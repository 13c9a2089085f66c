"""What refers to what inside of configurations: the secrets that agents use, and those that none does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specdouble.mock.kit import Call, Doc, kept


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
