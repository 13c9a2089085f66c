"""What a user may set of the runtime: the token that opens it, and the OCI registry that it publishes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from specdouble.mock.kit import Options as Generic
from specdouble.mock.kit import World, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Generic):
    """Settings of the runtime: the token that opens it, and the OCI registry that it publishes to."""

    api_token: str = setting(
        "alquimia-dev-token", "Token of callers (Authorization: Bearer).", env="API_TOKEN", secret=True
    )
    oci_registry: str = setting(
        "oci.example.com", "OCI registry that is published to.", env="ALQUIMIA_OCI_REGISTRY_DEFAULT"
    )


def of(world: World) -> Options:
    """Return the settings of a world."""
    return cast(Options, world.options)
