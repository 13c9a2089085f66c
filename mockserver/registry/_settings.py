"""Runtime settings of apps: an app's own over the platform's, merged deeply, never removed by omission (gotcha R04)."""

from __future__ import annotations

from typing import Any

from mockserver.kit import Doc, World

PLATFORM: dict[str, Any] = {
    "general": {"language": "en", "timezone": "UTC"},
    "models": {"primary": "demo-large", "temperature": 0.2},
    "persona": {"tone": "friendly"},
    "alerts": {"enabled": True, "channel": "chat"},
    "router": {"max_candidates": 5},
    "session": {"idle_minutes": 30},
    "monitoring": {"sample_rate": 0.1},
    "skeleton": {"default_ttl": 300},
}


def of(world: World, app_id: str) -> Doc:
    """Return every section of an app's settings."""
    held = world.state["registry_settings"].get(app_id)
    return merge(PLATFORM, held["settings"] if held else {})


def save(world: World, app_id: str, given: Doc) -> list[str]:
    """Merge the given sections into an app's own settings and return their names."""
    sections = {name: given[name] for name in PLATFORM if name in given}
    held = world.state["registry_settings"].get(app_id)
    settings = merge(held["settings"] if held else {}, sections)
    world.state["registry_settings"].put({"app_id": app_id, "settings": settings})
    return list(sections)


def merge(base: Doc, over: Doc) -> Doc:
    """Lay one object over another: objects merge, anything else replaces."""
    merged = dict(base)
    for name, value in over.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
