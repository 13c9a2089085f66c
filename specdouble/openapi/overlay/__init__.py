"""OpenAPI Overlays: reading them, applying them, and the actions that change nothing."""

from specdouble.openapi.overlay.apply import apply, run, unmatched
from specdouble.openapi.overlay.form import check_overlay, load_overlay

__all__ = ["apply", "check_overlay", "load_overlay", "run", "unmatched"]
