"""The session of a process: the pack's own class of it, or the one whose requests come from the resource model."""

from __future__ import annotations

from specdouble.verify.generated.session import ModelSession
from specdouble.verify.session.session import Session
from specdouble.verify.settings.values import Settings


def make_session(settings: Settings, worker: str = "main") -> Session:
    """Return the session of a process."""
    if settings.api.generated:
        return ModelSession(settings, worker)
    return (settings.api.pack.session or Session)(settings, worker)
