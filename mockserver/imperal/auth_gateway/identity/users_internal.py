"""A user's settings, as the platform reads and changes them for an app."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..kernel import _kernel
from . import _settings


@op("GET /v1/internal/users/{user_id}/settings")
def settings(call: Call) -> Doc:
    """Show a user's settings: their own, else those of their tenant, else the platform's."""
    return {"settings": _settings.resolved(call.world, _kernel.person(call))}


@op("PATCH /v1/internal/users/{user_id}/settings")
def change_settings(call: Call) -> Doc:
    """Merge the given settings; null takes one back to the inherited value."""
    user, given = _kernel.person(call), call.given(*_settings.PLATFORM)
    return {"settings": _settings.change(call.world, user, given)}
