"""One request: admitted, checked, handled in a transaction, held to its promise; and what is left when one fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World
from specdouble.mock.transports.app import create_app
from specdouble.packs.imperal.mockserver.auth_gateway.policy import LIMITS
from tests.conftest import Client
from tests.pack import Options, boot

KEYS = "GET /v1/keys"
Replace = Callable[[str, Callable[[Call], Any]], None]


@pytest.fixture
def replace(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Put another handler in the place of an operation's own."""

    def put(key: str, handler: Callable[[Call], Any]) -> None:
        monkeypatch.setattr(platform.services["auth_gateway"].operations[key], "handler", handler)

    return put


def export(client: Client) -> Any:
    return client.get("/__mock__/world").json["collections"]


def write(call: Call) -> None:
    """Do one of everything that a handler may write."""
    call.state["users"].update(call.user_id, first_name="Eve")
    call.state["keys"].add({"id": "key_x", "user_id": call.user_id, "secret_hash": "x"})
    call.state["sessions"].remove(call.caller.session_id)
    call.world.emit(call.user_id, "notification", {})
    call.world.mail("eve@example.com", "Hello")


# -- strict mode ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [([{"id": 5}], "at /0"), ({"keys": []}, "at /: "), (None, "at /: ")],
)
def test_a_broken_answer_is_a_500_that_names_operation_and_pointer(
    user: Client, replace: Replace, answer: Any, pointer: str
) -> None:
    replace(KEYS, lambda call: answer)
    reply = user.get("/v1/keys")
    assert reply.status == 500
    assert reply.detail.startswith("GET /v1/keys broke its promise: ")
    assert pointer in reply.detail
    assert "#" in reply.detail or "/paths/" in reply.detail or "components" in reply.detail


def test_a_broken_answer_undoes_what_was_written(user: Client, replace: Replace) -> None:
    before = export(user)

    def broken(call: Call) -> Any:
        write(call)
        return {"not": "a list"}

    replace(KEYS, broken)
    assert user.get("/v1/keys").status == 500
    assert export(user) == before


def test_an_undeclared_refusal_is_a_500_too(user: Client, replace: Replace) -> None:
    def teapot(_call: Call) -> Any:
        raise Problem(418, "I am a teapot.")

    replace(KEYS, teapot)
    reply = user.get("/v1/keys")
    assert reply.status == 500
    assert "status 418 is not declared for GET /v1/keys" in reply.detail


def test_without_strict_mode_answers_pass_unchecked() -> None:
    platform = boot(Options(seed=7))
    platform.services["auth_gateway"].operations["GET /healthz"].handler = lambda call: {"broken": True}
    reply = Client(create_app(platform, "auth_gateway")).get("/healthz")
    assert (reply.status, reply.json) == (200, {"broken": True})


def test_foreign_words_pass_strict_mode(user: Client, replace: Replace) -> None:
    replace(KEYS, lambda call: Response(b"<p>", status=418, content_type="text/html", foreign=True))
    reply = user.get("/v1/keys")
    assert (reply.status, reply.content, reply.headers["content-type"]) == (418, b"<p>", "text/html")


# -- the transaction -----------------------------------------------------------------------------------------------


def test_a_refused_request_changes_nothing(user: Client, world: World, replace: Replace) -> None:
    listener = Listener("imp_u_abc123", [], world.events)
    listener.take()
    world.hub.join(listener)
    before = export(user)

    def refusing(call: Call) -> Any:
        write(call)
        raise Problem(401, "No.")

    replace(KEYS, refusing)
    assert user.get("/v1/keys").status == 401
    assert export(user) == before
    assert listener.take() == b""
    world.hub.leave(listener)


