"""The one exception this package raises."""

from specdouble.errors import SpecdoubleError, closest

__all__ = ["SpecError", "closest"]


class SpecError(SpecdoubleError):
    """A document cannot be read, understood or found."""
