"""imperal-mcp, unchanged: device login, its client of the gateway, and its tools over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from imperal_mcp import auth
from imperal_mcp.client import ImperalClient, ImperalError
from imperal_mcp.config import Config
from imperal_mcp.irkit import LINK_SAVER_EXAMPLE
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.clients.harness import Live

ADA = "imp_u_abc123"
CALL = "POST /v1/extensions/{app_id}/call"
OPERATE = "POST /v1/extensions/{app_id}/operate"


@pytest.fixture
def config(live: Live, home: Path) -> Config:
    return Config(api_url=live.gateway, token=None)


def signed_in(live: Live, email: str = "user@example.com") -> ImperalClient:
    return ImperalClient(Config(api_url=live.gateway, token=live.token(email)))


# -- login ---------------------------------------------------------------------------------------------------------


def login(live: Live, config: Config, decide: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Awaitable[str]:
    """Log in; a person decides in the browser while the client waits between its polls."""
    real = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds, *more: real(min(seconds, 0.05), *more))
    shown: list[str] = []

    def prompt(code: str, page: str, complete: str) -> None:
        assert page in complete
        assert code in complete
        shown.append(code)
        threading.Timer(0.2, decide, [code]).start()

    return auth.login_device(config, on_prompt=prompt, open_browser=False)


def test_device_login_is_approved_in_the_browser(live: Live, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def approve(code: str) -> None:
        live.control(f"/device/{code}/approve", {"email": "user@example.com"})

    assert live.run(lambda: login(live, config, approve, monkeypatch)) == "user@example.com"
    held = auth.load_creds()
    assert held is not None
    assert held.keys() == {"access_token", "refresh_token", "access_expires_at"}
    seen = live.saw()
    assert seen[0] == ("POST /v1/auth/cli/device/authorize", 200)
    assert set(seen[1:-1]) == {("POST /v1/auth/cli/device/token", 200)}
    assert len(seen) > 3
    assert seen[-1] == ("GET /v1/auth/me", 200)


def test_device_login_is_denied(live: Live, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="declined in the browser"):
        live.run(lambda: login(live, config, lambda code: live.control(f"/device/{code}/deny"), monkeypatch))
    assert live.saw()[-1] == ("POST /v1/auth/cli/device/token", 400)


def test_device_login_expires(live: Live, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="expired"):
        live.run(lambda: login(live, config, lambda _code: live.control("/clock", {"advance": "11m"}), monkeypatch))


def store(live: Live, **more: Any) -> dict[str, Any]:
    """Keep Ada's token pair where the client looks for it."""
    pair = live.tokens()
    held = {
        "access_token": pair["access_token"],
        "refresh_token": pair["refresh_token"],
        "access_expires_at": 0,
        **more,
    }
    auth.save_creds(held)
    return held


def test_refresh_rotates_the_pair_on_disk(live: Live, config: Config) -> None:
    old = store(live)
    token = live.run(lambda: auth.ensure_access_token(config))
    held = auth.load_creds()
    assert held is not None
    assert held["access_token"] == token != old["access_token"]
    assert held["refresh_token"] != old["refresh_token"]
    assert live.run(lambda: auth.ensure_access_token(config)) == token
    assert live.saw() == [("POST /v1/auth/refresh", 200)]


def test_a_used_refresh_token_is_a_logout(live: Live, config: Config) -> None:
    old = store(live)
    live.run(lambda: auth.ensure_access_token(config))
    auth.save_creds(old)
    with pytest.raises(auth.NotLoggedInError):
        live.run(lambda: auth.ensure_access_token(config))
    assert live.saw() == [("POST /v1/auth/refresh", 200), ("POST /v1/auth/refresh", 401)]


def test_logout_ends_the_session(live: Live, config: Config) -> None:
    old = store(live)
    live.run(lambda: auth.logout(config))
    assert auth.load_creds() is None
    assert live.saw() == [("POST /v1/auth/logout", 200)]
    with pytest.raises(auth.NotLoggedInError):
        live.run(lambda: auth._refresh(live.gateway, old["refresh_token"]))


