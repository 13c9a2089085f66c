"""Logs as JSON: an object a line, with what is known of a request, and without its secrets."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from specdouble.mock.telemetry.logs import JsonFormatter
from specdouble.mock.testing import Mock, open_mock
from tests.backends.test_surviving import LIBRARY

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def written(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(JsonFormatter().format(one)) for one in caplog.records]


@pytest.fixture
def mock(caplog: pytest.LogCaptureFixture) -> Iterator[Mock]:
    caplog.set_level(logging.INFO, "specdouble")
    with open_mock(LIBRARY, log_format="json") as mock:
        yield mock


def test_a_request_is_an_object_with_what_is_known_of_it(mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
    with mock.client() as client:
        client.get("/books/1?a=b", headers={"traceparent": TRACE, "x-request-id": "r" * 500})
        mock.platform.worlds.make("w1")
        client.get("/nothing", headers={"x-specdouble-world": "w1"})
    first, second = written(caplog)
    assert first.pop("time").endswith("Z")
    assert 0 < first.pop("duration_ms") < 1000
    assert first == {
        "level": "INFO", "logger": "specdouble.requests", "message": "GET /books/1 404", "method": "GET",
        "path": "/books/1", "query": "a=b", "status": 404, "operation": "GET /books/{bookId}",
        "route": "/books/{bookId}", "world": "main", "service": "library", "client": "127.0.0.1",
        "caller": "anonymous", "request_id": "r" * 200, "traceparent": TRACE,
    }  # fmt: skip
    assert (second["status"], second["world"], "operation" in second) == (404, "w1", False)


def test_secrets_are_left_out_as_in_the_journal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "specdouble")
    with open_mock("imperal", log_format="json") as mock, mock.client() as client:
        token = mock.sign_in("user@example.com")
        client.get(
            f"/v1/auth/me?token={token}&access_token=a-secret-value", headers={"authorization": f"Bearer {token}"}
        )
        client.get(f"/v1/users/{token}")
    lines = [JsonFormatter().format(one) for one in caplog.records]
    assert len(lines) == 2
    for line in lines:
        assert token not in line
        assert "a-secret-value" not in line
        assert "<redacted-" in line
    assert json.loads(lines[0])["caller"] == "user"


def test_a_fault_is_told(mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
    mock.faults.add({"id": "down", "operation": "GET /books", "status": 503})
    with mock.client() as client:
        client.get("/books")
    (line,) = written(caplog)
    assert (line["status"], line["fault"]) == (503, {"rules": ["down"], "did": "status 503"})


def test_an_error_has_its_traceback_as_a_field(mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
    (service,) = mock.platform.services.values()

    def fail(_call: object) -> None:
        raise RuntimeError("the reason\nin two lines")

    service.operations["GET /books"].handler = fail
    with mock.client() as client:
        assert client.get("/books").status_code == 500
    failed, asked = written(caplog)
    assert (failed["level"], failed["logger"]) == ("ERROR", "specdouble")
    assert failed["exception"].startswith("Traceback")
    assert failed["exception"].endswith("RuntimeError: the reason\nin two lines")
    assert asked["status"] == 500


def test_whoever_listens_and_fails_keeps_nobody_from_an_answer(mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
    (service,) = mock.platform.services.values()

    def fail(_entry: object) -> None:
        raise RuntimeError("no room")

    service.observers.insert(0, fail)
    with mock.client() as client:
        assert client.get("/books").status_code == 200
        assert client.get("/nothing").status_code == 404
    assert [one["level"] for one in written(caplog)] == ["ERROR", "INFO"] * 2


def test_anything_becomes_one_line() -> None:
    record = logging.LogRecord("a", logging.INFO, "", 0, "half \ud800 of %s", ("a\npair",), None)
    record.fields = {"odd": {1, }, "path": "\ud800"}  # fmt: skip
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "half \ud800 of a\npair"
    assert json.loads(line)["odd"] == "{1}"


def test_nobody_is_told_where_requests_are_not_logged() -> None:
    with open_mock(LIBRARY, log_format="json") as mock:  # of a level at which no line is written
        (service,) = mock.platform.services.values()
        assert service.observers == []


def serve(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "specdouble", "serve", LIBRARY, "--port", "0", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("verbose", [True, False])
def test_the_command_writes_nothing_else_to_stderr(verbose: bool) -> None:
    with serve("--log-format", "json", "--ready-json", *(["-v"] if verbose else [])) as run:
        assert run.stdout is not None
        url = json.loads(run.stdout.readline())["urls"]["library"]
        assert httpx.get(f"{url}/books").status_code == 200
        run.terminate()
        out, err = run.communicate(timeout=20)
    lines = [json.loads(line) for line in err.splitlines()]
    assert out == ""
    assert lines[0]["message"] == "listening"
    assert lines[0]["urls"] == {"library": url}
    assert [one["path"] for one in lines[1:]] == (["/books"] if verbose else [])


def test_text_stays_as_it_was() -> None:
    with serve("-v") as run:
        assert run.stdout is not None
        line = next(line for line in run.stdout if "http://localhost" in line)
        url = line.split()[-1]
        httpx.get(f"{url}/books")
        httpx.get(f"{url}/nothing")
        run.terminate()
        _, err = run.communicate(timeout=20)
    (said,) = err.splitlines()
    assert " GET /books 200 " in said
    assert said.endswith(" ms")


def test_an_unknown_format_is_one_line() -> None:
    with serve("--log-format", "jason") as run:
        out, err = run.communicate(timeout=20)
    assert (run.returncode, out) == (2, "")
    assert err == "specdouble: --log-format: there is no format 'jason'. Did you mean json? There are text and json.\n"
