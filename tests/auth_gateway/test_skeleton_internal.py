"""Skeletons: saved by the kernel, read by the app they are for."""

from __future__ import annotations

import pytest
from imperal_sdk.security.call_token import mint_call_token

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"
SKELETON = "/v1/internal/skeleton"


@pytest.fixture
def kernel(gateway: Client) -> Client:
    return gateway.service()


def as_app(app_id: str, user_id: str = ADA) -> dict[str, str]:
    token = mint_call_token("skeleton", app_id, user_id, 60, b"dev-call-token-secret")
    return {"Authorization": f"ImperalCallToken {token}"}


def test_what_the_kernel_saves_the_app_reads(kernel: Client) -> None:
    saved = kernel.put(f"{SKELETON}/{ADA}/inbox", {"extension_id": "notes", "data": {"unread": 3, "old": 1}}).json
    assert (saved["app_id"], saved["user_id"], saved["section"]) == ("notes", ADA, "inbox")
    again = kernel.put(f"{SKELETON}/{ADA}/inbox", {"extension_id": "notes", "data": {"unread": 4}}).json
    assert again["data"] == {"unread": 4}
    assert again["updated_at"] > saved["updated_at"]
    assert kernel.get(f"{SKELETON}/{ADA}/inbox?extension_id=notes").json == again
    assert kernel.get(f"{SKELETON}/notes/{ADA}/inbox", headers=as_app("notes")).json == again


def test_a_section_is_one_apps_and_one_users(kernel: Client) -> None:
    kernel.put(f"{SKELETON}/{ADA}/inbox", {"extension_id": "notes", "data": {}})
    for missing in (f"{ADA}/inbox", f"{ADA}/inbox?extension_id=tasks-board", f"{ADA}/other?extension_id=notes",
                    "imp_u_dev001/inbox?extension_id=notes"):  # fmt: skip
        assert kernel.get(f"{SKELETON}/{missing}").status == 404
    other = as_app("tasks-board")
    assert kernel.get(f"{SKELETON}/tasks-board/{ADA}/inbox", headers=other).status == 404
    assert kernel.get(f"{SKELETON}/notes/{ADA}/inbox", headers=other).status == 403


def test_without_an_app_a_section_is_the_platforms(kernel: Client) -> None:
    assert kernel.put(f"{SKELETON}/{ADA}/focus", {"data": {"on": "tea"}}).json["app_id"] == ""
    assert kernel.get(f"{SKELETON}/{ADA}/focus").json["data"] == {"on": "tea"}


def test_sections_of_unknown_people_and_broken_ones_are_refused(kernel: Client, world: World) -> None:
    before = world.state.snapshot()
    assert kernel.put(f"{SKELETON}/imp_u_nobody/inbox", {"data": {}}).status == 404
    assert kernel.put(f"{SKELETON}/{ADA}/inbox", {"data": [1]}).status == 422
    assert kernel.put(f"{SKELETON}/{ADA}/inbox", {}).status == 422
    assert world.state.snapshot() == before


def test_a_reset_conversation_forgets_the_skeletons(kernel: Client, user: Client) -> None:
    kernel.put(f"{SKELETON}/{ADA}/inbox", {"extension_id": "notes", "data": {}})
    assert user.post(f"/v1/users/{ADA}/reset-conversation", {}).json["redis_keys_deleted"] == 7
    assert kernel.get(f"{SKELETON}/{ADA}/inbox?extension_id=notes").status == 404
    assert kernel.get(f"{SKELETON}/notes/{ADA}/recent", headers=as_app("notes")).status == 404
