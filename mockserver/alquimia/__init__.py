"""Alquimia Registry: its token, its settings, and what its document and overlay cannot say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from specdouble.mock.kit import Call, Problem, ServerPack, ServerService, World, kept, setting
from specdouble.mock.kit import Options as Generic


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


def admit(call: Call) -> None:
    """Let in who has the token."""
    word, _, token = (call.headers.get("authorization") or "").partition(" ")
    if word.lower() != "bearer" or token.strip() != of(call.world).api_token:
        raise Problem(401, "Not authenticated", headers=(("www-authenticate", "Bearer"),))
    call.caller.kind = "service"


def credentials(world: World) -> Iterable[tuple[str, str]]:
    """List the token, and what is there to begin with."""
    return [
        ("Authorization", f"Bearer {of(world).api_token}"),
        *((f"agentspace {one['agentspace_id']}", one["description"] or "") for one in kept(world, "agentspace")),
    ]


pack = ServerPack(options=Options, credentials=credentials, inferred=True)
service = ServerService(admit=admit)