@pytest.mark.parametrize(
    "failure", [RuntimeError("the secret detail"), KeyError("the secret detail"), ZeroDivisionError()]
)
def test_a_crash_is_a_500_without_its_traceback_and_undone(
    user: Client, replace: Replace, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    before = export(user)

    def crash(call: Call) -> Any:
        write(call)
        raise failure

    replace(KEYS, crash)
    reply = user.get("/v1/keys")
    assert reply.status == 500
    assert reply.detail.startswith("The mock server failed in mockserver/imperal/auth_gateway/identity/keys.py:")
    assert b"secret detail" not in reply.content
    assert b"Traceback" not in reply.content
    assert "GET /v1/keys failed in mockserver/imperal/auth_gateway/identity/keys.py" in caplog.text
    assert export(user) == before
    assert user.get("/v1/auth/me").status == 200


@pytest.mark.parametrize("value", [{1, 2}, object(), [2**70]])
def test_what_is_no_json_is_a_crash_as_well(user: Client, replace: Replace, value: Any) -> None:
    before = export(user)

    def handler(call: Call) -> Any:
        write(call)
        return value

    replace(KEYS, handler)
    assert user.get("/v1/keys").status == 500
    assert export(user) == before


def test_a_body_as_deep_as_the_checker_takes_can_be_answered(user: Client) -> None:
    deep: Any = 1
    for _ in range(190):
        deep = {"a": deep}
    body = {"user_id": "imp_u_abc123", "function": "get_balance", "params": deep}
    assert user.post("/v1/extensions/billing/call", body).status in (200, 403, 404)
    assert user.get("/__mock__/world").status == 200


# -- what an answer carries ----------------------------------------------------------------------------------------


def test_responses_say_which_handler_wrote_them(gateway: Client, user: Client) -> None:
    for reply in (user.get("/v1/keys"), gateway.get("/v1/keys")):
        assert reply.headers["x-mock-handler"].startswith("mockserver/imperal/auth_gateway/identity/keys.py:")
        assert reply.headers["x-mock-fidelity"] == "handler"
        assert reply.headers["content-type"] == "application/json"


@pytest.mark.rule("D09")
def test_a_refusal_is_detail_and_nothing_else(gateway: Client, user: Client) -> None:
    refusals = [
        gateway.get("/v1/auth/me"),
        gateway.post("/v1/auth/login", {}),
        gateway.get("/nowhere"),
        gateway.put("/v1/auth/me"),
        user.get("/v1/events/stats"),
        user.delete("/v1/keys/key_unknown"),
    ]
    assert [reply.status for reply in refusals] == [401, 422, 404, 405, 403, 404]
    assert all(list(reply.json) == ["detail"] for reply in refusals)


@pytest.mark.rule("E03")
def test_a_structured_refusal_puts_its_code_into_detail(user: Client, replace: Replace) -> None:
    from specdouble.packs.imperal.mockserver._errors import coded

    def refuse(_call: Call) -> Any:
        raise coded(404, "SECRET_NOT_SET", "It is empty.", name="token")

    replace("DELETE /v1/keys/{key_id}", refuse)
    reply = user.delete("/v1/keys/x")
    assert reply.status == 404
    assert reply.json == {"detail": {"error_code": "SECRET_NOT_SET", "message": "It is empty.", "name": "token"}}


def test_an_answer_may_bring_its_own_status_type_and_headers() -> None:
    platform = boot(Options(seed=7))
    more = Response(b"hi", status=202, content_type="text/plain", headers=[("x-more", "1")])
    platform.services["auth_gateway"].operations["GET /healthz"].handler = lambda call: more
    reply = Client(create_app(platform, "auth_gateway")).get("/healthz")
    assert (reply.status, reply.content) == (202, b"hi")
    assert (reply.headers["content-type"], reply.headers["x-more"]) == ("text/plain", "1")


def test_a_public_operation_looks_at_no_credential(gateway: Client) -> None:
    body = {"email": "user@example.com", "password": "s3cure!"}
    assert gateway.bearer("rubbish").post("/v1/auth/login", body).status == 200


# -- timers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def timed(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Two timer functions: one that works and says so, one that writes and fails."""
    ran: list[str] = []

    def works(world: World, text: str) -> None:
        ran.append(text)
        world.mail("ada@example.com", text)

    def fails(world: World) -> None:
        world.mail("ada@example.com", "half done")
        raise RuntimeError("broken timer")

    monkeypatch.setitem(world._timers, "test.works", works)
    monkeypatch.setitem(world._timers, "test.fails", fails)
    yield ran
    world.cancel_timers("test.works")
    world.cancel_timers("test.fails")
    world.commit()


def test_due_timers_run_in_order_before_the_next_request(gateway: Client, world: World, timed: list[str]) -> None:
    for seconds, text in ((20, "second"), (10, "first"), (500, "never")):
        world.later(seconds, "test.works", text=text)
    world.commit()
    assert gateway.get("/healthz").status == 200
    assert timed == []
    world.clock.move(60)
    assert gateway.get("/healthz").status == 200
    assert timed == ["first", "second"]


def test_a_timer_that_fails_is_dropped_and_undone_and_the_others_run(
    gateway: Client, world: World, timed: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    world.later(1, "test.fails")
    world.later(2, "test.works", text="after")
    world.commit()
    world.clock.move(10)
    assert gateway.get("/healthz").status == 200
    assert timed == ["after"]
    assert [mail["subject"] for mail in world.state["outbox"]] == ["after"]
    assert "timer test.fails failed" in caplog.text
    assert [one for one in world.state["timers"] if one["name"].startswith("test.")] == []


def test_a_refused_request_sets_no_timer(user: Client, world: World, timed: list[str], replace: Replace) -> None:
    def refusing(call: Call) -> Any:
        call.world.later(1, "test.works", text="no")
        raise Problem(401, "No.")

    replace(KEYS, refusing)
    user.get("/v1/keys")
    world.clock.move(10)
    world.run_due()
    assert timed == []


def test_an_unknown_timer_is_a_mistake_at_once(world: World) -> None:
    with pytest.raises(LookupError, match="'nobody'"):
        world.later(1, "nobody")


def test_a_payload_may_hold_any_name(world: World, timed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[Any] = []
    monkeypatch.setitem(world._timers, "test.named", lambda world, **payload: got.append(payload))
    world.later(0, "test.named", name="a", when="b", seconds=3)
    world.commit()
    world.run_due()
    assert got == [{"name": "a", "when": "b", "seconds": 3}]


# -- rate limits ---------------------------------------------------------------------------------------------------


@pytest.fixture
def limited() -> Client:
    return Client(create_app(boot(Options(strict=True, seed=7, rate_limits=True)), "auth_gateway"))


LOGIN = {"email": "user@example.com", "password": "wrong"}


@pytest.mark.rule("E13")
def test_the_sixth_login_a_minute_is_429_with_retry_after(limited: Client) -> None:
    assert [limited.post("/v1/auth/login", LOGIN).status for _ in range(7)] == [401] * 5 + [429] * 2
    reply = limited.post("/v1/auth/login", {**LOGIN, "password": "s3cure!"})
    assert reply.status == 429
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert list(reply.json) == ["detail"]


@pytest.mark.rule("E13")
def test_the_minute_passes(limited: Client) -> None:
    for _ in range(6):
        reply = limited.post("/v1/auth/login", LOGIN)
    wait = int(reply.headers["retry-after"])
    limited.post("/__mock__/clock", {"advance": wait - 2})
    assert limited.post("/v1/auth/login", LOGIN).status == 429
    limited.post("/__mock__/clock", {"advance": 2})
    assert limited.post("/v1/auth/login", LOGIN).status == 401


@pytest.mark.rule("E13")
def test_another_address_and_a_reset_start_afresh(limited: Client) -> None:
    for _ in range(6):
        limited.post("/v1/auth/login", LOGIN)
    other = {"environ_overrides": {"REMOTE_ADDR": "10.0.0.7"}}
    assert limited.post("/v1/auth/login", LOGIN, **other).status == 401
    assert limited.post("/v1/auth/login", LOGIN).status == 429
    limited.post("/__mock__/reset")
    assert limited.post("/v1/auth/login", LOGIN).status == 401


@pytest.mark.rule("E13")
@pytest.mark.parametrize(("key", "allowed"), LIMITS.items())
def test_a_limit_holds_exactly_where_the_document_declares_429(limited: Client, key: str, allowed: int) -> None:
    method, _, path = key.partition(" ")
    bound = boot(Options()).services["auth_gateway"].operations[key]
    statuses = {limited.call(method, path, {} if method == "POST" else None).status for _ in range(allowed + 1)}
    assert (429 in statuses) == (429 in bound.spec.responses)


@pytest.mark.rule("E13")
def test_without_the_option_nothing_is_limited(gateway: Client) -> None:
    assert {gateway.post("/v1/auth/login", LOGIN).status for _ in range(30)} == {401}
