"""ToolHive: what its document and overlay cannot say. All else is inferred from them, or declared there."""

from __future__ import annotations

from collections.abc import Iterable

from specdouble.mock.kit import ServerPack, ServerService, World, kept


def credentials(world: World) -> Iterable[tuple[str, str]]:
    """List what is there to begin with; nobody signs in."""
    return [
        ("nobody signs in", "the server listens on this machine alone"),
        *((f"workload {one['name']}", f"{one['status']}, group {one['group']}") for one in kept(world, "workload")),
    ]


pack = ServerPack(credentials=credentials, inferred=True)
service = ServerService(document_path="/api/openapi.json")