# -- the client ----------------------------------------------------------------------------------------------------


def test_client_knows_who_it_is(live: Live) -> None:
    assert live.run(signed_in(live).whoami) == ADA
    assert live.saw() == [("GET /v1/auth/me", 200)]


def test_client_enrols_and_creates_an_app_once(live: Live) -> None:
    client = signed_in(live)
    live.run(client.ensure_registered)
    for _ in range(2):
        live.run(lambda: client.ensure_app("herb-box", "Herb Box"))
    seen = [key for key, _status in live.saw()]
    assert seen.count("POST /v1/developer/apps") == 1
    apps = live.run(client.list_apps)
    assert [(app["app_id"], app["status"]) for app in apps] == [("herb-box", "draft")]
    assert live.run(lambda: client.get_app("herb-box"))["display_name"] == "Herb Box"
    with pytest.raises(ImperalError) as missing:
        live.run(lambda: client.get_app("nowhere"))
    assert missing.value.status_code == 404


def test_client_smokes_and_deploys_a_declarative_app(live: Live) -> None:
    client = signed_in(live)
    live.run(lambda: client.ensure_app("link-saver", "Link Saver"))
    live.saw()
    smoke = live.run(lambda: client.smoke_ir(LINK_SAVER_EXAMPLE, "save_link", {"url": "https://example.com"}))
    assert smoke["status"] == "success", smoke
    deployed = live.run(lambda: client.deploy_ir("link-saver", LINK_SAVER_EXAMPLE))
    assert deployed["status"] == "success", deployed
    assert [one for one in live.saw() if one[0] != "GET /v1/auth/me"] == [(CALL, 200)] * 2
    names = {tool["name"] for tool in json_tools(live.run(lambda: client.get_app("link-saver")))}
    assert names >= {"save_link", "list_links"}


def json_tools(app: dict[str, Any]) -> list[dict[str, Any]]:
    from imperal_mcp.server import _tools_of

    return list(_tools_of(app))


def test_client_reads_the_marketplace_and_runs_a_tool(live: Live) -> None:
    client = signed_in(live)
    shown = live.run(lambda: client.get_marketplace_app("tasks-board"))
    assert shown["app_id"] == "tasks-board"
    assert live.run(lambda: client.get_marketplace_app("nowhere")) == {}
    balance = live.run(lambda: client.run_tool("billing", "get_balance", {}))
    assert (balance["status"], balance["data"]["balance"]) == ("success", 4200)
    held = live.run(lambda: client.operate("billing", "topup", {"tokens": 1000}))
    assert (held["kind"], bool(held["confirmation_id"]), held["panel_url"][:8]) == (
        "panel_approval_required",
        True,
        "https://",
    )
    assert [one for one in live.saw() if "marketplace" not in one[0]] == [
        ("GET /v1/auth/me", 200),
        (CALL, 200),
        (OPERATE, 200),
    ]


def test_client_uploads_a_file(live: Live, tmp_path: Path) -> None:
    client = signed_in(live)
    path = tmp_path / "seeds.txt"
    path.write_text("basil\nmint\n")
    sent = live.run(lambda: client.upload_file(str(path)))
    assert (sent["filename"], sent["size_bytes"]) == ("seeds.txt", 11)
    assert sent["file_id"]
    assert sent["document_id"]
    assert (CALL, 200) in live.saw()
    read = live.run(lambda: client.run_tool("file-reader", "read_files", {"file_ids": [sent["file_id"]]}))
    assert read["data"]["items"][0]["body"] == "basil\nmint\n"


def test_watch_hands_over_what_other_surfaces_send(live: Live, home: Path) -> None:
    conversation = f"mcp-{ADA}-0123456789ab"
    live.control(f"/agent/{conversation}/steer", {"text": "Water the roses", "surface": "telegram"})
    command = [sys.executable, "-m", "imperal_mcp.server", "watch", "--conversation", conversation, "--once"]
    environ = process(live, home, "user@example.com")
    done = subprocess.run(command, env=environ, cwd=home, capture_output=True, text=True, check=True, timeout=60)
    assert "TELEGRAM MESSAGE: Water the roses" in done.stdout
    assert live.saw()[-1] == ("GET /v1/agent/sessions/{session_id}/pending-steer", 200)


