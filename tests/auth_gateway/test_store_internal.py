"""The document store of apps: documents, etags, compare-and-set, questions, and walls between apps and tenants."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, ALAN, MARGARET = "imp_u_abc123", "imp_u_acme01", "imp_u_dev001"
STORE = "/v1/internal/store"
NOTES = {"extension_id": "notes", "tenant_id": "default"}
IN_NOTES = "extension_id=notes&tenant_id=default"


@pytest.fixture
def kernel(gateway: Client) -> Client:
    return gateway.service()


def create(kernel: Client, data: dict[str, Any], user_id: str = ADA, collection: str = "plants", **more: Any) -> Any:
    reply = kernel.post(STORE, {"collection": collection, "data": data, "user_id": user_id, **NOTES, **more})
    assert reply.status == 201, reply.content
    return reply.json


def ask(kernel: Client, user_id: str = ADA, collection: str = "plants", **more: Any) -> Any:
    reply = kernel.post(f"{STORE}/{collection}/query", {"user_id": user_id, **NOTES, **more})
    assert reply.status == 200, reply.content
    return reply.json


def names(page: Any) -> list[Any]:
    return [one["data"].get("name") for one in page["data"]]


def read(kernel: Client, doc: Any, where: str = IN_NOTES) -> Any:
    return kernel.get(f"{STORE}/{doc['collection']}/{doc['id']}?{where}")


def test_a_document_is_made_read_changed_and_deleted(kernel: Client) -> None:
    made = create(kernel, {"name": "fern", "water": 2})
    assert made["id"].startswith("doc_")
    assert (made["user_id"], made["extension_id"], made["tenant_id"]) == (ADA, "notes", "default")
    assert made["created_at"] == made["updated_at"]
    assert read(kernel, made).json == made
    path = f"{STORE}/plants/{made['id']}"
    changed = kernel.patch(path, {"data": {"water": 3, "pot": None}, **NOTES}).json
    assert changed["data"] == {"name": "fern", "water": 3, "pot": None}
    assert changed["etag"] != made["etag"]
    assert changed["updated_at"] > made["updated_at"]
    assert changed["created_at"] == made["created_at"]
    assert read(kernel, made).json == changed
    assert kernel.delete(f"{path}?{IN_NOTES}").json == {"id": made["id"], "deleted": True}
    assert [kernel.delete(f"{path}?{IN_NOTES}").status, read(kernel, made).status] == [404, 404]


def test_a_write_with_a_stale_etag_is_refused_and_changes_nothing(kernel: Client) -> None:
    made = create(kernel, {"n": 1})
    path = f"{STORE}/plants/{made['id']}"
    first = kernel.patch(path, {"data": {"n": 2}, "if_match": made["etag"], **NOTES})
    assert first.status == 200
    second = kernel.patch(path, {"data": {"n": 9}, "if_match": made["etag"], **NOTES})
    assert (second.status, second.detail["error_code"]) == (409, "ETAG_MISMATCH")
    assert second.detail["current_etag"] == first.json["etag"]
    assert read(kernel, made).json == first.json
    assert kernel.patch(path, {"data": {"n": 3}, "if_match": second.detail["current_etag"], **NOTES}).status == 200
    assert kernel.patch(path, {"data": {"n": 4}, **NOTES}).json["data"] == {"n": 4}


@pytest.mark.parametrize(
    "named", [{"extension_id": "tasks-board"}, {"tenant_id": "acme"}, {"extension_id": ""}], ids=str
)
def test_another_apps_and_tenants_documents_are_unknown(named: dict[str, str], kernel: Client) -> None:
    made = create(kernel, {"name": "fern"})
    other = {**NOTES, **named}
    where, path = "&".join(f"{name}={value}" for name, value in other.items()), f"{STORE}/plants/{made['id']}"
    assert read(kernel, made, where).status == 404
    assert kernel.patch(path, {"data": {"name": "moss"}, **other}).status == 404
    assert kernel.delete(f"{path}?{where}").status == 404
    assert kernel.get(f"{STORE}/plants/all?{where}").json == []
    assert kernel.get(f"{STORE}/plants/list_users?{where}").json["user_ids"] == []
    assert ask(kernel, **named)["total"] == 0
    assert kernel.post(f"{STORE}/plants/count", {"user_id": ADA, **other}).json == {"count": 0}
    assert kernel.get(f"{STORE}/trees/{made['id']}?{IN_NOTES}").status == 404
    assert read(kernel, made).json == made


def test_a_named_user_must_be_the_documents(kernel: Client) -> None:
    made = create(kernel, {"name": "fern"})
    path = f"{STORE}/plants/{made['id']}"
    assert kernel.patch(f"{path}?user_id={MARGARET}", {"data": {}, **NOTES}).status == 404
    assert kernel.delete(f"{path}?{IN_NOTES}&user_id={MARGARET}").status == 404
    assert kernel.patch(f"{path}?user_id={ADA}", {"data": {}, **NOTES}).status == 200
    assert kernel.delete(f"{path}?{IN_NOTES}&user_id=__system__").status == 200


def test_a_user_sees_their_own_and_the_system_all(kernel: Client) -> None:
    create(kernel, {"name": "fern"})
    create(kernel, {"name": "moss"}, MARGARET)
    create(kernel, {"name": "seed"}, "__webhook__")
    assert names(ask(kernel)) == ["fern"]
    assert names(ask(kernel, MARGARET)) == ["moss"]
    assert names(ask(kernel, "__webhook__")) == ["seed"]
    assert names(ask(kernel, "__system__")) == ["fern", "moss", "seed"]
    everything = kernel.get(f"{STORE}/plants/all?{IN_NOTES}").json
    assert [one["user_id"] for one in everything] == [ADA, MARGARET, "__webhook__"]
    assert len(kernel.get(f"{STORE}/plants/all?{IN_NOTES}&limit=2").json) == 2
    assert kernel.get(f"{STORE}/plants/all").json == []  # the default app is another one


def test_where_compares_for_equality(kernel: Client) -> None:
    for name, count in (("fern", 1), ("moss", True), ("ivy", "1"), ("rose", [1])):
        create(kernel, {"name": name, "n": count})
    create(kernel, {"name": "bare"})
    asked = [names(ask(kernel, where={"n": value})) for value in (1, True, "1", [1], None, 2)]
    assert asked == [["fern"], ["moss"], ["ivy"], ["rose"], ["bare"], []]
    assert names(ask(kernel, where={"n": 1, "name": "moss"})) == []
    counts = {"user_id": ADA, **NOTES}
    assert kernel.post(f"{STORE}/plants/count", counts).json == {"count": 5}
    assert kernel.post(f"{STORE}/plants/count", {**counts, "where": {"n": "1"}}).json == {"count": 1}


def test_order_by_a_field_its_reverse_and_the_times(kernel: Client) -> None:
    made = [create(kernel, {"name": name, "n": n}) for name, n in (("b", 2), ("a", None), ("d", "x"), ("c", 1.5))]
    assert names(ask(kernel)) == ["b", "a", "d", "c"]
    assert names(ask(kernel, order_by="name")) == ["a", "b", "c", "d"]
    assert names(ask(kernel, order_by="-name")) == ["d", "c", "b", "a"]
    assert names(ask(kernel, order_by="n")) == ["a", "c", "b", "d"]
    assert names(ask(kernel, order_by="-created_at")) == ["c", "d", "a", "b"]
    kernel.patch(f"{STORE}/plants/{made[0]['id']}", {"data": {}, **NOTES})
    assert names(ask(kernel, order_by="-updated_at"))[0] == "b"


@pytest.mark.parametrize("deleting", [False, True], ids=["", "deleting"])
@pytest.mark.parametrize("order", [None, "n", "-n", "-created_at"])
def test_pages_are_walked_without_gaps_while_documents_go(order: str | None, deleting: bool, kernel: Client) -> None:
    for number in range(7):
        create(kernel, {"name": number, "n": number % 3})
    whole = names(ask(kernel, order_by=order))
    walked: list[Any] = []
    cursor = None
    while True:
        page = ask(kernel, order_by=order, limit=3, cursor=cursor)
        walked += names(page)
        cursor = page["cursor"]
        assert page["has_more"] is (cursor is not None)
        if cursor is None:
            break
        if deleting:
            kernel.delete(f"{STORE}/plants/{page['data'][-1]['id']}?{IN_NOTES}")
    assert walked == whole


def test_totals_count_what_fits_and_not_the_page(kernel: Client) -> None:
    for number in range(5):
        create(kernel, {"even": number % 2 == 0})
    page = ask(kernel, limit=2, where={"even": True})
    assert (len(page["data"]), page["total"], page["has_more"]) == (2, 3, True)
    assert ask(kernel, collection="nothing") == {"data": [], "cursor": None, "has_more": False, "total": 0}


@pytest.mark.parametrize("cursor", ["x", "e30=", "WyIiLFswLDAsMSwxXV0=", "W10=", "é"])
def test_a_cursor_that_nobody_gave_is_422(cursor: str, kernel: Client) -> None:
    create(kernel, {"n": 1})
    reply = kernel.post(f"{STORE}/plants/query", {"user_id": ADA, **NOTES, "cursor": cursor})
    assert (reply.status, reply.detail[0]["loc"]) == (422, ["body", "cursor"])


def test_a_cursor_belongs_to_its_order(kernel: Client) -> None:
    for number in range(3):
        create(kernel, {"n": number})
    cursor = ask(kernel, order_by="n", limit=1)["cursor"]
    assert names(ask(kernel, order_by="n", cursor=cursor)) == [None, None]
    reply = kernel.post(f"{STORE}/plants/query", {"user_id": ADA, **NOTES, "cursor": cursor, "order_by": "-n"})
    assert reply.status == 422


def test_who_has_documents_is_listed_in_pages_and_the_app_itself_is_nobody(kernel: Client) -> None:
    for user_id in (MARGARET, ADA, ADA, "__system__", "imp_u_view01"):
        create(kernel, {}, user_id)
    path = f"{STORE}/plants/list_users?{IN_NOTES}&limit=2"
    first = kernel.get(f"{path}&cursor=0").json
    assert first == {"user_ids": [ADA, MARGARET], "next_cursor": MARGARET, "truncated": False}
    last = kernel.get(f"{path}&cursor={first['next_cursor']}").json
    assert last == {"user_ids": ["imp_u_view01"], "next_cursor": None, "truncated": False}


@pytest.mark.parametrize("body", [{"data": []}, {"collection": ""}, {"collection": "a/b"}, {"extension_id": None}])
def test_a_broken_document_is_422(body: dict[str, Any], kernel: Client, world: World) -> None:
    before = world.state.snapshot()
    whole = {"collection": "plants", "data": {}, "user_id": ADA, **NOTES, **body}
    assert kernel.post(STORE, whole).status == 422
    assert kernel.get(f"{STORE}/plants/x").status == 422
    assert kernel.post(f"{STORE}/plants/query", {"user_id": ADA, **NOTES, "limit": 0}).status == 422
    assert world.state.snapshot() == before


def test_the_functions_of_an_app_keep_their_documents_in_the_same_store(kernel: Client, user: Client) -> None:
    call = {"user_id": ADA, "function": "list_tasks", "params": {}}
    board = {"extension_id": "tasks-board", "tenant_id": "default"}
    held = kernel.post(f"{STORE}/task/query", {"user_id": ADA, **board}).json["data"]
    assert [one["id"] for one in held] == ["task_item_001", "task_item_002", "task_item_003"]
    kernel.patch(f"{STORE}/task/task_item_001", {"data": {"title": "Buy limes"}, **board})
    create(kernel, {"title": "Pack"}, collection="task", **board)
    listed = user.post("/v1/extensions/tasks-board/call", call).json["data"]["items"]
    assert {"Buy limes", "Pack"} <= {one["title"] for one in listed}


def test_a_person_who_is_erased_leaves_no_documents(kernel: Client, admin: Client) -> None:
    made = create(kernel, {"name": "fern"})
    assert admin.delete(f"/v1/users/{ADA}?permanent=true").status == 200
    assert read(kernel, made).status == 404
    assert ask(kernel)["total"] == 0
