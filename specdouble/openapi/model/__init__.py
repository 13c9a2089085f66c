"""What a document is about: its resources, the role of every operation, and the reason for each line."""

from specdouble.openapi.model.infer import infer
from specdouble.openapi.model.overlay import as_overlay
from specdouble.openapi.model.parts import ROLES, Model, Operation, Resource
from specdouble.openapi.model.table import as_text

__all__ = ["ROLES", "Model", "Operation", "Resource", "as_overlay", "as_text", "infer"]
