"""A developer's own key of the gateway opens their apps in the Registry too: the command line has one key for both."""

from __future__ import annotations

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client


@pytest.fixture
def key(developer: Client) -> str:
    return str(developer.post("/v1/keys", {"name": "laptop"}).json["key"])


def test_it_reads_and_writes_the_owner_s_app(registry: Client, key: str) -> None:
    mine = registry.key(key)
    assert mine.get("/v1/apps/notes").status == 200
    assert mine.put("/v1/apps/notes/settings", {"general": {"language": "fr"}}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/apps/crm-sync", 403),
        ("PUT", "/v1/apps/crm-sync/tools", 403),
        ("GET", "/v1/apps/nowhere", 404),
        ("GET", "/v1/apps", 403),
        ("GET", "/v1/catalog/tools", 403),
        ("GET", "/v1/users/imp_u_dev001/extensions", 403),
        ("GET", "/extensions/notes", 403),
        ("POST", "/v1/hub/imp_u_dev001/messages", 403),
    ],
)
def test_it_opens_nothing_else(registry: Client, world: World, key: str, method: str, path: str, status: int) -> None:
    before = list(world.state["registry_manifests"])
    assert registry.key(key).call(method, path, {"tools": [], "content": "x"}).status == status
    assert list(world.state["registry_manifests"]) == before


def test_a_revoked_key_and_a_gone_owner_open_nothing(
    registry: Client, developer: Client, admin: Client, key: str
) -> None:
    listed = developer.get("/v1/keys").json
    (number,) = [one["id"] for one in listed if one["name"] == "laptop"]
    other = str(developer.post("/v1/keys", {"name": "desk"}).json["key"])
    assert developer.delete(f"/v1/keys/{number}").status < 300
    assert registry.key(key).get("/v1/apps/notes").status == 401
    assert registry.key(other).get("/v1/apps/notes").status == 200
    assert admin.delete("/v1/users/imp_u_dev001").status < 300
    assert registry.key(other).get("/v1/apps/notes").status == 401
