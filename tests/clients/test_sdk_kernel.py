"""The first-party clients of imperal-sdk, unchanged, against a running server: what apps reach through the kernel.

Several of them ignore the status of an answer, so each test also asks the server what it saw.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from imperal_sdk import Extension
from imperal_sdk._shared_http import aclose
from imperal_sdk.ai.client import AIClient
from imperal_sdk.ai.client import CompletionResult as Completion
from imperal_sdk.cache.client import CacheClient
from imperal_sdk.context import Context
from imperal_sdk.conversations.client import ConversationsClient
from imperal_sdk.errors import AuthError, NotFoundError
from imperal_sdk.notify.client import NotifyClient
from imperal_sdk.security.call_token import mint_call_token
from imperal_sdk.signals.client import SignalsClient
from imperal_sdk.skeleton.client import SkeletonClient
from imperal_sdk.storage.client import StorageClient
from imperal_sdk.store.client import StoreClient
from imperal_sdk.store.exceptions import StoreConflict
from imperal_sdk.types.identity import UserContext
from imperal_sdk.types.models import Document, FileInfo
from imperal_sdk.types.pagination import Page
from imperal_sdk.users.client import UsersClient
from pydantic import BaseModel

from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls

ADA, MARGARET, KATHERINE = "imp_u_abc123", "imp_u_dev001", "imp_u_view01"
TOKEN = "dev-service-token"
Call = Callable[[], Awaitable[Any]]


@dataclass
class Server:
    """A running server: where it listens, and what it saw since the last look."""

    url: str
    platform: Platform

    def run(self, call: Call) -> Any:
        """Run a coroutine of a client in a loop of its own, and close its connections."""

        async def whole() -> Any:
            try:
                return await call()
            finally:
                await aclose()

        return asyncio.run(whole())

    def saw(self) -> list[tuple[str, int]]:
        """Return operations and statuses, oldest first, and forget them."""
        journal = self.platform.world.journal
        seen = [(one.operation, one.status) for one in journal]
        journal.clear()
        return seen

    def events(self, kind: str, user_id: str = ADA) -> list[Any]:
        found = self.platform.world.state["events"].find(user_id=user_id)
        return [one["payload"] for one in found if one["type"] == kind]


@pytest.fixture
def server(specdouble_server: Urls, specdouble_platform: Platform) -> Server:
    return Server(specdouble_server.auth_gateway, specdouble_platform)


def call_token(kind: Any = "tool", app_id: str = "notes", user_id: str = ADA, seconds: int = 120) -> str:
    return mint_call_token(kind, app_id, user_id, seconds, b"dev-call-token-secret")


# -- the document store --------------------------------------------------------------------------------------------

STORE = "/v1/internal/store"
ONE = f"{STORE}/{{collection}}/{{doc_id}}"


def store_of(server: Server, user_id: str = ADA) -> StoreClient:
    return StoreClient(server.url, service_token=TOKEN, extension_id="notes", user_id=user_id)


def test_store_makes_reads_merges_and_deletes_documents(server: Server) -> None:
    store = store_of(server)

    async def life() -> tuple[Document, Document, Document, bool, bool, Document | None]:
        made = await store.create("plants", {"name": "fern", "water": 2})
        held = await store.get("plants", made.id)
        assert held is not None
        changed = await store.update("plants", made.id, {"water": 3})
        return (
            made,
            held,
            changed,
            await store.delete("plants", made.id),
            await store.delete("plants", made.id),
            await store.get("plants", made.id),
        )

    made, held, changed, deleted, again, gone = server.run(life)
    assert (made.collection, made.data) == ("plants", {"name": "fern", "water": 2})
    assert (held.id, held.data, held.created_at) == (made.id, made.data, made.created_at)
    assert (changed.data, changed.created_at) == ({"name": "fern", "water": 3}, made.created_at)
    assert changed.updated_at > made.updated_at
    assert held.etag
    assert changed.etag not in ("", held.etag)
    assert (deleted, again, gone) == (True, False, None)
    assert server.saw() == [
        (f"POST {STORE}", 201), (f"GET {ONE}", 200), (f"PATCH {ONE}", 200), (f"DELETE {ONE}", 200),
        (f"DELETE {ONE}", 404), (f"GET {ONE}", 404),
    ]  # fmt: skip


def test_store_writes_only_what_nobody_changed_meanwhile(server: Server) -> None:
    store = store_of(server)

    async def race() -> tuple[str, StoreConflict, Document]:
        made = await store.create("counters", {"n": 5})
        read = await store.get("counters", made.id)
        assert read is not None
        first = await store.update("counters", made.id, {"n": 6}, if_match=read.etag)
        with pytest.raises(StoreConflict) as refused:
            await store.update("counters", made.id, {"n": 99}, if_match=read.etag)
        last = await store.update("counters", made.id, {"n": 7}, if_match=refused.value.current_etag)
        return first.etag, refused.value, last

    etag, conflict, last = server.run(race)
    assert conflict.current_etag == etag
    assert last.data == {"n": 7}
    assert [status for _operation, status in server.saw()] == [201, 200, 200, 409, 200]


def test_store_asks_for_documents(server: Server) -> None:
    store, foreign = store_of(server), store_of(server, MARGARET)

    async def ask() -> tuple[Page[Document], Page[Document], Page[Document], list[int], list[Document]]:
        for number in (2, 3, 1):
            await store.create("plants", {"n": number, "odd": number % 2 == 1})
        await foreign.create("plants", {"n": 4, "odd": False})
        some = await store.query("plants", where={"odd": True}, order_by="-n")
        page = await store.query("plants", order_by="n", limit=2)
        nothing = await store.query("trees")
        counts = [await store.count("plants"), await store.count("plants", {"odd": True}), await store.count("trees")]
        return some, page, nothing, counts, await store.list("plants/")

    some, page, nothing, counts, listed = server.run(ask)
    assert ([one["n"] for one in some], some.has_more, some.total) == ([3, 1], False, 2)
    assert ([one["n"] for one in page], page.has_more, page.total) == ([1, 2], True, 3)
    assert page.cursor
    assert (list(nothing), nothing.has_more, nothing.total) == ([], False, 0)
    assert counts == [3, 2, 0]
    assert [one["n"] for one in listed] == [2, 3, 1]
    assert all(200 <= status < 300 for _operation, status in server.saw())


def test_store_fans_out_for_the_system(server: Server) -> None:
    system = store_of(server, "__system__")

    async def fan_out() -> tuple[list[str], list[Document]]:
        for user_id in (ADA, MARGARET, KATHERINE, ADA):
            await system.for_user(user_id).create("plants", {"of": user_id})
        users = [user_id async for user_id in system.list_users("plants", page_size=2)]
        return users, await system.query_all("plants")

    users, documents = server.run(fan_out)
    assert users == sorted([ADA, MARGARET, KATHERINE])
    assert [one.user_id for one in documents] == [ADA, MARGARET, KATHERINE, ADA]
    assert all(isinstance(one, Document) and one["of"] == one.user_id for one in documents)
    seen = server.saw()
    assert seen[4:] == [(f"GET {STORE}/{{collection}}/list_users", 200)] * 2 + [
        (f"GET {STORE}/{{collection}}/all", 200)
    ]


def test_store_with_a_wrong_token_gets_nothing(server: Server) -> None:
    store = StoreClient(server.url, service_token="wrong", extension_id="notes", user_id=ADA)
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        server.run(lambda: store.query("note"))


# -- skeletons and cache -------------------------------------------------------------------------------------------


def test_skeleton_reads_what_the_kernel_saved(server: Server) -> None:
    saved = httpx.put(
        f"{server.url}/v1/internal/skeleton/{ADA}/inbox",
        json={"extension_id": "notes", "data": {"unread": 3}},
        headers={"X-Service-Token": TOKEN},
    )
    assert saved.status_code == 200
    server.saw()
    client = SkeletonClient(
        server.url, service_token=TOKEN, extension_id="notes", user_id=ADA, call_token=call_token("skeleton")
    )

    async def read() -> list[Any]:
        return [await client.get("inbox"), await client.get("inbox"), await client.get("nothing")]

    assert server.run(read) == [{"unread": 3}, {"unread": 3}, None]
    key = "GET /v1/internal/skeleton/{app_id}/{user_id}/{section}"
    assert server.saw() == [(key, 200), (key, 200), (key, 404)]


def test_skeleton_with_a_token_of_another_kind_is_refused(server: Server) -> None:
    client = SkeletonClient(
        server.url, service_token=TOKEN, extension_id="notes", user_id=ADA, call_token=call_token("panel")
    )
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        server.run(lambda: client.get("recent"))


EXTENSION = Extension("notes")


@EXTENSION.cache_model("inbox")
class Inbox(BaseModel):
    unread: int
    subject: str = ""


@EXTENSION.cache_model("digest")
class Digest(BaseModel):
    text: str


def test_cache_keeps_typed_values_until_their_time_is_over(server: Server) -> None:
    cache = CacheClient("notes", ADA, server.url, TOKEN, call_token("chat_fn"), EXTENSION)
    clock = server.platform.world.clock

    async def fetch() -> Inbox:
        return Inbox(unread=7)

    async def life() -> list[Any]:
        found: list[Any] = [await cache.get("today", Inbox)]
        await cache.set("today", Inbox(unread=3, subject="Hello"), ttl_seconds=60)
        found += [await cache.get("today", Inbox), await cache.get("today", Digest)]
        clock.move(61)
        found.append(await cache.get("today", Inbox))
        found.append(await cache.get_or_fetch("today", Inbox, fetch, ttl_seconds=30))
        found.append(await cache.get("today", Inbox))
        await cache.delete("today")
        return [*found, await cache.get("today", Inbox)]

    assert server.run(life) == [
        None,
        Inbox(unread=3, subject="Hello"),
        None,
        None,
        Inbox(unread=7),
        Inbox(unread=7),
        None,
    ]
    path = "/v1/internal/extcache/{app_id}/{user_id}/{model}/{key_hash}"
    read, put, forget = f"GET {path}", f"PUT {path}", f"DELETE {path}"
    assert server.saw() == [
        (read, 404), (put, 200), (read, 200), (read, 404), (read, 404), (read, 404), (put, 200), (read, 200),
        (forget, 200), (forget, 200), (read, 404),
    ]  # fmt: skip


def test_cache_takes_the_largest_value_that_the_client_lets_through(server: Server) -> None:
    cache = CacheClient("notes", ADA, server.url, TOKEN, call_token(), EXTENSION)

    async def fill() -> Digest | None:
        for size in range(65_536, 65_000, -1):
            try:
                await cache.set("large", Digest(text="x" * size))
            except ValueError:
                continue
            return await cache.get("large", Digest)
        raise AssertionError("nothing fitted")

    kept = server.run(fill)
    assert isinstance(kept, Digest)
    assert [status for _operation, status in server.saw()] == [200, 200]


# -- files ---------------------------------------------------------------------------------------------------------


def test_storage_keeps_files_byte_by_byte(server: Server) -> None:
    storage = StorageClient(server.url, service_token=TOKEN, extension_id="crm-sync")
    content = bytes(range(256)) * 4000  # above what a form parser keeps in memory

    async def life() -> tuple[FileInfo, bytes, Page[FileInfo], Page[FileInfo], bool, bool, Page[FileInfo]]:
        stored = await storage.upload("exports/ä 1.bin", content, "image/png")
        await storage.upload("other.txt", b"x", "text/plain")
        back = await storage.download("exports/ä 1.bin")
        some, everything = await storage.list("exports/"), await storage.list()
        deleted, again = await storage.delete("exports/ä 1.bin"), await storage.delete("exports/ä 1.bin")
        return stored, back, some, everything, deleted, again, await storage.list("exports/")

    stored, back, some, everything, deleted, again, left = server.run(life)
    assert back == content
    assert (stored.path, stored.size, stored.content_type) == ("exports/ä 1.bin", len(content), "image/png")
    assert stored.created_at.endswith("Z")
    assert stored.url.startswith("https://")
    assert list(some) == [stored]
    assert ([one.path for one in everything], everything.total, everything.has_more) == (
        ["exports/ä 1.bin", "other.txt"], 2, False,
    )  # fmt: skip
    assert (deleted, again, list(left)) == (True, False, [])
    assert [status for _operation, status in server.saw()] == [200, 200, 200, 200, 200, 200, 404, 200]


def test_storage_says_when_there_is_no_file(server: Server) -> None:
    storage = StorageClient(server.url, service_token=TOKEN, extension_id="crm-sync")
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        server.run(lambda: storage.download("none"))


# -- people --------------------------------------------------------------------------------------------------------


def test_notify_reaches_the_stream(server: Server) -> None:
    notify = NotifyClient(server.url, service_token=TOKEN, user_id=ADA, extension_id="notes")

    async def tell() -> None:
        await notify("Your export is ready.", priority="high")
        await notify.send("By name", channel="in_app")
        await notify.for_user(MARGARET)("For Margaret", subject="Subject")

    server.run(tell)
    assert server.saw() == [("POST /v1/internal/notify", 200)] * 3
    heard = server.events("notification")
    assert [(one["message"], one["priority"]) for one in heard] == [
        ("Your export is ready.", "high"),
        ("By name", "normal"),
    ]
    assert [one["subject"] for one in server.events("notification", MARGARET)] == ["Subject"]


def test_ai_completes(server: Server) -> None:
    ai = AIClient(server.url, service_token=TOKEN, extension_id="notes")
    done = server.run(lambda: ai.complete("How many notes?", max_tokens=500))
    assert isinstance(done, Completion)
    assert (done.text, done.model) == ("Specdouble was asked: How many notes?", "claude-sonnet-4-6")
    assert done.stop_reason == "end_turn"
    assert done.tokens_used == done.usage["input_tokens"] + done.usage["output_tokens"] > 0
    assert server.saw() == [("POST /v1/internal/ai/complete", 200)]


def test_ai_does_not_open_to_a_users_bearer(server: Server) -> None:
    login = {"email": "user@example.com", "password": "s3cure!"}
    token = httpx.post(f"{server.url}/v1/auth/login", json=login).json()["access_token"]
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        server.run(lambda: AIClient(server.url, auth_token=token).complete("Hello"))


def test_users_settings_and_surfaces(server: Server) -> None:
    users = UsersClient(server.url, TOKEN, ADA, "notes", "default")

    async def read() -> tuple[Any, ...]:
        before = await users.get_settings(ADA)
        patch = {"routing_context": 4, "notifications": {"enabled": True, "default": ["bell"], "apps": {}}}
        after = await users.update_settings(ADA, patch)
        return before, after, await users.get_settings(ADA, tenant_id="default"), await users.surfaces(ADA)

    before, after, read_again, surfaces = server.run(read)
    assert before["settings"]["max_response_tokens"] == 2000
    assert after["settings"] == {
        **before["settings"], "routing_context": 4, "notifications": {"enabled": True, "default": ["bell"], "apps": {}},
    }  # fmt: skip
    assert read_again == after
    assert surfaces == {"surfaces": ["panel", "email"]}
    assert [status for _operation, status in server.saw()] == [200] * 4


@pytest.mark.parametrize("acting", ["__system__", "__webhook__"])
def test_users_settings_open_to_schedules_and_webhooks(acting: str, server: Server) -> None:
    settings = server.run(lambda: UsersClient(server.url, TOKEN, acting).get_settings(ADA))
    assert settings["settings"]["max_response_tokens"] == 2000
    with pytest.raises(NotFoundError):
        server.run(lambda: UsersClient(server.url, TOKEN, acting).get_settings("imp_u_nobody"))


def test_conversations_of_the_acting_user(server: Server) -> None:
    mine = ConversationsClient(server.url, TOKEN, ADA, "notes", "default")

    async def life() -> tuple[Any, ...]:
        before = await mine.list()
        made = await mine.create(title="Plans")
        thread = made["conversation"]["id"]
        renamed = await mine.update(thread, title="Other plans", pinned=True)
        said = await mine.messages("conv_ada_garden", limit=3)
        activated = await mine.activate("conv_ada_taxes")
        deleted = await mine.delete("conv_ada_taxes")
        return before, made, renamed, said, activated, deleted, await mine.list(include_archived=True)

    before, made, renamed, said, activated, deleted, after = server.run(life)
    assert [one["title"] for one in before["conversations"]] == ["Garden plans", "Which train do I take to Turin?"]
    assert before["active_id"] == "conv_ada_turin"
    assert made["active_id"] == made["conversation"]["id"]
    assert renamed["conversation"]["title"] == "Other plans"
    assert (renamed["conversation"]["pinned"], renamed["conversation"]["title_generated"]) == (True, False)
    assert [(one["role"], one["surface"]) for one in said["messages"]] == [
        ("assistant", "telegram"), ("user", "telegram"), ("assistant", "telegram"),
    ]  # fmt: skip
    assert (activated["active_id"], activated["conversation"]["message_count"]) == ("conv_ada_taxes", 2)
    assert deleted["was_active"] is True
    assert after["active_id"] == deleted["new_active_id"]
    assert "conv_ada_taxes" not in [one["id"] for one in after["conversations"]]
    assert [status for _operation, status in server.saw()] == [200] * 7


def test_conversations_of_others_are_not_found_and_of_nobody_refused(server: Server) -> None:
    with pytest.raises(NotFoundError):
        server.run(lambda: ConversationsClient(server.url, TOKEN, ADA).messages("conv_margaret_radar"))
    for nobody in ("", "__system__"):
        with pytest.raises(AuthError):
            server.run(lambda nobody=nobody: ConversationsClient(server.url, TOKEN, nobody).list())


def test_signals_reach_the_stream(server: Server) -> None:
    signals = SignalsClient(server.url, TOKEN)
    assert server.run(lambda: signals.emit("notes.unread", 3, user_id=ADA)) == {"ok": True, "key": "notes.unread"}
    assert server.saw() == [("POST /api/v1/signals/emit", 200)]
    assert server.events("signal") == [{"key": "notes.unread", "value": 3, "metadata": {"user_id": ADA}}]


def context(server: Server) -> Context:
    user = UserContext(imperal_id=ADA, email="user@example.com", tenant_id="default", role="user")
    return Context(
        user=user, _extension_id="notes", _gateway_url=server.url, _service_token=TOKEN, _extension=EXTENSION,
        _call_token=call_token(),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["Your export is ready.", "ü" * 40_000], ids=["short", "cut by the client"])
def test_context_delivers_a_chat_message(text: str, server: Server) -> None:
    ctx = context(server)
    server.run(lambda: ctx.deliver_chat_message(text, refresh_panels=["main"]))
    assert server.saw() == [("POST /v1/internal/chat/inject", 200)]
    (heard,) = server.events("chat_message")
    assert heard["text"].startswith(text[:20])
    assert server.events("panel_refresh") == [{"panel": "main", "app_id": "notes"}]

    def latest() -> Awaitable[Any]:
        return ctx.conversations.messages("conv_ada_turin", limit=1)

    said = server.run(latest)["messages"][0]
    assert (said["role"], said["content"]) == ("assistant", heard["text"])


def test_context_reaches_the_cache_on_its_own(server: Server) -> None:
    ctx = context(server)

    async def keep() -> Any:
        await ctx.cache.set("today", Inbox(unread=1))
        return await ctx.cache.get("today", Inbox)

    assert server.run(keep) == Inbox(unread=1)
