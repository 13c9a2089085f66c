"""The agent's memory: frames are charged once, code answers come from what was synced, and all of it is one's own."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.agent._frames import FRAME_TOKENS
from tests.conftest import Client

ADA = "imp_u_abc123"
SHELL = f"mcp-{ADA}-0123456789ab"
REPO = "3f9ab2"
FRAME = "/v1/memory/frame"
CODE = "/v1/memory/code"
CALLS = [{"tool": "read_file", "ok": True, "text": "# Garden planner"}, {"tool": "bash", "ok": False, "text": "boom"}]
PLAN = [{"content": "Read it", "status": "completed"}, {"content": "Mend it", "status": "in_progress"}]


def balance(client: Client) -> int:
    return int(client.get("/v1/billing/balance").json["balance"])


def record(client: Client, **more: Any) -> None:
    body = {"session_id": SHELL, "step": 0, "goal": "Mend the gate", "items": PLAN, "exchange": CALLS, **more}
    reply = client.post(f"{FRAME}/record", body)
    assert (reply.status, reply.json["ok"]) == (200, True)


def lens(client: Client, tool: str, **args: Any) -> dict[str, Any]:
    return dict(client.post(f"{FRAME}/lens", {"session_id": SHELL, "tool": tool, "args": args}).json)


# -- frames --------------------------------------------------------------------------------------------------------


def test_a_frame_shows_what_was_recorded_and_is_charged_once_a_step(user: Client) -> None:
    before = balance(user)
    record(user, memory=[{"text": "Ada likes tea"}])
    assert balance(user) == before
    frame = user.post(FRAME, {"session_id": SHELL, "step": 1, "repo_key": REPO}).json
    assert frame["frame"].splitlines() == [
        "GOAL Mend the gate", "PLAN [completed] Read it", "PLAN [in_progress] Mend it",
        "DONE A1 read_file: # Garden planner", "DONE A2 bash: boom", "MEMORY Ada likes tea",
        "CODE 3f9ab2: 2 files at 9f2c41d07be35a8816f04d5e7ac2b90c13d6e842",
    ]  # fmt: skip
    assert (frame["session_id"], frame["step"], frame["tool_groups"]) == (SHELL, 1, ["apps", "code", "memory"])
    assert user.post(FRAME, {"session_id": SHELL, "step": 1, "goal": "Another"}).json == frame
    assert balance(user) == before - FRAME_TOKENS
    other = user.post(FRAME, {"session_id": SHELL, "step": 2}).json
    assert other["tool_groups"] == ["apps", "memory"]
    assert balance(user) == before - 2 * FRAME_TOKENS


def test_a_frame_that_cannot_be_paid_records_nothing(user: Client, world: World) -> None:
    world.state["ledger"].remove_where(user_id=ADA)
    assert user.post(FRAME, {"session_id": SHELL, "step": 1, "exchange": CALLS}).status == 402
    assert SHELL not in world.state["frame_sessions"]


def test_a_record_counts_what_was_new(user: Client) -> None:
    body = {"session_id": SHELL, "step": 0, "exchange": CALLS, "memory": [{"text": "x"}]}
    assert user.post(f"{FRAME}/record", body).json == {"ok": True, "recorded": 3}


@pytest.mark.parametrize(
    ("tool", "args", "content"),
    [
        ("recall", {"ref": "A1"}, "# Garden planner"),
        ("recall", {"ref": "last_answers"}, "boom"),
        ("recall", {"ref": "all"}, "# Garden planner\nboom"),
        ("vault_log_read", {"ref": "vault://logs/2"}, "boom"),
        ("vault_log_read", {"ref": "vault://logs/1", "grep": "Garden"}, "# Garden planner"),
        ("state_lens", {"section": "plan"}, "Mend the gate\n[completed] Read it\n[in_progress] Mend it"),
        ("search_history", {"query": "garden"}, f"{SHELL} A1: # Garden planner"),
    ],
)
def test_a_lens_opens_what_was_recorded(user: Client, tool: str, args: dict[str, Any], content: str) -> None:
    record(user)
    assert lens(user, tool, **args) == {"ok": True, "content": content}


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("recall", {"ref": "A9"}),
        ("vault_log_read", {"ref": "vault://logs/9"}),
        ("vault_log_read", {"ref": "vault://logs/1", "grep": "nothing"}),
        ("state_lens", {"section": "law"}),
        ("search_history", {"query": ""}),
        ("search_history", {"query": "roses"}),
    ],
)
def test_what_a_lens_does_not_find_is_an_answer(user: Client, tool: str, args: dict[str, Any]) -> None:
    record(user)
    assert lens(user, tool, **args)["ok"] is False


def test_an_unknown_lens_is_refused(user: Client) -> None:
    assert user.post(f"{FRAME}/lens", {"session_id": SHELL, "tool": "x_ray"}).status == 422


def test_an_agent_is_held_once_a_step_while_its_plan_is_open(user: Client) -> None:
    record(user)
    body = {"session_id": SHELL, "final_text": "Done.", "step": 1}
    assert user.post(f"{FRAME}/final", body).json == {
        "hold": True, "reason": "1 items of the plan are open.", "open": ["Mend it"],
    }  # fmt: skip
    assert user.post(f"{FRAME}/final", body).json == {"hold": False, "reason": "", "open": ["Mend it"]}
    assert user.post(f"{FRAME}/final", {**body, "step": 2}).json["hold"] is True
    record(user, items=[{"content": "Mend it", "status": "blocked"}])
    assert user.post(f"{FRAME}/final", {**body, "step": 3}).json == {"hold": False, "reason": "", "open": []}


FRAMES = (
    (FRAME, {"step": 1}),
    (f"{FRAME}/record", {"step": 1}),
    (f"{FRAME}/lens", {"tool": "recall"}),
    (f"{FRAME}/final", {"step": 1, "final_text": ""}),
)


@pytest.mark.parametrize(("path", "body"), FRAMES)
def test_a_session_of_another_is_refused(
    gateway: Client, user: Client, developer: Client, path: str, body: Any
) -> None:
    record(user, session_id="my-shell")
    for session in (SHELL, "my-shell"):
        assert developer.post(path, {"session_id": session, **body}).status == 403
    assert gateway.post(path, {"session_id": SHELL, **body}).status == 401
    assert user.post(path, body).status == 422


# -- code ----------------------------------------------------------------------------------------------------------


def get(client: Client, name: str, **query: Any) -> dict[str, Any]:
    reply = client.get(f"{CODE}/{name}", query_string={"repo_key": REPO, **query})
    assert reply.status == 200, reply.content
    return dict(reply.json)


def test_repositories_are_listed(user: Client, developer: Client) -> None:
    (repo,) = user.get(f"{CODE}/repos").json["repos"]
    assert (repo["repo_key"], repo["root_path"], repo["machine_label"]) == (
        REPO,
        "/home/ada/garden-planner",
        "ada-laptop",
    )
    assert developer.get(f"{CODE}/repos").json == {"repos": []}


def test_a_profile_counts(user: Client) -> None:
    (item,) = get(user, "profile")["data"]["items"]
    assert (item["file_count"], item["def_count"], item["languages"]) == (2, 3, {"python": 2})
    assert item["top_symbols"] == ["plan", "water", "week"]


def test_search_ranks_names_before_text(user: Client) -> None:
    answer = get(user, "search", q="water")
    assert [one["id"] for one in answer["data"]["items"]] == ["planner.py::water", "planner.py::plan"]
    assert (answer["semantic"], answer["best_match"]) == ("off", 1.0)
    assert answer["data"]["items"][0]["text"].startswith("def water(bed):")
    assert [one["qualname"] for one in get(user, "search", q="water", k=1)["data"]["items"]] == ["water"]
    assert get(user, "search", q="water", path_glob="api.*")["data"]["items"] == []
    assert get(user, "search", q="water", kind="class")["data"]["items"] == []
    assert get(user, "search", q="tulips")["best_match"] is None


def test_grep_finds_exact_text_and_says_what_it_left_out(user: Client) -> None:
    answer = get(user, "grep", q="plan(beds)")
    assert [(one["path"], one["line"]) for one in answer["items"]] == [("api.py", 6), ("planner.py", 1)]
    assert (answer["total"], answer["truncated"]) == (2, False)
    short = get(user, "grep", q="plan(beds)", k=1)
    assert (len(short["items"]), short["total"], short["truncated"]) == (1, 2, True)
    assert get(user, "grep", q="PLAN(BEDS)")["total"] == 0


def test_an_outline_and_a_file(user: Client) -> None:
    assert get(user, "outline", path="planner.py")["data"]["items"] == [
        {"name": "plan", "kind": "function", "start": 1, "end": 2},
        {"name": "water", "kind": "function", "start": 5, "end": 6},
    ]
    whole = get(user, "file", path="planner.py")
    assert (whole["total_lines"], whole["truncated"]) == (6, False)
    cut = get(user, "file", path="planner.py", max_chars=8)
    assert (cut["text"], cut["total_lines"], cut["truncated"]) == ("def plan", 6, True)


def test_a_slice_follows_calls_both_ways(user: Client) -> None:
    def names(depth: int) -> list[str]:
        body = {"repo_key": REPO, "symbols": ["planner.py::water", "nothing"], "depth": depth}
        return [one["qualname"] for one in user.post(f"{CODE}/slice", body).json["data"]["items"]]

    assert [names(depth) for depth in (0, 1, 2)] == [["water"], ["water", "plan"], ["water", "plan", "week"]]


def test_an_impact_names_files_and_users_in_the_same_file(user: Client) -> None:
    answer = user.post(f"{CODE}/impact", {"repo_key": REPO, "symbols": ["plan"]}).json
    assert [(one["id"], one["via"], one["targets"]) for one in answer["data"]["items"]] == [
        ("api.py", "import", ["planner.py::plan"])
    ]
    assert answer["resolved"] == ["planner.py::plan"]
    inside = user.post(f"{CODE}/impact", {"repo_key": REPO, "symbols": ["water"]}).json
    assert inside["same_file"] == ["planner.py::plan"]
    unknown = user.post(f"{CODE}/impact", {"repo_key": REPO, "symbols": ["tulips"]}).json
    assert (unknown["resolved"], unknown["data"]["items"], unknown["by_name_count"]) == ([], [], 0)


def test_routes_tie_repositories_together(user: Client) -> None:
    uses = [{"domain": "route", "key": "GET /beds/week", "role": "uses", "in_def": None, "line": 3}]
    apply(user, "panel", {"panel.ts": ("fetch('/beds/week')", {"strings": uses})})
    answer = user.get(f"{CODE}/contracts").json
    assert [(one["repo_key"], one["role"], one["route"]) for one in answer["endpoints"]] == [
        ("3f9ab2", "provider", "/beds/week"), ("panel", "consumer", "/beds/week"),
    ]  # fmt: skip
    link = {"route": "GET /beds/week", "provider": "3f9ab2:api.py:5", "consumer": "panel:panel.ts:3"}
    assert answer["links"] == [link]


ASKED = (
    ("GET", "profile", {}),
    ("GET", "search", {"q": "x"}),
    ("GET", "grep", {"q": "x"}),
    ("GET", "outline", {"path": "api.py"}),
    ("GET", "file", {"path": "api.py"}),
    ("POST", "slice", {"symbols": ["plan"]}),
    ("POST", "impact", {"symbols": ["plan"]}),
)


@pytest.mark.parametrize(("method", "name", "more"), ASKED)
def test_code_of_others_is_unknown(
    gateway: Client, user: Client, developer: Client, method: str, name: str, more: Any
) -> None:
    def status(client: Client) -> int:
        sent = {"repo_key": REPO, **more}
        return client.call(
            method, f"{CODE}/{name}", **({"query_string": sent} if method == "GET" else {"body": sent})
        ).status

    assert (status(user), status(developer), status(gateway)) == (200, 404, 401)


@pytest.mark.parametrize("name", ["outline", "file"])
def test_an_unknown_file_is_404(user: Client, name: str) -> None:
    assert user.get(f"{CODE}/{name}", query_string={"repo_key": REPO, "path": "none.py"}).status == 404


# -- sync ----------------------------------------------------------------------------------------------------------


def meta(key: str, **more: Any) -> dict[str, Any]:
    return {"local_key": key, "root_path": f"/home/ada/{key}", "machine": {"machine_id": "m1"}, **more}


def plan(client: Client, key: str, *paths: str, **more: Any) -> dict[str, Any]:
    listing = [{"path": path, "size": 7, "mtime": 1.0} for path in paths]
    return dict(client.post(f"{CODE}/sync/plan", {"listing": listing, "meta": meta(key, **more)}).json)


def apply(client: Client, key: str, files: dict[str, tuple[str, Any]], **more: Any) -> dict[str, Any]:
    body = {
        "files": [
            {"path": path, "blob": f"h_{text}", "size": 7, "mtime": 1.0} for path, (text, _facts) in files.items()
        ],
        "blobs": [{"hash": f"h_{text}", "lang": "ts", "text": text, "facts": facts} for text, facts in files.values()],
        "removed": [],
        "configs": [],
        "chunks": [],
        "meta": meta(key),
        **more,
    }
    reply = client.post(f"{CODE}/sync/apply", body)
    assert reply.status == 200, reply.content
    return dict(reply.json)


def test_a_sync_asks_for_what_changed_and_stores_it(user: Client) -> None:
    first = plan(user, "site", "a.ts", "b.ts")
    assert (first["repo_key"], first["changed"], first["removed"]) == ("site", ["a.ts", "b.ts"], [])
    done = apply(user, "site", {"a.ts": ("one", {}), "b.ts": ("two", {})})
    assert (done["files"], done["removed"]) == (2, 0)
    again = plan(user, "site", "a.ts", listing_complete=True)
    assert (again["changed"], again["removed"]) == ([], ["b.ts"])
    assert {"h_one", "h_two"} <= set(again["have_blobs"])
    assert apply(user, "site", {}, removed=["b.ts", "b.ts", "zz"])["removed"] == 1
    assert "h_two" not in plan(user, "site")["have_blobs"]
    assert user.get(f"{CODE}/file", query_string={"repo_key": "site", "path": "a.ts"}).json["text"] == "one"
    repo = user.get(f"{CODE}/repos").json["repos"][0]
    assert (repo["repo_key"], repo["file_count"], repo["machine_label"]) == ("site", 1, "m1")


def test_an_incomplete_listing_removes_what_it_says_is_gone_only(user: Client) -> None:
    apply(user, "site", {"a.ts": ("one", {}), "b.ts": ("two", {})})
    listing = [{"path": "a.ts", "size": -1, "mtime": 0.0}, {"path": "new.ts", "size": -1, "mtime": 0.0}]
    answer = user.post(f"{CODE}/sync/plan", {"listing": listing, "meta": meta("site")}).json
    assert (answer["changed"], answer["removed"]) == ([], ["a.ts"])


def test_links_are_counted_with_the_last_part(user: Client) -> None:
    brings = [{"local_name": "b", "module": "./b", "imported": "b", "kind": "import", "line": 1}]
    outside = [{"local_name": "os", "module": "os", "imported": None, "kind": "import", "line": 1}]
    files = {"a.ts": ("one", {"bindings": brings}), "b.ts": ("two", {"bindings": outside})}
    part = apply(user, "site", files, meta=meta("site", defer_links=True))
    assert (part["links"], part["unresolved"]) == (0, 0)
    last = apply(user, "site", {})
    assert (last["links"], last["unresolved"]) == (1, 1)
    assert apply(user, "site", {}, removed=["a.ts"])["links_removed"] == 1


def test_meta_alone_refreshes_the_time(user: Client, world: World) -> None:
    apply(user, "site", {"a.ts": ("one", {})})
    before = user.get(f"{CODE}/repos").json["repos"][0]["synced_at"]
    world.clock.move(60)
    apply(user, "site", {})
    after = user.get(f"{CODE}/repos").json["repos"][0]
    assert after["synced_at"] > before
    assert after["file_count"] == 1


def test_configuration_files_are_kept_like_others(user: Client) -> None:
    apply(user, "site", {}, configs=[{"path": "package.json", "text": "{}", "size": 7, "mtime": 1.0}])
    assert plan(user, "site", "package.json")["changed"] == []
    assert user.get(f"{CODE}/file", query_string={"repo_key": "site", "path": "package.json"}).json["text"] == "{}"


def test_measured_neighbours_show_in_the_impact(user: Client) -> None:
    define = {"defs": [{"name": "f", "qualname": "f", "kind": "function", "start_line": 1, "end_line": 1}]}
    near = {"src_path": "a.ts", "dst_path": "b.ts", "confidence": 0.5, "origin": "changed together"}
    apply(user, "site", {"a.ts": ("one", define)}, measured=[near])
    (item,) = user.post(f"{CODE}/impact", {"repo_key": "site", "symbols": ["f"]}).json["data"]["items"]
    assert (item["id"], item["via"], item["origin"], item["confidence"]) == (
        "b.ts",
        "measured",
        "changed together",
        0.5,
    )


@pytest.mark.parametrize("key", [None, "", "a/b", "x" * 80, 7])
def test_a_repository_without_a_plain_key_gets_one(user: Client, key: Any) -> None:
    made = user.post(f"{CODE}/sync/plan", {"listing": [], "meta": {"local_key": key, "root": "/x"}}).json["repo_key"]
    assert len(made) == 12
    other = user.post(f"{CODE}/sync/plan", {"listing": [], "meta": {"local_key": key, "root": "/y"}}).json["repo_key"]
    assert made != other


@pytest.mark.parametrize(
    "facts",
    [
        {"defs": "x"},
        {"defs": [7]},
        {"defs": [{"qualname": ["x"], "name": {}}]},
        {"refs": [{"head": []}]},
        {"strings": {}},
    ],
)
def test_facts_of_any_shape_break_nothing(user: Client, facts: Any) -> None:
    apply(user, "site", {"a.ts": ("one", facts)})
    for name, more in (("profile", {}), ("search", {"q": "one"}), ("outline", {"path": "a.ts"})):
        assert user.get(f"{CODE}/{name}", query_string={"repo_key": "site", **more}).status == 200
    assert user.post(f"{CODE}/slice", {"repo_key": "site", "symbols": ["one"]}).status == 200
    assert user.post(f"{CODE}/impact", {"repo_key": "site", "symbols": ["one"]}).status == 200
    assert user.get(f"{CODE}/contracts").status == 200


@pytest.mark.parametrize("name", ["plan", "apply"])
def test_a_sync_needs_a_caller_and_a_body(gateway: Client, user: Client, name: str) -> None:
    assert gateway.post(f"{CODE}/sync/{name}", {}).status == 401
    assert user.post(f"{CODE}/sync/{name}", {}).status == 422


def test_other_sessions_are_seen_and_written_to(user: Client, developer: Client) -> None:
    started = user.post("/v1/agent/sessions", {"user_id": ADA, "task": "Tidy the shed", "coding_context": {}}).json
    other = started["session_id"]
    assert other in lens(user, "live_sessions")["content"]
    sent = lens(user, "message_session", conversation=other, text="The gate is mended.")
    assert sent == {"ok": True, "content": f"Delivered to {other}."}
    thread = user.get(f"/v1/agent/sessions/{other}/thread").json["messages"]
    assert thread[-1]["content"] == "Agent message: The gate is mended."
    body = {
        "session_id": "mcp-imp_u_dev001-rshed",
        "tool": "message_session",
        "args": {"conversation": other, "text": "x"},
    }
    assert developer.post(f"{FRAME}/lens", body).json["ok"] is False
