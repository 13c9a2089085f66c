"""The `x-specdouble-` extensions: what may stand in a document or overlay about what its API does."""

from specdouble.openapi.extensions.effects import (
    NOTHING,
    Changes,
    Creation,
    Effect,
    Guard,
    Later,
    Refusal,
    read_effects,
)
from specdouble.openapi.extensions.schema import EFFECT, GREEDY, NAMES, PLACES, RESOURCE, ROLE, mistakes, schema

__all__ = [
    "EFFECT",
    "GREEDY",
    "NAMES",
    "NOTHING",
    "PLACES",
    "RESOURCE",
    "ROLE",
    "Changes",
    "Creation",
    "Effect",
    "Guard",
    "Later",
    "Refusal",
    "mistakes",
    "read_effects",
    "schema",
]
