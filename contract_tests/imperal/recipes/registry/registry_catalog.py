"""The Registry's catalogue and its health."""

from __future__ import annotations

from specdouble.verify.kit import Ready, Stage, perhaps, recipe

from ... import registry


@recipe(registry.CATALOG)
def catalog(stage: Stage) -> Ready:
    """Read the catalogue of somebody who has an app."""
    return Ready(stage.cast.registry, query={"user_id": registry.person(stage).imperal_id})


@recipe(registry.ALL_TOOLS)
def tools(stage: Stage) -> Ready:
    """Read every tool; there is one at least."""
    perhaps(stage, lambda: registry.kept_app(stage))
    return Ready(stage.cast.registry)


@recipe(registry.HEALTH)
def health(_stage: Stage) -> Ready:
    """Ask whether the Registry is up, without a key."""
    return Ready()
