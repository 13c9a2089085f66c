"""webbee, unchanged: account, wallet, sessions, and the agent's turns up to their final."""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from imperal_mcp import auth
from imperal_mcp.client import ImperalClient
from imperal_mcp.config import Config as McpConfig
from webbee import details, modals, remote, sessions, steer, thread
from webbee.account import Account, fetch_account, login_device_flow
from webbee.active_sessions import fetch_active_sessions
from webbee.config import Config
from webbee.native_read import read_native_async
from webbee.session import AgentSession
from webbee.tokens import make_token_provider
from webbee.wallet import Wallet, fetch_wallet

from tests.clients.harness import Live

ADA = "imp_u_abc123"
ONE = "/v1/agent/sessions/{session_id}"
Provider = Callable[[], Awaitable[str]]


class Sink:
    """What a terminal shows of a turn, kept in a list; ``consent`` is what its person answers when asked."""

    def __init__(self, consent: str = "yes") -> None:
        self.consent = consent
        self.shown: list[tuple[Any, ...]] = []

    def tool_start(self, tool: str, args: dict[str, Any]) -> None:
        self.shown.append(("start", tool, args))

    def tool_result(self, tool: str, ok: bool, summary: str) -> None:
        self.shown.append(("result", tool, ok, summary))

    async def ask_consent(self, app_id: str, tool: str, args: dict[str, Any]) -> str:
        self.shown.append(("ask", tool, args))
        return self.consent

    def panel_release(self, panel_url: str, summary: str) -> None:
        self.shown.append(("panel", panel_url, summary))

    def progress(self, text: str) -> None:
        self.shown.append(("progress", text))

    def usage(self, tokens: int, credits: int) -> None:  # noqa: A002 - the client's own protocol
        self.shown.append(("usage", tokens, credits))

    def plan_blocked(self, tool: str) -> None:
        self.shown.append(("blocked", tool))

    def user_echo(self, text: str) -> None:
        self.shown.append(("echo", text))

    def note(self, text: str) -> None:
        self.shown.append(("note", text))

    def remote_queued(self, origin: str, text: str, iid: str) -> None:
        self.shown.append(("queued", origin, text))

    def remote_dequeued(self, origin: str, iid: str) -> None:
        self.shown.append(("dequeued", origin))

    def kinds(self) -> list[str]:
        return [str(one[0]) for one in self.shown]


@pytest.fixture
def config(live: Live, home: Path) -> Config:
    return Config.from_env()


@pytest.fixture
def provider(live: Live, config: Config) -> Provider:
    """Tokens of Ada, kept on disk as after a login."""
    pair = live.tokens()
    auth.save_creds({**{name: pair[name] for name in ("access_token", "refresh_token")}, "access_expires_at": 2e12})
    return make_token_provider(config, auth)  # type: ignore[no-any-return]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "garden"
    folder.mkdir()
    (folder / "README.md").write_text("# Garden planner\n")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


# -- account -------------------------------------------------------------------------------------------------------


def test_login_shows_the_code_and_the_account(live: Live, config: Config) -> None:
    class Login(Sink):
        def login_prompt(self, code: str, page: str) -> None:
            self.shown.append(("code", code, page))
            live.control(f"/device/{code}/approve", {"email": "dev@example.com"})

    sink = Login()
    assert live.run(lambda: login_device_flow(config, auth, sink)) == "dev@example.com"
    assert sink.kinds() == ["code"]
    live.saw()
    account = live.run(lambda: fetch_account(config, make_token_provider(config, auth)))
    assert isinstance(account, Account)
    assert (account.signed_in, account.email, account.nickname, account.dev_tier) == (
        True,
        "dev@example.com",
        "margaret",
        "studio",
    )
    assert (account.plan_status, bool(account.plan), bool(account.member_since)) == ("active", True, True)
    assert sorted(live.saw()) == [
        ("GET /v1/auth/me", 200),
        ("GET /v1/billing/subscription", 200),
        ("GET /v1/developer/profile", 200),
    ]


def test_account_of_somebody_who_is_no_developer(live: Live, config: Config, provider: Provider) -> None:
    account = live.run(lambda: fetch_account(config, provider))
    assert (account.email, account.plan, account.dev_tier) == ("user@example.com", "pro", "")
    assert account.plan_renews
    assert ("GET /v1/developer/profile", 403) in live.saw()


def test_wallet(live: Live, config: Config, provider: Provider) -> None:
    assert live.run(lambda: fetch_wallet(config, provider)) == Wallet(4200, 50_000, "pro", "active", 20_000)
    assert live.saw() == [("GET /v1/billing/wallet", 200)]