def process(live: Live, home: Path, email: str) -> dict[str, str]:
    """The environment of a process that runs the client for somebody."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "IMPERAL_API_URL": live.gateway,
        "IMPERAL_TOKEN": live.token(email),
        "IMPERAL_WORKSPACE": str(home),
        "HF_HUB_OFFLINE": "1",
    }


# -- its tools over stdio ------------------------------------------------------------------------------------------


def over_stdio(
    live: Live, home: Path, use: Callable[[ClientSession], Awaitable[Any]], email: str = "user@example.com"
) -> Any:
    """Run the MCP server as a process of its own and talk to it as a shell does."""
    environ = process(live, home, email)
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "imperal_mcp.server"], env=environ, cwd=str(home)
    )

    @asynccontextmanager
    async def opened() -> Any:
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            yield session

    async def whole() -> Any:
        async with opened() as session:
            return await use(session)

    return asyncio.run(whole())


async def tool(session: ClientSession, called: str, /, **arguments: Any) -> Any:
    answer = await session.call_tool(called, arguments)
    assert not answer.isError, answer
    return json.loads(answer.content[0].text)  # type: ignore[union-attr]


def test_tools_read_write_and_move_money(live: Live, home: Path) -> None:
    async def use(session: ClientSession) -> list[Any]:
        return [
            {one.name for one in (await session.list_tools()).tools},
            await tool(session, "deploy_ir", app_ir=LINK_SAVER_EXAMPLE, app_id="link-saver"),
            await tool(session, "get_app", app_id="link-saver"),
            await tool(session, "smoke_ir", app_ir=LINK_SAVER_EXAMPLE, function="list_links", args={}),
            await tool(session, "run_write_tool", app_id="billing", function="buy_tokens", args={"tokens": 10_000}),
        ]

    names, deployed, app, smoked, bought = over_stdio(live, home, use)
    assert names >= {"deploy_ir", "run_read_tool", "run_write_tool", "frame", "search_code", "remember_fact"}
    assert deployed["status"] == "success", deployed
    assert {one["name"] for one in app["tools"]} >= {"save_link", "list_links"}
    assert smoked["status"] == "success"
    assert (bought["status"], bought["panel_url"][:8]) == ("pending_panel_approval", "https://")
    assert {("POST /v1/developer/apps", 201), (CALL, 200), (OPERATE, 200)} <= set(live.saw())
    live.control(f"/confirmations/{bought['confirmation_id']}/approve")
    assert live.ask("GET", "/v1/billing/balance")["balance"] == 14_200


def test_tools_run_an_own_app(live: Live, home: Path) -> None:
    if not installed_for(live, "dev@example.com", "notes"):
        live.ask("POST", "/v1/marketplace/apps/notes/install", "dev@example.com")
    live.saw()

    async def use(session: ClientSession) -> list[Any]:
        return [
            await tool(session, "list_apps"),
            await tool(session, "run_read_tool", app_id="notes", function="list_notes"),
            await tool(session, "run_read_tool", app_id="notes", function="create_note"),
            await tool(
                session, "run_write_tool", app_id="notes", function="create_note", args={"title": "Mint", "text": "x"}
            ),
        ]

    _apps, read, refused, written = over_stdio(live, home, use, "dev@example.com")
    assert read["status"] == "success"
    assert refused["refused"] is True
    assert written["status"] == "ok", written
    seen = live.saw()
    assert (seen.count((CALL, 200)), seen.count((OPERATE, 200))) == (1, 1)
    assert {status for _key, status in seen} == {200}


def installed_for(live: Live, email: str, app_id: str) -> bool:
    return any(one["app_id"] == app_id for one in live.ask("GET", "/v1/me/extensions", email))


def test_tools_remember_and_recall(live: Live, home: Path) -> None:
    async def use(session: ClientSession) -> list[Any]:
        return [
            await tool(session, "remember_fact", fact="Ada grows purple basil"),
            await tool(session, "save_repo_note", note="Run make before pushing"),
            await tool(session, "recall_context", query="purple basil"),
            await tool(session, "upload_file", path=str(home / "seeds.txt")),
        ]

    (home / "seeds.txt").write_text("basil\n")
    fact, note, recalled, sent = over_stdio(live, home, use)
    assert (sent["filename"], sent["size_bytes"]) == ("seeds.txt", 6)
    assert (fact["status"], note["status"]) == ("success", "success")
    assert "purple basil" in json.dumps(recalled["data"]["snippets"])
    assert [one for one in live.saw() if one[0] == CALL] == [(CALL, 200)] * 4


def test_tools_frame_the_work_and_answer_from_synced_code(live: Live, home: Path) -> None:
    (home / "pyproject.toml").write_text('[project]\nname = "garden"\nversion = "1"\n')
    (home / "planner.py").write_text(
        "def plan(beds):\n    return [water(bed) for bed in beds]\n\n\ndef water(bed):\n    return bed\n"
    )
    (home / "week.py").write_text("from planner import plan\n\n\ndef week(beds):\n    return plan(beds)\n")

    async def use(session: ClientSession) -> list[Any]:
        return [
            await tool(session, "task", goal="Water the beds", items=[{"content": "Plan", "status": "in_progress"}]),
            await tool(session, "frame"),
            await tool(session, "repo_profile"),
            await tool(session, "search_code", query="water"),
            await tool(session, "outline", path="planner.py"),
            await tool(session, "grep_code", pattern="plan(beds)"),
            await tool(session, "graph_slice", symbols=["water"]),
            await tool(session, "impact_of_change", symbols=["plan"]),
            await tool(session, "read_symbol", path="planner.py", name="water"),
            await tool(session, "contract_slice", symbols=["week"]),
            await tool(session, "orient", query="water"),
            *[
                await tool(session, name, **arguments)
                for name, arguments in (
                    ("state_lens", {"section": "plan"}),
                    ("recall", {"ref": "all"}),
                    ("search_history", {"query": "planner"}),
                    ("vault_log_read", {"ref": "vault://logs/1"}),
                )
            ],
        ]

    task, frame, profile, found, outline, lines, sliced, reached, symbol, contracts, first, lens, *other = over_stdio(
        live, home, use
    )
    assert first["matches"][0]["qualname"] == "water"
    assert all("ok" in one and "unavailable" not in one["content"] for one in other)
    assert task == {"ok": True, "goal": "Water the beds", "items": 1, "recorded": True}
    assert (frame["ok"], frame["step"], frame["tool_groups"]) == (True, 1, ["apps", "code", "memory"])
    assert "GOAL Water the beds" in frame["frame"]
    assert (profile["source"], profile["profile"]["file_count"]) == ("vault graph", 3)
    assert (found["matches"][0]["qualname"], found["semantic"]) == ("water", "off")
    assert lines["total"] == 2
    assert "planner.py" in json.dumps(outline)
    assert "plan" in json.dumps(sliced)
    assert "week.py" in json.dumps(reached)
    assert "def water(bed):" in json.dumps(symbol)
    assert contracts["source"] == "vault graph"
    assert (lens["ok"], "Water the beds" in lens["content"]) == (True, True)
    seen = live.saw()
    assert {status for _key, status in seen} == {200}
    assert {key for key, _status in seen if "/memory/" in key} == {
        *(f"GET /v1/memory/code/{name}" for name in ("contracts", "profile", "search")),
        *(f"POST /v1/memory/code/{name}" for name in ("impact", "slice", "sync/apply", "sync/plan")),
        *(f"POST /v1/memory/{name}" for name in ("frame", "frame/lens", "frame/record")),
    }  # the other questions are answered from the folder itself
