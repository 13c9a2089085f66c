"""Alquimia Registry: its token, its settings, and what its document and overlay cannot say."""

from __future__ import annotations

from collections.abc import Iterable

from specdouble.mock.kit import Call, Problem, ServerPack, ServerService, World, kept

from ._options import Options, of


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
