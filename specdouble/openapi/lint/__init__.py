"""What is wrong in a document, what is probably a mistake, and what is worth knowing."""

from specdouble.openapi.lint.check import lint, size
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.lint.rules import LEVELS, RULES, Rule

__all__ = ["LEVELS", "RULES", "Finding", "Rule", "lint", "size"]
