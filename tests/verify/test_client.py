"""The one client: what a run may send, how fast, what is written down before, and what counts as no response."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import respx
from apis import Settings, contract

from specdouble.verify.api.credentials import NOBODY, Credential, bearer
from specdouble.verify.http.client import Client
from specdouble.verify.http.pace import Pace, retry_after
from specdouble.verify.http.streams import listen
from specdouble.verify.problems import SettingsError, TargetError, Unmet
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.running.opening import make_session
from specdouble.verify.safety.journal import Journal
from tests.verify.tokens import token

REMOTE, HERE = "https://auth.staging.example.com", "http://127.0.0.1:9"
KEY = {"id": 7, "name": "ci", "key": "imp_live_0123456789abcdef", "created_at": "2026-01-31T09:00:00Z"}


@pytest.fixture
def mocked() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def client(tmp_path: Path, target: str = HERE, **more: Any) -> Client:
    settings = Settings(target=target, run="r-test", **more)
    made = Client(settings, Redactor.of(settings.secrets()), Journal("r-test", tmp_path))
    made.begin(Record(test="a test"))
    return made


def events(tmp_path: Path) -> list[dict[str, Any]]:
    return Journal.read("r-test", tmp_path)


OWN, THEIRS = token("imp_u_own"), token("imp_u_theirs")


# -- what may be sent --------------------------------------------------------------------------------------------------


def test_beyond_loopback_nothing_is_written_without_a_word(tmp_path: Path, mocked: respx.MockRouter) -> None:
    route = mocked.route().respond(200, json={})
    with pytest.raises(Unmet, match="--allow-writes"):
        client(tmp_path, REMOTE).send("POST /v1/keys", body={"name": "ci"})
    with pytest.raises(Unmet, match="--allow-writes"):
        client(tmp_path, REMOTE, allow_destructive=True).send("DELETE /v1/keys/{key_id}", params={"key_id": 1})
    assert not route.called
    client(tmp_path, REMOTE).send("GET /v1/keys", check=False)
    client(tmp_path, REMOTE).send("POST /v1/auth/login", body={"email": "a", "password": "b"}, check=False)
    assert route.call_count == 2


def test_deleting_wants_a_word_of_its_own(tmp_path: Path, mocked: respx.MockRouter) -> None:
    route = mocked.route().respond(204)
    one = client(tmp_path, REMOTE, allow_writes=True)
    one.own("7", "imp_u_own", "app")
    with pytest.raises(Unmet, match="--allow-destructive"):
        one.send("DELETE /v1/keys/{key_id}", params={"key_id": 7})
    with pytest.raises(Unmet, match="--allow-destructive"):
        one.send("PATCH /v1/users/{user_id}", params={"user_id": "imp_u_own"}, body={"is_active": False})
    with pytest.raises(Unmet, match="--allow-destructive"):
        one.send("POST /v1/developer/apps/{app_id}/suspend", params={"app_id": "app"})
    assert not route.called
    one.safety.sweeping = True  # what it made itself it may always take back
    one.send("DELETE /v1/keys/{key_id}", params={"key_id": 7}, check=False)
    assert route.called


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("DELETE /v1/users/{user_id}", {"user_id": "imp_u_theirs"}),
        ("PATCH /v1/users/{user_id}", {"user_id": "imp_u_theirs"}),
        ("PATCH /v1/tenants/{tenant_id}", {"tenant_id": "default"}),
        ("POST /v1/admin/apps/{app_id}/approve", {"app_id": "theirs"}),
        ("POST /v1/extensions/{app_id}/call", {"app_id": "theirs"}),
        ("registry DELETE /v1/apps/{app_id}", {"app_id": "theirs"}),
    ],
)
def test_what_this_run_did_not_create_is_left_alone(
    name: str, params: dict[str, str], tmp_path: Path, mocked: respx.MockRouter
) -> None:
    mocked.route().respond(200, json={})
    one = client(tmp_path, REMOTE, registry="https://registry.example.com", allow_writes=True, allow_destructive=True)
    with pytest.raises(Unmet, match="what this run did not create"):
        one.send(name, params=params, body={"name": "x"})
    assert not mocked.calls
    one.own(*params.values())
    one.send(name, params=params, body={"name": "x"}, check=False)
    assert len(mocked.calls) == 1


def test_a_service_acts_for_nobody_else(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(200, json={})
    one = client(tmp_path, REMOTE, allow_writes=True, service_token="token-of-services")
    service = Credential("service", {"X-Service-Token": "token-of-services"})
    with pytest.raises(Unmet, match="X-Acting-User"):
        one.send("POST /v1/keys", service, headers={"X-Acting-User": "imp_u_theirs"}, body={"name": "x"})
    with pytest.raises(Unmet, match="user_id"):
        one.send("POST /v1/developer/apps", service, body={"user_id": "imp_u_theirs"})
    assert not mocked.calls


@pytest.mark.parametrize("target", [REMOTE, HERE])
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("POST /v1/auth/me/change-password", {}),
        ("POST /v1/auth/sessions/revoke-others", {}),
        ("POST /v1/auth/sessions/{session_id}/revoke", {"session_id": "s"}),
    ],
)
def test_only_throw_away_people_lose_sessions_and_passwords(
    name: str, params: dict[str, str], target: str, tmp_path: Path, mocked: respx.MockRouter
) -> None:
    mocked.route().respond(200, json={})
    one = client(tmp_path, target, allow_writes=True, allow_destructive=True)
    one.own("imp_u_own", "s")
    with pytest.raises(Unmet, match="throw-away"):
        one.send(name, bearer(THEIRS), params=params, body={})
    assert not mocked.calls
    one.send(name, bearer(OWN), params=params, body={}, check=False)
    assert len(mocked.calls) == 1


def test_an_account_that_was_given_is_never_deleted(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(204)
    one = client(tmp_path)
    one.safety.given.add("imp_u_theirs")
    with pytest.raises(Unmet, match="an account that was given"):
        one.send("DELETE /v1/users/{user_id}", params={"user_id": "imp_u_theirs"})
    assert not mocked.calls


@pytest.mark.parametrize("name", ["POST /v1/webhooks/stripe", "POST /v1/developer/payouts/request"])
def test_money_and_partners_are_left_alone_beyond_loopback(name: str, tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(200, json={})
    with pytest.raises(Unmet, match=r"costs money .*--allow money"):
        client(tmp_path, REMOTE, allow_writes=True, allow_destructive=True).send(name, body={})
    assert not mocked.calls
    client(tmp_path).send(name, body={}, check=False)
    assert len(mocked.calls) == 1


def test_the_deny_list_of_the_caller_holds_for_reading_too(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(200, json={})
    with pytest.raises(Unmet, match="--deny"):
        client(tmp_path, deny=("/v1/keys",)).send("GET /v1/keys")
    assert not mocked.calls


def test_a_method_that_was_not_declared_is_no_way_around(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(405)
    one = client(tmp_path, REMOTE, allow_writes=True)
    with pytest.raises(Unmet, match="--allow-destructive"):
        one.undeclared(contract()["GET /v1/keys"], "DELETE")
    assert not mocked.calls


def test_a_prepared_request_is_no_way_around(tmp_path: Path, mocked: respx.MockRouter) -> None:
    one = client(tmp_path, REMOTE, allow_writes=True, allow_destructive=True)
    with pytest.raises(Unmet, match="did not create"):
        one.send_prepared(contract()["DELETE /v1/keys/{key_id}"], NOBODY, "/v1/keys/1", b"", {}, {"1"})
    assert not mocked.calls


# -- what is written down ----------------------------------------------------------------------------------------------


def test_a_creation_is_written_down_before_it_is_sent(tmp_path: Path, mocked: respx.MockRouter) -> None:
    seen: list[list[str]] = []

    def response(_request: httpx.Request) -> httpx.Response:
        seen.append([one["event"] for one in events(tmp_path)])
        return httpx.Response(201, json={"tenant_id": "t-1"})

    mocked.post(f"{HERE}/v1/tenants").mock(side_effect=response)
    one = client(tmp_path)
    one.send("POST /v1/tenants", body={"name": "Tenant of a test", "password": "never-written"}, check=False)
    assert seen == [["run", "unanswered"]]  # were the process to end now, it would be told as unanswered
    last = events(tmp_path)[-1]
    assert (last["event"], last["id"], last["undo"]) == ("created", "t-1", "DELETE /v1/tenants/{tenant_id}")
    assert "t-1" in one.owned
    assert b"never-written" not in one.journal.path.read_bytes()


def test_a_creation_without_an_answer_is_told(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.post(f"{HERE}/v1/users").mock(side_effect=httpx.ReadTimeout("too slow"))
    one = client(tmp_path)
    with pytest.raises(TargetError, match=r"POST /v1/users: no answer within 30 seconds"):
        one.send("POST /v1/users", body={"email": "ada@example.com", "password": "S3cret-word"})
    one.journal.write("removed", what="something", id="else")
    assert [one["traces"] for one in Journal.unanswered(events(tmp_path))] == [{"email": "ada@example.com"}]
    assert b"S3cret-word" not in one.journal.path.read_bytes()


def test_the_journal_holds_no_token_of_a_new_user(tmp_path: Path, mocked: respx.MockRouter) -> None:
    pair = {"access_token": token("imp_u_new"), "refresh_token": "imp_rt_abcdefgh12345"}
    mocked.post(f"{HERE}/v1/auth/register").respond(201, json=pair)
    one = client(tmp_path)
    one.send("POST /v1/auth/register", body={"email": "n@example.com", "password": "Word-of-7"}, check=False)
    text = one.journal.path.read_text()
    assert "imp_u_new" in text
    assert not [secret for secret in (*pair.values(), "Word-of-7") if secret in text]


def test_what_a_random_request_creates_is_written_down_too(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.post(f"{HERE}/v1/apps/a%20b/keys").respond(201, json={"key_id": "k-1"})
    one = client(tmp_path, registry=HERE)
    op = contract()["registry POST /v1/apps/{app_id}/keys"]
    one.send_prepared(op, NOBODY, "/v1/apps/a%20b/keys?x=1", b'{"name": "n"}', {}, {"a b"})
    last = events(tmp_path)[-1]
    assert (last["id"], last["params"]) == ("k-1", {"app_id": "a b", "key_id": "k-1"})


def test_secrets_of_a_random_request_are_known(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.post(f"{HERE}/v1/keys").respond(201, json=KEY)
    one = client(tmp_path)
    one.send_prepared(contract()["POST /v1/keys"], NOBODY, "/v1/keys", b'{"name": "ci"}', {}, set())
    assert one.redactor.known[KEY["key"]] == "API key"


def test_what_cannot_be_written_down_is_not_sent(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(201, json=KEY)
    one = client(tmp_path / "file" / "runs")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="--journal"):
        one.send("POST /v1/keys", body={"name": "ci"})
    assert not mocked.calls


def test_a_line_that_a_crash_cut_off_is_passed_over(tmp_path: Path) -> None:
    journal = Journal("r-test", tmp_path, "gw0")
    journal.write("created", what="key", id="1")
    with journal.path.open("ab") as file:
        file.write(b'{"event": "crea')
    Journal("r-test", tmp_path, "gw1").write("created", what="key", id="2")
    Journal("r-test2", tmp_path, "main").write("created", what="key", id="of another run")
    assert [one["id"] for one in events(tmp_path) if one["event"] == "created"] == ["1", "2"]


# -- how fast, and how often -------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def test_the_rate_is_kept() -> None:
    clock = Clock()
    pace = Pace(4.0, clock, clock.sleep)
    for _ in range(5):
        pace.wait()
    assert clock.now == 101.0
    clock.now += 10
    pace.wait()
    assert len(clock.slept) == 4  # a pause saves nothing up, and costs nothing


def test_no_rate_is_as_fast_as_it_goes() -> None:
    clock = Clock()
    pace = Pace(0.0, clock, clock.sleep)
    for _ in range(5):
        pace.wait()
    assert clock.slept == []


def paced(one: Client) -> Clock:
    clock = Clock()
    one.pace = Pace(0.0, clock, clock.sleep)
    return clock


@pytest.mark.parametrize("status", [429, 503])
def test_a_target_that_asks_for_a_pause_gets_it(status: int, tmp_path: Path, mocked: respx.MockRouter) -> None:
    route = mocked.get(f"{HERE}/v1/keys")
    route.side_effect = [httpx.Response(status, headers={"Retry-After": "7"}), httpx.Response(200, json=[])]
    one = client(tmp_path)
    clock = paced(one)
    assert one.send("GET /v1/keys").status == 200
    assert clock.slept == [7.0]
    assert one.record.requests == 2


def test_a_target_that_does_not_say_how_long_gets_more_and_more_time(tmp_path: Path, mocked: respx.MockRouter) -> None:
    route = mocked.get(f"{HERE}/v1/keys")
    route.side_effect = [httpx.Response(429), httpx.Response(429), httpx.Response(200, json=[])]
    one = client(tmp_path)
    clock = paced(one)
    assert one.send("GET /v1/keys").status == 200
    assert clock.slept == [1.0, 2.0]
    assert not one.record.findings


def test_a_target_that_never_stops_asking_keeps_checks_from_being_made(
    tmp_path: Path, mocked: respx.MockRouter
) -> None:
    mocked.get(f"{HERE}/v1/keys").respond(429, headers={"Retry-After": "1"}, json={"detail": "slow down"})
    one = client(tmp_path)
    clock = paced(one)
    for _ in range(4):
        with pytest.raises(Unmet, match=r"a pause of 1 seconds \(429\); asked 4 times.*lower --rate"):
            one.send("GET /v1/keys")
    assert clock.slept == [1.0] * 12
    assert not one.record.findings
    with pytest.raises(TargetError, match=r"lower --rate") as caught:
        one.send("GET /v1/keys")
    assert caught.value.final


def test_a_quota_is_an_answer(tmp_path: Path, mocked: respx.MockRouter) -> None:
    told = {"detail": {"error_code": "AUTOMATION_QUOTA_EXCEEDED", "message": "Enough."}}
    mocked.post(f"{HERE}/v1/automations").respond(429, headers={"Retry-After": "3600"}, json=told)
    assert client(tmp_path).send("POST /v1/automations", body={"prompt": "x"}, check=False).status == 429


def test_a_pause_beyond_patience_ends_the_run(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.get(f"{HERE}/v1/keys").respond(429, headers={"Retry-After": "3600"})
    with pytest.raises(TargetError, match=r"a pause of 3600 seconds \(429\).*lower --rate") as caught:
        client(tmp_path).send("GET /v1/keys")
    assert caught.value.final


def test_a_declared_limit_is_no_answer_unless_it_is_what_is_looked_at(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.post(f"{HERE}/v1/auth/login").respond(429, headers={"Retry-After": "3600"}, json={"detail": "locked"})
    with pytest.raises(Unmet, match="a pause of 3600 seconds"):
        client(tmp_path).send("POST /v1/auth/login", body={}, check=False)
    assert client(tmp_path).send("POST /v1/auth/login", body={}, check=False, limited=True).status == 429


@pytest.mark.parametrize("more", [{}, {"Retry-After": "2"}])
def test_a_stream_and_an_undeclared_path_are_waited_for_too(
    more: dict[str, str], tmp_path: Path, mocked: respx.MockRouter
) -> None:
    later, nowhere = httpx.Response(429, headers=more), httpx.Response(404, json={"detail": "Not Found"})
    mocked.get(f"{HERE}/v1/events/stream").side_effect = [later, httpx.Response(401, json={"detail": "Who?"})]
    mocked.get(f"{HERE}/v1/nowhere").side_effect = [later, nowhere]
    session = make_session(Settings(target=HERE, run="r-test", journal=str(tmp_path)))
    clock = paced(session.client)
    with listen(session, NOBODY) as stream:
        assert stream.reply.status == 401
    assert session.client.undeclared_path(contract()["GET /v1/keys"], f"{HERE}/v1/nowhere").status == 404
    assert clock.slept == [float(more.get("Retry-After", 1))] * 2


def test_retry_after_may_be_a_date() -> None:
    in_a_minute = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    assert retry_after(429, {"retry-after": in_a_minute}) == pytest.approx(60, abs=2)
    assert retry_after(503, {"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}) == 0.0
    assert retry_after(429, {"retry-after": "soon"}) is None
    assert retry_after(200, {"retry-after": "5"}) is None


def test_reading_is_tried_again_when_a_connection_breaks(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.get(f"{HERE}/v1/keys").side_effect = [httpx.RemoteProtocolError("closed"), httpx.Response(200, json=[])]
    assert client(tmp_path).send("GET /v1/keys").status == 200


def test_writing_is_never_sent_twice(tmp_path: Path, mocked: respx.MockRouter) -> None:
    route = mocked.post(f"{HERE}/v1/keys")
    route.side_effect = [httpx.RemoteProtocolError("closed"), httpx.Response(201, json=KEY)]
    with pytest.raises(TargetError, match="POST /v1/keys: the connection broke") as caught:
        client(tmp_path).send("POST /v1/keys", body={"name": "x"})
    assert caught.value.op == "POST /v1/keys"
    assert route.call_count == 1


# -- no response of this API -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_s_page_is_no_answer(status: int, tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.get(f"{HERE}/v1/keys").respond(status, html="<h1>Bad Gateway</h1>")
    one = client(tmp_path)
    with pytest.raises(TargetError, match=rf"GET /v1/keys: {status} with text/html, as a proxy says it"):
        one.send("GET /v1/keys")
    assert not one.record.findings


def test_a_failure_of_the_server_itself_is_a_finding(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.get(f"{HERE}/v1/keys").respond(503, json={"detail": "down"})
    one = client(tmp_path)
    one.send("GET /v1/keys")
    assert [found["rule"] for found in one.record.violations] == ["SCHEMA-02"]


def test_page_after_page_is_no_answer(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(200, html="<h1>We are working on it</h1>")
    one = client(tmp_path)
    for _ in range(4):
        one.send("GET /v1/keys")
    with pytest.raises(TargetError, match="5 answers in a row are HTML pages"):
        one.send("GET /v1/keys")


def test_a_few_pages_are_findings(tmp_path: Path, mocked: respx.MockRouter) -> None:
    page, good = httpx.Response(200, html="<p>"), httpx.Response(200, json=[])
    mocked.get(f"{HERE}/v1/keys").side_effect = [page, good] * 6
    one = client(tmp_path)
    for _ in range(12):
        one.send("GET /v1/keys")
    assert [found["rule"] for found in one.record.violations] == ["SCHEMA-03"]


# -- what people read --------------------------------------------------------------------------------------------------


def test_a_command_to_copy_shows_no_secret(tmp_path: Path, mocked: respx.MockRouter) -> None:
    mocked.route().respond(200, json=[])
    secrets = {"service_token": "platform-token-1", "user": 'u@example.com:it\'s "odd" & long'}
    one = client(tmp_path, **secrets)
    one.redactor.learn(OWN, "access token")
    one.send("GET /v1/keys", bearer(OWN), query={"q": OWN}, check=False)
    body = {"email": "u@example.com", "password": 'it\'s "odd" & long'}
    one.send("POST /v1/auth/login", body=body, check=False)
    for changed in ("platform-token-", "PLATFORM-TOKEN-1", "platform-token-1x", "pla tform-token-1"):
        one.send("GET /v1/keys", Credential("wrong", {"X-Service-Token": changed}), check=False)
    text = "\n".join(one.curls())
    assert OWN not in text
    assert "odd" not in text
    assert "token-1" not in text.lower()
    assert "platform-tok" not in text.lower()
    assert orjson.loads(orjson.dumps(text)).count("<altered service token") == 3


def test_half_a_secret_is_not_shown_either(tmp_path: Path, mocked: respx.MockRouter) -> None:
    secret = "Long-secret-" + "0123456789abcdef" * 4
    mocked.get(f"{HERE}/v1/keys").respond(500, text="x" * 580 + secret)
    one = client(tmp_path, service_token=secret)
    one.send("GET /v1/keys")
    (found,) = [one for one in one.record.violations if one["rule"] == "SCHEMA-02"]
    assert "Long-secret" not in found["got"]
