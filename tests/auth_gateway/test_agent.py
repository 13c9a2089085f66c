"""The terminal agent: its script, its stream, its queue, and that nobody else sees a thing of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.agent import _agent
from tests.conftest import Client

ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"
SESSION = f"coding-{ADA}-rdemo"
KEPT = "coding-imp_u_abc123-r3f9ab2"
WAITS = "coding-imp_u_dev001-r7d20c4"


def begin(client: Client, task: str, **more: Any) -> dict[str, Any]:
    context = {"repo_key": more.pop("repo_key", "demo"), "mode": more.pop("mode", "default")}
    body = {"user_id": more.pop("user_id", ADA), "task": task, "coding_context": context, **more}
    reply = client.post("/v1/agent/sessions", body)
    assert reply.status == 200, reply.content
    return dict(reply.json)


class Stream:
    """An open stream of a session: its frames with their ids."""

    def __init__(self, client: Client, session_id: str = SESSION, last: str | None = "0-0") -> None:
        headers = dict(client.headers, **({"Last-Event-ID": last} if last else {}))
        path = f"/v1/agent/sessions/{session_id}/stream"
        answer = client.app.test_client().open(path, headers=headers, buffered=False)
        self.status = answer.status_code
        self._chunks: Iterator[bytes] = answer.iter_encoded()

    def read(self) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for block in next(self._chunks).decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if line.startswith(("id: ", "data: ")))
            if "data" in lines:
                found.append((lines["id"], orjson.loads(lines["data"])))
        return found

    def kinds(self) -> list[str]:
        return [frame["type"] for _id, frame in self.read()]


def answer(client: Client, req_id: str, result: dict[str, Any], session_id: str = SESSION) -> dict[str, Any]:
    reply = client.post(f"/v1/agent/sessions/{session_id}/result", {"req_id": req_id, "result": result})
    assert reply.status == 200, reply.content
    return dict(reply.json)


def thread(client: Client, session_id: str = SESSION) -> list[tuple[str, str]]:
    messages = client.get(f"/v1/agent/sessions/{session_id}/thread").json["messages"]
    return [(one["role"], one["content"]) for one in messages]


def active(client: Client) -> list[str]:
    return [one["session_id"] for one in client.get("/v1/agent/sessions/active").json["sessions"]]


# -- the script ----------------------------------------------------------------------------------------------------


def test_a_task_without_a_tool_ends_at_once_and_costs_its_price(user: Client) -> None:
    before = user.get("/v1/billing/balance").json["balance"]
    started = begin(user, "Say hello")
    assert (started["session_id"], started["last_id"]) == (SESSION, "0-0")
    frames = Stream(user).read()
    assert [(one, frame["type"]) for one, frame in frames] == [("1-0", "progress"), ("2-0", "usage"), ("3-0", "final")]
    assert {frame["task_id"] for _id, frame in frames} == {started["task_id"]}
    assert frames[1][1]["credits"] == 9 == before - user.get("/v1/billing/balance").json["balance"]
    assert frames[2][1]["text"].startswith("Done: Say hello")
    assert thread(user)[0] == ("user", "Say hello")
    assert active(user) == []


def test_a_tool_is_asked_for_and_its_result_ends_the_task(user: Client) -> None:
    started = begin(user, "Please read README.md")
    assert active(user) == [SESSION]
    stream = Stream(user)
    (_one, (_two, request)) = stream.read()
    assert request == {
        "type": "tool_request", "task_id": started["task_id"], "req_id": "req-1", "tool": "read_file",
        "args": {"path": "README.md"},
    }  # fmt: skip
    result = {"ok": True, "content": "# Garden\nby ada@example.com"}
    assert answer(user, "req-1", result) == {"ok": True, "duplicate": False}
    assert stream.kinds() == ["usage", "final"]
    assert thread(user)[-1][1].endswith("read_file gave: # Garden")
    assert answer(user, "req-1", {"ok": False}) == {"ok": True, "duplicate": True}
    assert len(Stream(user).kinds()) == 4
    step = user.get(f"/v1/activity/steps/terminal:{SESSION}:req-1").json
    assert (step["tool"], step["ok"], step["detail"]) == ("read_file", True, "# Garden\nby [email]")


def test_an_answer_to_nothing_is_not_taken(user: Client) -> None:
    begin(user, "Please read README.md")
    assert answer(user, "req-9", {"ok": True}) == {"ok": False, "duplicate": False}
    assert active(user) == [SESSION]


@pytest.mark.parametrize("result", [{"approved": True}, {"consent_reply": "Yes, do it"}])
def test_what_changes_things_needs_consent_first(user: Client, result: dict[str, Any]) -> None:
    begin(user, "run `make test`")
    assert Stream(user).kinds() == ["progress", "confirm_request"]
    assert user.get("/v1/agent/sessions/active").json["sessions"][0]["pending_consent"] is True
    answer(user, "req-1", result)
    last = Stream(user).read()[-1][1]
    assert (last["type"], last["req_id"], last["args"]) == ("tool_request", "req-2", {"command": "make test"})


@pytest.mark.parametrize("result", [{"approved": False}, {"consent_reply": "no"}, {"consent_reply": ""}, {}])
def test_without_consent_nothing_runs(user: Client, result: dict[str, Any]) -> None:
    begin(user, "write notes.txt: hello")
    answer(user, "req-1", result)
    assert "tool_request" not in Stream(user).kinds()
    assert thread(user)[-1][1].endswith("Not done: write_file was declined.")


def test_autopilot_asks_for_nothing(user: Client) -> None:
    begin(user, "run `make test`", mode="autopilot")
    assert Stream(user).kinds() == ["progress", "tool_request"]


def test_switching_to_autopilot_answers_the_question_that_waits(user: Client) -> None:
    begin(user, "run `make test`")
    assert user.post(f"/v1/agent/sessions/{SESSION}/mode", {"mode": "autopilot"}).json == {"ok": True}
    assert Stream(user).kinds() == ["progress", "confirm_request", "tool_request"]
    assert user.get("/v1/agent/sessions/active").json["sessions"][0]["mode"] == "autopilot"


def test_a_mode_needs_a_running_task(user: Client, world: World) -> None:
    begin(user, "Say hello")
    before = world.state["agent_sessions"].get(SESSION)
    assert user.post(f"/v1/agent/sessions/{SESSION}/mode", {"mode": "plan"}).json == {"ok": False}
    assert world.state["agent_sessions"].get(SESSION) == before


def test_cancel_stops_the_task_and_late_results_change_nothing(user: Client) -> None:
    begin(user, "Please read README.md")
    cancel = f"/v1/agent/sessions/{SESSION}/cancel"
    assert user.post(cancel).json == {"ok": True, "session_id": SESSION}
    last = Stream(user).read()[-1][1]
    assert (last["type"], last["stopped"]) == ("final", True)
    assert active(user) == []
    assert answer(user, "req-1", {"ok": True, "content": "late"})["duplicate"] is True
    assert user.post(cancel).json["ok"] is False
    assert thread(user)[-1] == ("assistant", "Stopped.")


def test_a_marathon_has_a_plan_and_its_own_end(user: Client) -> None:
    started = begin(user, "Clean up", marathon=True, goal="A tidy house")
    assert started["session_id"] == f"marathon-{ADA}-rdemo"
    kinds = Stream(user, started["session_id"]).kinds()
    assert kinds == ["marathon_plan", "progress", "usage", "milestone", "final", "marathon_complete"]


def test_a_slot_is_a_session_of_its_own(user: Client) -> None:
    assert begin(user, "Say hello", slot="b2")["session_id"] == f"{SESSION}-sb2"


def test_what_cannot_stand_in_a_path_is_replaced(user: Client) -> None:
    started = begin(user, "Say hello", repo_key="a/b c", slot="x/y")
    assert started["session_id"] == f"coding-{ADA}-ra_b_c-sx_y"
    assert Stream(user, started["session_id"]).status == 200


def test_the_same_steer_iid_is_one_task(user: Client) -> None:
    first = begin(user, "Say hello", steer_iid="abc")
    balance = user.get("/v1/billing/balance").json["balance"]
    assert begin(user, "Say hello", steer_iid="abc") == first
    assert len(Stream(user).kinds()) == 3
    assert user.get("/v1/billing/balance").json["balance"] == balance


def test_a_task_behind_a_running_one_waits_its_turn(user: Client) -> None:
    begin(user, "Please read README.md")
    second = begin(user, "Say hello", steer_iid="two")
    assert second["last_id"] == "2-0"
    stream = Stream(user, last="1-0")
    assert stream.kinds() == ["tool_request", "task_queued"]
    answer(user, "req-1", {"ok": True, "content": "x"})
    assert stream.kinds() == ["usage", "final", "task_dequeued", "progress", "usage", "final"]


def test_an_empty_wallet_starts_nothing(user: Client, world: World) -> None:
    world.state["ledger"].remove_where(user_id=ADA)
    body = {"user_id": ADA, "task": "Say hello", "coding_context": {"repo_key": "demo"}}
    assert user.post("/v1/agent/sessions", body).status == 402
    assert SESSION not in world.state["agent_sessions"]


def test_a_task_is_for_oneself(user: Client) -> None:
    body = {"user_id": MARGARET, "task": "Say hello", "coding_context": {}}
    assert user.post("/v1/agent/sessions", body).status == 403


@pytest.mark.parametrize("lacks", ["user_id", "task", "coding_context"])
def test_a_task_is_complete(user: Client, lacks: str) -> None:
    body = {"user_id": ADA, "task": "Say hello", "coding_context": {}}
    del body[lacks]
    assert user.post("/v1/agent/sessions", body).status == 422


# -- the stream ----------------------------------------------------------------------------------------------------


def test_a_reader_that_comes_back_gets_what_followed(user: Client) -> None:
    begin(user, "Say hello")
    assert [one for one, _frame in Stream(user, last="1-0").read()] == ["2-0", "3-0"]
    assert len(Stream(user, last=None).read()) == 3
    assert len(Stream(user, last="nonsense").read()) == 3


def test_a_request_that_waits_comes_again(user: Client) -> None:
    begin(user, "Please read README.md")
    ((number, frame),) = Stream(user, last="2-0").read()
    assert (number, frame["type"], frame["req_id"]) == ("3-0", "tool_request", "req-1")
    assert user.get(f"/v1/agent/sessions/{SESSION}/pending-steer").json["attach"]["last_id"] == "2-0"
    assert [one for one, _frame in Stream(user, last="2-0").read()] == ["3-0"]


def test_frames_reach_the_session_s_stream_and_the_events_stream_stays_clean(user: Client, world: World) -> None:
    mine, other = Stream(user, KEPT, last="6-0"), Stream(user, KEPT, last="6-0")
    assert (mine.read(), other.read()) == ([], [])
    begin(user, "Say hello")
    begin(user, "Say hello again", repo_key="3f9ab2")
    assert mine.kinds() == other.kinds() == ["progress", "usage", "final"]
    assert {one["type"] for one in world.state["events"].find(user_id=ADA)} >= {"panel_refresh"}
    assert all("channel" not in one for one in world.state["events"].find(user_id=ADA))


def test_a_session_keeps_its_latest_frames_only(user: Client, world: World) -> None:
    for number in range(200):
        begin(user, f"Say {number}")
    assert world.state["agent_frames"].count(session_id=SESSION) == _agent.FRAMES_KEPT
    assert world.state["agent_messages"].count(session_id=SESSION) == _agent.MESSAGES_KEPT


# -- other surfaces ------------------------------------------------------------------------------------------------


def test_remote_control_is_off_until_somebody_turns_it_on_also_before_the_first_turn(user: Client) -> None:
    path = f"/v1/agent/sessions/marathon-{ADA}-rnew/remote"
    assert user.get(path).json == {"state": {"enabled": False, "mirror": [], "steer": []}}
    on = {"enabled": True, "mirror": ["telegram", "panel"], "steer": ["telegram"]}
    assert user.put(path, on).json == user.get(path).json == {"state": on}
    assert user.put(path, {"enabled": False}).json["state"] == {"enabled": False, "mirror": [], "steer": []}
    assert user.put(path, {"enabled": True, "mirror": ["fax"]}).status == 422


def test_a_queued_line_is_handed_out_once(user: Client) -> None:
    begin(user, "Please read README.md")
    inject = f"/v1/agent/sessions/{SESSION}/inject"
    for _ in range(2):
        assert user.post(inject, {"text": "And the licence", "steer_iid": "i1"}).json == {"ok": True}
    steer = f"/v1/agent/sessions/{SESSION}/pending-steer"
    (item,) = user.get(steer).json["items"]
    assert (item["steer_iid"], item["text"], item["surface"]) == ("i1", "And the licence", "terminal")
    assert user.get(steer).json["items"] == []
    assert Stream(user).kinds()[2:] == ["task_queued", "task_dequeued"]


def test_a_queued_line_is_taken_up_by_the_running_task(user: Client) -> None:
    begin(user, "Please read README.md")
    user.post(f"/v1/agent/sessions/{SESSION}/inject", {"text": "And be quick", "steer_iid": "i1"})
    answer(user, "req-1", {"ok": True, "content": "x"})
    assert thread(user)[-1][1].endswith("Noted: And be quick")
    assert user.post(f"/v1/agent/sessions/{SESSION}/drop", {"steer_iid": "i1"}).json == {"ok": False}


def test_a_queued_line_can_be_taken_back(user: Client) -> None:
    begin(user, "Please read README.md")
    user.post(f"/v1/agent/sessions/{SESSION}/inject", {"text": "And be quick", "steer_iid": "i1"})
    assert user.post(f"/v1/agent/sessions/{SESSION}/drop", {"steer_iid": "i1"}).json == {"ok": True}
    assert user.get(f"/v1/agent/sessions/{SESSION}/pending-steer").json["items"] == []


def test_a_queued_task_that_is_taken_back_costs_nothing(user: Client) -> None:
    begin(user, "Please read README.md")
    before = user.get("/v1/billing/balance").json["balance"]
    begin(user, "Say hello", steer_iid="two")
    assert user.post(f"/v1/agent/sessions/{SESSION}/drop", {"steer_iid": "two"}).json == {"ok": True}
    assert user.get("/v1/billing/balance").json["balance"] == before


def test_nothing_is_injected_where_nothing_runs(user: Client) -> None:
    body = {"text": "Hello?", "steer_iid": "i1"}
    assert user.post(f"/v1/agent/sessions/{KEPT}/inject", body).json == {"ok": False}
    assert user.get(f"/v1/agent/sessions/{KEPT}/pending-steer").json["items"] == []


def test_telegram_steers_an_idle_session(user: Client, gateway: Client) -> None:
    control = f"/__mock__/agent/{KEPT}/steer"
    assert gateway.post(control, {"text": "Water the roses", "mode": "plan"}).status == 200
    steer = user.get(f"/v1/agent/sessions/{KEPT}/pending-steer?mode=default&label=Garden").json
    assert steer["requested_mode"] == {"mode": "plan", "surface": "telegram"}
    assert (steer["items"][0]["text"], steer["items"][0]["surface"]) == ("Water the roses", "telegram")
    assert user.get(f"/v1/agent/sessions/{KEPT}/pending-steer").json["requested_mode"] is None
    assert gateway.post(control, {}).status == 422
    assert gateway.post("/__mock__/agent/nonsense/steer", {"text": "x"}).status == 404


def test_an_idle_terminal_is_told_of_a_request_that_waits(developer: Client) -> None:
    steer = developer.get(f"/v1/agent/sessions/{WAITS}/pending-steer").json
    assert steer["attach"] == {"task_id": "task_mar_lint", "last_id": "1-0", "kind": "confirm_request"}
    assert Stream(developer, WAITS, steer["attach"]["last_id"]).kinds() == ["confirm_request"]


@pytest.mark.parametrize("kind", ["coding", "marathon", "mcp"])
def test_every_kind_of_session_may_be_polled_before_its_first_turn(user: Client, world: World, kind: str) -> None:
    session = f"{kind}-{ADA}-0123456789ab"
    empty = {"items": [], "requested_mode": None, "attach": None}
    assert user.get(f"/v1/agent/sessions/{session}/pending-steer").json == empty
    assert user.get(f"/v1/agent/sessions/{session}/thread").json["messages"] == []
    held = world.state["agent_sessions"].get(session)
    assert held is not None  # a terminal that polls is an open tab of the coding remote
    assert (held["running"], held["frames"]) == (False, 0)


# -- walls ---------------------------------------------------------------------------------------------------------

RESULT = {"req_id": "req-1", "result": {"approved": True}}
ROUTES = (
    ("GET", "stream", None),
    ("POST", "result", RESULT),
    ("POST", "cancel", None),
    ("GET", "remote", None),
    ("PUT", "remote", {"enabled": True}),
    ("GET", "thread", None),
    ("GET", "pending-steer?mode=plan", None),
    ("POST", "inject", {"text": "x", "steer_iid": "i"}),
    ("POST", "drop", {"steer_iid": "i"}),
    ("POST", "mode", {"mode": "autopilot"}),
)


@pytest.mark.parametrize(("method", "tail", "body"), ROUTES)
def test_a_session_is_its_owner_s_alone(user: Client, world: World, method: str, tail: str, body: Any) -> None:
    before = world.state["agent_sessions"].get(WAITS)
    assert user.call(method, f"/v1/agent/sessions/{WAITS}/{tail}", body).status == 403
    assert user.call(method, f"/v1/agent/sessions/coding-{MARGARET}-rnone/{tail}", body).status == 404
    assert world.state["agent_sessions"].get(WAITS) == before


@pytest.mark.parametrize(("method", "tail", "body"), ROUTES)
def test_another_tenant_s_session_is_unknown(gateway: Client, method: str, tail: str, body: Any) -> None:
    turing = gateway.login("user@example.com", "s3cure!", "acme")
    assert turing.call(method, f"/v1/agent/sessions/{KEPT}/{tail}", body).status == 404


@pytest.mark.parametrize(("method", "tail", "body"), ROUTES)
def test_a_session_needs_a_caller(gateway: Client, method: str, tail: str, body: Any) -> None:
    assert gateway.call(method, f"/v1/agent/sessions/{KEPT}/{tail}", body).status == 401


def test_the_list_of_running_sessions_is_one_s_own(user: Client, developer: Client) -> None:
    assert active(user) == []
    assert active(developer) == [WAITS]


def test_a_stream_carries_its_own_session_only(user: Client, developer: Client) -> None:
    stream = Stream(developer, WAITS, "2-0")
    assert stream.kinds() == ["confirm_request"]
    begin(user, "Say hello")
    answer(developer, "req-1", {"approved": False}, WAITS)
    assert stream.kinds() == ["usage", "final"]


# -- activity ------------------------------------------------------------------------------------------------------


def test_a_step_is_shown_to_its_owner(user: Client, developer: Client, gateway: Client) -> None:
    path = f"/v1/activity/steps/terminal:{KEPT}:req-1"
    step = user.get(path).json
    assert (step["step_id"], step["tool"], step["ok"], step["truncated"]) == ("req-1", "read_file", True, False)
    assert "user_id" not in step
    assert developer.get(path).status == 403
    assert gateway.login("user@example.com", "s3cure!", "acme").get(path).status == 404
    assert user.get(f"/v1/activity/steps/terminal:{KEPT}:req-7").status == 404
    assert gateway.get(path).status == 401


def test_the_detail_of_a_step_ends_somewhere(user: Client) -> None:
    begin(user, "Please read README.md")
    answer(user, "req-1", {"ok": True, "content": "x" * 50_001})
    step = user.get(f"/v1/activity/steps/terminal:{SESSION}:req-1").json
    assert (len(step["detail"]), step["truncated"]) == (50_000, True)
