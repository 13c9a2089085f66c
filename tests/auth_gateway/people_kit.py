"""Apps that the tests of people, secrets and webhooks make for themselves."""

from __future__ import annotations

from typing import Any

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps, _listing

ADA, GRACE, MARGARET, KATHERINE = "imp_u_abc123", "imp_u_admin01", "imp_u_dev001", "imp_u_view01"
ALAN, JOAN = "imp_u_acme01", "imp_u_acme02"


def make_app(
    world: World,
    app_id: str,
    manifest: dict[str, Any],
    *,
    owner: str = MARGARET,
    installed: tuple[str, ...] = (),
    **more: Any,
) -> None:
    """Add an active app with a synced manifest, installed for those people."""
    developers = world.state["developers"]
    developer = developers.get(owner) or developers.add(
        {
            "imperal_id": owner,
            "developer_id": f"imp_dev_of_{owner}",
            "tier": "studio",
            "registered_at": world.clock.stamp(),
        }
    )
    body = {"app_id": app_id, "name": app_id.title(), "description": f"What {app_id} is for."}
    app = _listing.draft(world, developer, body, 85)
    world.state["apps"].add({**app, "status": "active", "version": "1.0.0", "manifest_json": manifest, **more})
    for user_id in installed:
        _apps.install(world, user_id, app_id)
    world.commit()
