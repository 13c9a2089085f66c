"""Traces: a span for each request, with the names of the semantic conventions, sent to whoever collects them."""

from __future__ import annotations

import gzip
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from specdouble.mock.telemetry.traces import Traces
from specdouble.mock.testing import Mock, open_mock
from tests.backends.test_surviving import LIBRARY
from tests.telemetry.test_logs import TRACE


class Traced:
    """A mock, and the spans of its requests."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        self._kept = InMemorySpanExporter()
        self.traces = Traces(processor=SimpleSpanProcessor(self._kept))
        for service in mock.platform.services.values():
            service.observers.append(self.traces.tell)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._kept.get_finished_spans())

    def one(self) -> ReadableSpan:
        (span,) = self.spans
        self._kept.clear()
        return span


@pytest.fixture
def traced() -> Iterator[Traced]:
    with open_mock(LIBRARY) as mock:
        yield Traced(mock)


def told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_request_is_a_span_of_the_server(traced: Traced) -> None:
    with httpx.Client(base_url=traced.mock.url, headers={"user-agent": "tests"}) as client:
        client.get("/books/3?token=a-secret-value")
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        "GET /books/{bookId}", SpanKind.SERVER, StatusCode.UNSET,
    )  # fmt: skip
    assert span.parent is None
    assert 0 < span.end_time - span.start_time < 1_000_000_000  # type: ignore[operator]
    found = told(span)
    assert found.pop("url.query").startswith("token=<redacted-")
    assert found == {
        "http.request.method": "GET",
        "http.response.status_code": 404,
        "http.route": "/books/{bookId}",
        "url.scheme": "http",
        "url.path": "/books/3",
        "server.address": "127.0.0.1",
        "server.port": int(traced.mock.url.rpartition(":")[2]),
        "client.address": found["client.address"],
        "user_agent.original": "tests",
        "specdouble.operation": "GET /books/{bookId}",
        "specdouble.service": "library",
        "specdouble.world": "main",
        "specdouble.caller": "anonymous",
    }
    assert found["client.address"] in ("127.0.0.1", "::1")


def test_no_secret_stands_in_it() -> None:
    with open_mock("imperal") as mock, mock.client() as client:
        traced, token = Traced(mock), mock.sign_in("user@example.com")
        client.get(f"/v1/users/{token}?q={token}", headers={"authorization": f"Bearer {token}"})
    (span,) = traced.spans
    assert token not in str(told(span))
    assert told(span)["url.path"].startswith("/v1/users/<redacted-")


def test_the_trace_of_who_asks_is_continued(traced: Traced) -> None:
    with traced.mock.client() as client:
        client.get("/books", headers={"traceparent": TRACE, "tracestate": "a=b"})
        span = traced.one()
        assert span.parent is not None
        assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == tuple(TRACE.split("-")[1:3])
        assert span.context.trace_state["a"] == "b"
        client.get("/books", headers={"traceparent": "nonsense"})
        assert traced.one().parent is None
        client.get("/books", headers={"traceparent": f"{TRACE[:-1]}0"})
        assert traced.spans == []  # whoever asks says that this trace is not recorded


def test_worlds_faults_and_errors_stand_in_it(traced: Traced) -> None:
    traced.mock.platform.worlds.make("w1")
    traced.mock.faults.add({"id": "down", "operation": "GET /books", "status": 503, "delay": "20ms"})
    traced.mock.faults.add({"id": "gone", "operation": "POST /books", "drop": True})
    with traced.mock.client() as client:
        client.get("/books")
        down = traced.one()
        with pytest.raises(httpx.HTTPError):
            client.post("/books", json={})
        dropped = traced.one()
        client.get("/books", headers={"x-specdouble-world": "w1"})
        other = traced.one()
        client.request("BREW", "/nothing")
        odd = traced.one()
    assert down.status.status_code is StatusCode.ERROR
    assert told(down)["error.type"] == "503"
    assert told(down)["specdouble.fault.rules"] == ("down",)
    assert told(down)["specdouble.fault.did"] == "status 503, delay 0.02 s"
    assert down.end_time - down.start_time >= 20_000_000  # type: ignore[operator]
    assert told(dropped)["error.type"] == "dropped"
    assert "http.response.status_code" not in told(dropped)
    assert told(other)["specdouble.world"] == "w1"
    assert "specdouble.fault.did" not in told(other)
    assert odd.name == "HTTP"
    assert (told(odd)["http.request.method"], told(odd)["http.request.method_original"]) == ("_OTHER", "BREW")
    assert "http.route" not in told(odd)
    assert odd.status.status_code is StatusCode.UNSET  # a refusal is the client's error


def test_variables_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def about() -> dict[str, Any]:
        kept = InMemorySpanExporter()
        with open_mock(LIBRARY) as mock, mock.client() as client:
            traces = Traces(processor=SimpleSpanProcessor(kept))
            next(iter(mock.platform.services.values())).observers.append(traces.tell)
            client.get("/books")
        return dict(kept.get_finished_spans()[0].resource.attributes)

    assert about()["service.name"] == "specdouble"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=shop")
    assert {"service.name": "shop", "deployment.environment.name": "test"}.items() <= about().items()
    monkeypatch.setenv("OTEL_SERVICE_NAME", "books")
    assert about()["service.name"] == "books"


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A collector that takes traces by OTLP over HTTP: its address, and what it got."""
    got: list[ExportTraceServiceRequest] = []

    class Takes(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            got.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()
        thread.join()


def test_spans_are_sent_by_otlp_and_the_last_ones_at_the_end(
    collector: tuple[str, list[ExportTraceServiceRequest]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, got = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    with open_mock(LIBRARY, traces=True) as mock, mock.client() as client:
        for _ in range(3):
            client.get("/books", headers={"traceparent": TRACE})
        client.get("/__mock__/clock")
        client.get("/__mock__/health/live")
    spans = [one for each in got for group in each.resource_spans for scope in group.scope_spans for one in scope.spans]
    assert [one.name for one in spans] == ["GET /books"] * 3
    assert {one.trace_id.hex() for one in spans} == {TRACE.split("-")[1]}


def test_a_collector_that_is_not_there_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    program = (
        "import time\n"
        "from specdouble.mock.testing import open_mock\n"
        f"with open_mock({LIBRARY!r}, traces=True) as mock, mock.client() as client:\n"
        "    assert client.get('/books').status_code == 200\n"
        "    began = time.monotonic()\n"
        "print(time.monotonic() - began)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert float(done.stdout) < 5


def test_nothing_is_loaded_unless_it_is_wanted_and_missing_it_is_one_line() -> None:
    program = (
        "import sys\n"
        "from specdouble.cli.main import main\n"
        "sys.modules['opentelemetry'] = None\n"
        f"sys.argv[1:] = ['serve', {LIBRARY!r}, '--port', '0', '--traces']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "pip install 'specdouble[otel]'" in done.stderr
