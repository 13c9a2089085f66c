"""The events of Imperal Cloud: an object with a type and a payload."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Event


def kind(event: Event) -> str:
    """Return the type of an event."""
    return str(event.json.get("type", ""))


def payload(event: Event) -> dict[str, Any]:
    """Return the payload of an event; {} when it is no object."""
    found = event.json.get("payload")
    return found if isinstance(found, dict) else {}
