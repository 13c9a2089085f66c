"""What changed between two documents, and whom it breaks."""

from specdouble.openapi.diff.change import Change
from specdouble.openapi.diff.compare import diff
from specdouble.openapi.diff.rules import LEVELS, RULES, Rule

__all__ = ["LEVELS", "RULES", "Change", "Rule", "diff"]
