"""Which language models answer: the platform's choice, the providers there are, and a try without saving."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World, invalid

from ..kernel import _config

NAME = "llm"
KEY = "api_key"  # and every name that ends like it: written, never shown
LATENCY_MS = 310
DEFAULTS: Doc = {
    "provider": "anthropic",
    "model": "claude-sonnet-4-6",
    "purpose": {},
    "extensions": {},
    "extension_overrides": {},
    "failover_enabled": False,
    "failover_provider": "",
    "failover_model": "",
}


def chosen(world: World) -> Doc:
    """Return the whole choice, keys included."""
    held = world.state["platform_settings"].get(NAME)
    return {**DEFAULTS, **(held["values"] if held else {})}


def shown(value: Any) -> Any:
    """Return a configuration without any key, however deep it stands."""
    if isinstance(value, dict):
        return {name: shown(part) for name, part in value.items() if not name.endswith(KEY)}
    return [shown(part) for part in value] if isinstance(value, list) else value


def whose(world: World, provider: str) -> str:
    """Tell whose a provider is that was used: the user's own (byollm), the one to fail over to, or the platform's."""
    choice = chosen(world)
    if not provider or provider == choice["provider"]:
        return ""
    if provider == choice["failover_provider"]:
        return "failover"
    return "" if any(one["id"] == provider for one in world.state["llm_providers"]) else "byollm"


def with_changes(world: World, body: Doc) -> Doc:
    """Return the choice with what was sent merged in; refuses with 422 a field of another type than it has.

    The choice has no layers: what a scope could enforce or give to roles has no place in it.
    """
    layers = [name for name in _config.TREES if name != "config" and body.get(name)]
    if layers:
        raise invalid(*((("body", name), "Models have config alone; send it there", "value_error") for name in layers))
    sent = body.get("config") or {}
    wrong = [name for name, value in sent.items() if name in DEFAULTS and type(value) is not type(DEFAULTS[name])]
    if wrong:
        message = "Input should be of the type that this field has"
        raise invalid(*((("body", "config", name), message, "type_error") for name in wrong))
    return _config.merged(chosen(world), sent, frozenset(body.get("replace_paths") or ()))


def save(world: World, body: Doc, by: str) -> Doc:
    """Merge what was sent into the choice and return all of it; ``by`` is who changes it."""
    values, now = with_changes(world, body), world.clock.stamp()
    world.state["platform_settings"].put({"name": NAME, "values": values, "updated_at": now, "updated_by": by})
    return values


def providers(world: World) -> list[Doc]:
    """Return the providers; one is configured when the platform has a key for it."""
    choice = chosen(world)
    keyed = {choice[f"{which}provider"] for which in ("", "failover_") if choice.get(f"{which}{KEY}")}
    return [
        {**one, "configured": bool(one["configured"] or one["id"] in keyed)} for one in world.state["llm_providers"]
    ]


def failure(world: World, choice: Doc) -> str | None:
    """Say why a choice does not work: an unknown provider or model, or no key for it; None when it does."""
    provider = next((one for one in providers(world) if one["id"] == choice["provider"]), None)
    if provider is None:
        return f"There is no provider {choice['provider'][:80]!r}."
    if choice["model"] not in provider["models"]:
        return f"{provider['name']} has no model {choice['model'][:80]!r}."
    if not provider["configured"] and not choice.get(KEY):
        return f"There is no key for {provider['name']}. Send api_key with the configuration."
    return None