def test_sessions_are_listed_and_revoked(live: Live, config: Config, provider: Provider) -> None:
    other = live.tokens()
    listed = live.run(lambda: sessions.list_sessions(config, provider))
    assert [one["current"] for one in listed].count(True) == 1
    newest = next(one for one in listed if not one["current"])
    assert {"session_id", "label", "surface", "last_seen_at"} <= newest.keys()
    assert live.run(lambda: sessions.revoke_session(config, provider, newest["session_id"])) is True
    assert live.run(lambda: sessions.revoke_session(config, provider, "ses_nothing")) is False
    assert live.run(lambda: sessions.revoke_others(config, provider)) == len(listed) - 2
    assert len(live.run(lambda: sessions.list_sessions(config, provider))) == 1
    assert other["access_token"]
    assert [status for _key, status in live.saw()] == [200, 200, 404, 200, 200]


# -- the agent -----------------------------------------------------------------------------------------------------


def session(live: Live, config: Config, provider: Provider, workspace: Path, **more: Any) -> AgentSession:
    return AgentSession(config, provider, str(workspace), **more)


def test_a_turn_runs_a_tool_on_this_machine_and_ends(
    live: Live, config: Config, provider: Provider, workspace: Path
) -> None:
    agent, sink = session(live, config, provider, workspace), Sink()
    final = live.run(lambda: agent.run("Please read README.md", sink))
    assert final.startswith("Done: Please read README.md")
    assert "read_file gave: " in final
    assert sink.kinds() == ["progress", "start", "result", "usage"]
    assert sink.shown[1][1:] == ("read_file", {"path": "README.md"})
    assert sink.shown[3] == ("usage", 1000, 9)
    assert agent.session_id.startswith(f"coding-{ADA}-r")
    assert [(step["label"], step["ok"]) for step in agent.steps] == [("read_file", True)]
    assert live.saw() == [
        ("GET /v1/auth/me", 200), ("POST /v1/agent/sessions", 200),
        (f"GET {ONE}/stream", 200), (f"POST {ONE}/result", 200),
    ]  # fmt: skip
    step = agent.steps[0]["step_id"]
    shown = live.run(
        lambda: details.fetch_step_detail(config, provider, details.build_step_ref(agent.session_id, step))
    )
    assert (shown["tool"], shown["ok"], "Garden planner" in shown["detail"]) == ("read_file", True, True)
    messages = live.run(lambda: thread.fetch_recent_thread(config, provider, agent.session_id))
    assert [(one["role"], one["surface"]) for one in messages] == [("user", "terminal"), ("assistant", "terminal")]
    assert live.saw() == [("GET /v1/activity/steps/{ref}", 200), (f"GET {ONE}/thread", 200)]


@pytest.mark.parametrize(("consent", "written"), [("yes", True), ("no", False)])
def test_a_turn_asks_before_it_writes(
    live: Live, config: Config, provider: Provider, workspace: Path, consent: str, written: bool
) -> None:
    sink = Sink(consent)
    final = live.run(lambda: session(live, config, provider, workspace).run("write notes.txt: basil", sink))
    assert ("ask", "write_file", {"path": "notes.txt", "content": "basil"}) in sink.shown
    assert (workspace / "notes.txt").exists() is written
    assert ("declined" in final) is not written
    assert {status for _key, status in live.saw()} == {200}


def test_plan_mode_writes_nothing_and_autopilot_does_not_ask(
    live: Live, config: Config, provider: Provider, workspace: Path
) -> None:
    planned = Sink()
    live.run(lambda: session(live, config, provider, workspace, mode="plan").run("write notes.txt: basil", planned))
    assert "blocked" in planned.kinds()
    assert not (workspace / "notes.txt").exists()
    flown = Sink()
    live.run(lambda: session(live, config, provider, workspace, mode="autopilot").run("write notes.txt: basil", flown))
    assert (workspace / "notes.txt").read_text() == "basil"
    assert "ask" not in flown.kinds()


def test_a_second_turn_of_a_session_gets_its_own_frames_only(
    live: Live, config: Config, provider: Provider, workspace: Path
) -> None:
    agent = session(live, config, provider, workspace)
    live.run(lambda: agent.run("Please read README.md", Sink()))
    sink = Sink()
    assert live.run(lambda: agent.run("Say hello", sink)).startswith("Done: Say hello")
    assert sink.kinds() == ["progress", "usage"]


def test_a_marathon_ends_with_its_goal(live: Live, config: Config, provider: Provider, workspace: Path) -> None:
    agent, sink = session(live, config, provider, workspace, slot_id="b2"), Sink()
    final = live.run(lambda: agent.run("Tidy up", sink, marathon=True, goal="A tidy garden"))
    assert final.startswith("Done: Tidy up")
    assert sink.kinds() == ["note", "progress", "usage", "note"]
    assert agent.session_id.startswith(f"marathon-{ADA}-r")
    assert agent.session_id.endswith("-sb2")
    derived = live.run(lambda: steer.derive_session_id(config, provider, str(workspace), marathon=True, slot_id="b2"))
    assert derived == agent.session_id


def test_other_surfaces_reach_an_idle_terminal(live: Live, config: Config, provider: Provider, workspace: Path) -> None:
    name = live.run(lambda: steer.derive_session_id(config, provider, str(workspace)))
    assert live.run(lambda: remote.get_remote(config, provider, name)) == {"enabled": False, "mirror": [], "steer": []}
    both = live.run(lambda: remote.set_remote(config, provider, name, "both"))
    assert both == {"enabled": True, "mirror": ["telegram", "panel"], "steer": ["telegram"]}
    live.control(f"/agent/{name}/steer", {"text": "Water the roses", "mode": "plan"})
    polled = live.run(lambda: thread.fetch_pending_steer(config, provider, name, mode="default", label="Garden tab"))
    assert (polled["items"][0]["text"], polled["requested_mode"]) == (
        "Water the roses",
        {"mode": "plan", "surface": "telegram"},
    )
    assert live.run(lambda: thread.fetch_pending_steer(config, provider, name))["items"] == []
    assert {status for _key, status in live.saw()} == {200}


def test_a_waiting_session_is_seen_attached_steered_and_stopped(
    live: Live, config: Config, provider: Provider, workspace: Path
) -> None:
    name = live.run(lambda: steer.derive_session_id(config, provider, str(workspace), marathon=False))
    key = name.rpartition("-r")[2]
    body = {"user_id": ADA, "task": "Please read README.md", "coding_context": {"repo_key": key}, "surface": "telegram"}
    assert live.ask("POST", "/v1/agent/sessions", body=body)["session_id"] == name
    (running,) = live.run(lambda: fetch_active_sessions(config, provider))
    assert (running["session_id"], running["pending_consent"]) == (name, False)
    assert live.run(lambda: thread.inject_to_session(config, provider, name, "Be quick", "i1")) is True
    assert live.run(lambda: thread.drop_from_session(config, provider, name, "i1")) is True
    assert live.run(lambda: thread.drop_from_session(config, provider, name, "i1")) is False
    attach = live.run(lambda: thread.fetch_pending_steer(config, provider, name))["attach"]
    assert attach["kind"] == "tool_request"
    agent, sink = session(live, config, provider, workspace), Sink()
    call = agent.attach(sink, task_id=attach["task_id"], start_id=attach["last_id"], marathon=False)
    assert live.run(lambda: call).startswith("[telegram] Done: Please read README.md")
    live.ask("POST", "/v1/agent/sessions", body=body)
    assert live.run(lambda: agent.post_mode("autopilot")) is True
    live.run(agent.stop)
    assert live.run(lambda: fetch_active_sessions(config, provider)) == []
    assert live.run(lambda: agent.post_mode("plan")) is False
    assert {status for _key, status in live.saw()} == {200}


def test_an_empty_wallet_ends_the_turn(live: Live, config: Config, provider: Provider, workspace: Path) -> None:
    live.world.state["ledger"].remove_where(user_id=ADA)
    live.world.commit()
    import httpx

    with pytest.raises(httpx.HTTPStatusError, match="402"):
        live.run(lambda: session(live, config, provider, workspace).run("Say hello", Sink()))


def test_speech_becomes_text(live: Live, config: Config, provider: Provider, tmp_path: Path) -> None:
    recording = tmp_path / "voice.wav"
    recording.write_bytes(b"RIFF" + bytes(2000))
    token = live.run(provider)
    text = modals.transcribe_audio_file(str(recording), live.gateway, token)
    assert text.endswith(("?", "."))
    assert live.saw() == [("POST /v1/voice/stt", 200)]


# -- documents and the web, through the platform's apps ------------------------------------------------------------


def test_a_document_is_read_through_the_file_reader(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "seeds.docx"
    path.write_text("basil\nmint\n")
    client = ImperalClient(McpConfig(api_url=live.gateway, token=live.token()))
    read = live.run(lambda: read_native_async(client, str(path), "seeds.docx"))
    assert read["ok"] is True
    assert "basil\nmint" in read["content"]
    page = live.run(lambda: client.run_tool("file-reader", "read_files", {"file_ids": [read["file_id"]], "offset": 6}))
    assert page["data"]["items"][0]["body"] == "mint\n"


def test_the_web_is_searched_through_the_web_search(live: Live) -> None:
    client = ImperalClient(McpConfig(api_url=live.gateway, token=live.token()))
    found = live.run(lambda: client.run_tool("web-search", "web_search", {"query": "basil", "num_results": 3}))
    url = found["data"]["items"][0]["url"]
    read = live.run(lambda: client.run_tool("web-search", "read_url", {"url": url}))
    assert "asil" in read["data"]["content"]
