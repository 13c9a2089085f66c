"""Metrics as Prometheus scrapes them: counted while requests are answered, told to anybody, and bounded."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families

from specdouble.mock.telemetry.counting import BOUNDS, Histogram
from specdouble.mock.testing import Mock, open_mock
from tests.backends.test_surviving import LIBRARY
from tests.backends.test_writing import BOOK, Gate

PATH = "/__mock__/metrics"
OPEN = {"accept": "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3"}


def scraped(client: httpx.Client) -> dict[str, Metric]:
    found = client.get(PATH)
    assert found.status_code == 200
    return {one.name: one for one in families(found.text)}


def value(found: dict[str, Metric], sample: str, **labels: str) -> float:
    """The value of a sample with these labels, 0 where there is none."""
    fitting = [
        one.value
        for family in found.values()
        for one in family.samples
        if one.name == f"specdouble_{sample}" and labels.items() <= one.labels.items()
    ]
    assert len(fitting) <= 1
    return fitting[0] if fitting else 0


@pytest.fixture
def mock() -> Iterator[Mock]:
    with open_mock(LIBRARY) as mock:
        yield mock


@pytest.mark.parametrize("port", [True, False])
def test_requests_are_counted_by_operation_and_status(mock: Mock, port: bool) -> None:
    with httpx.Client(base_url=mock.url) if port else mock.client() as client:
        for _ in range(3):
            client.get("/books")
        client.get("/books/1000")
        client.get("/nothing")
        client.post("/books", content=b"{", headers={"content-type": "application/json"})
        client.get("/books", headers={"x-specdouble-world": "nowhere"})
        client.get("/__mock__/clock")
        found = scraped(client)
        told = {(one.labels["operation"], one.labels["status"]): one.value
                for one in found["specdouble_http_requests"].samples}  # fmt: skip
        assert told == {
            ("GET /books", "200"): 3,
            ("GET /books", "404"): 1,
            ("GET /books/{bookId}", "404"): 1,
            ("POST /books", "400"): 1,
            ("unmatched", "404"): 1,
        }
        name = "http_request_duration_seconds"
        assert value(found, f"{name}_count", operation="GET /books") == 4
        assert 0 < value(found, f"{name}_sum", operation="GET /books") < 1
        assert value(found, f"{name}_bucket", operation="GET /books", le="+Inf") == 4
        counts = [value(found, f"{name}_bucket", operation="GET /books", le=str(one)) for one in BOUNDS]
        assert counts == sorted(counts)
        assert scraped(client)["specdouble_http_requests"].samples == found["specdouble_http_requests"].samples


def test_an_operation_id_is_its_name_where_there_is_one() -> None:
    with open_mock("imperal") as mock, mock.client() as client:
        client.get("/healthz")
        found = scraped(client)
        assert value(found, "http_requests_total", operation="healthz_healthz_get", service="auth_gateway") == 1
        assert {one.labels["service"] for one in found["specdouble_http_responses_withheld"].samples} == {
            "auth_gateway", "registry",
        }  # fmt: skip


def test_faults_are_counted_by_what_they_did(mock: Mock) -> None:
    for rule in (
        {"operation": "GET /books", "status": 503, "times": 2},
        {"operation": "GET /books/{id}", "drop": True},
        {"operation": "POST /books", "delay": "30ms"},
        {"operation": "DELETE /books/{id}", "omit": ["/nothing"]},
    ):
        mock.faults.add(rule)
    with mock.client() as client:
        for _ in range(3):
            client.get("/books")
        with pytest.raises(httpx.HTTPError):
            client.get("/books/1")
        client.post("/books", json=BOOK)
        client.delete("/books/1")
        client.get("/books", headers={"prefer": "code=404"})
        found = scraped(client)
    strikes = {one.labels["effect"]: one.value for one in found["specdouble_fault_strikes"].samples}
    assert strikes == {"status": 2, "drop": 1, "delay": 1}
    assert value(found, "http_requests_total", operation="GET /books/{bookId}", status="dropped") == 1
    assert value(found, "http_request_duration_seconds_sum", operation="POST /books") >= 0.03


def test_worlds_streams_documents_and_journals_are_measured() -> None:
    with open_mock("imperal") as mock, httpx.Client(base_url=mock.url) as client:
        before = scraped(client)
        assert (value(before, "worlds"), value(before, "documents", world="others")) == (1, 0)
        assert value(before, "documents", world="main") == len(mock.world.state)
        client.post("/__mock__/worlds", json={"name": "w1"})
        client.get("/healthz", headers={"x-specdouble-world": "w1"})
        with client.stream("GET", "/__mock__/requests/stream") as watching:
            assert watching.status_code == 200
            found = scraped(client)
        assert value(found, "worlds") == 2
        assert value(found, "documents", world="others") > 0
        assert value(found, "journal_entries", world="others") == 1
        assert value(found, "journal_size_bytes", world="others") == len(client.get("/healthz").content)
        assert value(found, "open_streams", kind="requests") == 1
        assert value(found, "open_streams", kind="events") == 0
        assert value(found, "build_info", api="imperal", state="memory") == 1
        assert not [name for name in found if name.startswith("specdouble_state")]


def test_a_state_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as mock, mock.client() as client:
        before = scraped(client)
        client.post("/books", json=BOOK)
        found = scraped(client)
        assert value(found, "state_transactions_total") == value(before, "state_transactions_total") + 1
        commits = "state_commit_duration_seconds_count"
        assert value(found, commits) == value(before, commits) + 1
        assert (value(found, "state_up"), value(found, "state_commit_failures_total")) == (1, 0)
        gate.fails = True
        assert client.post("/books", json=BOOK).status_code == 503
        found = scraped(client)
        assert value(found, "state_up") == 0
        assert value(found, "state_commit_failures_total") >= 1
        assert value(found, "http_responses_withheld_total") == 1
        gate.fails = False
        assert client.post("/books", json=BOOK).status_code == 201
        assert value(scraped(client), "state_up") == 1


def test_figures_of_the_process_are_there(mock: Mock) -> None:
    with mock.client() as client:
        found = scraped(client)
    assert {"process_resident_memory_bytes", "process_cpu_seconds", "process_open_fds", "python_info"} <= found.keys()


def test_the_format_is_what_accept_asks_for(mock: Mock) -> None:
    with mock.client() as client:
        client.get("/books")
        plain, opened = client.get(PATH), client.get(PATH, headers=OPEN)
        assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert opened.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        assert opened.text.endswith("# EOF\n")
        assert {one.name for one in open_families(opened.text)} == {one.name for one in families(plain.text)}
        assert (client.head(PATH).status_code, client.head(PATH).content) == (200, b"")
        assert client.post(PATH).status_code == 405


def test_platforms_of_one_process_do_not_mix(mock: Mock) -> None:
    with open_mock(LIBRARY) as other, mock.client() as client, other.client() as another:
        client.get("/books")
        assert value(scraped(client), "http_requests_total") == 1
        assert value(scraped(another), "http_requests_total") == 0


def test_clients_name_nothing(mock: Mock) -> None:
    """What a client chooses makes no new series, however much it chooses."""
    with mock.client() as client:
        client.get("/nothing")
        client.get("/books/0")
        before = client.get(PATH).text.count("\n")
        for number in range(50):
            client.request(f"M{number}", f"/nothing/{number}")
            client.get(f"/books/x{number}?q={number}")
            client.get("/books/0", headers={"host": f"{number}.example.com", "x-specdouble-world": f"w{number}"})
        lines = client.get(PATH).text.count("\n")
    assert lines <= before + 40  # statuses of two operations


def test_nothing_is_lost_where_worlds_have_threads() -> None:
    with open_mock(LIBRARY) as mock:
        for name in ("w1", "w2", "w3"):
            mock.platform.worlds.make(name)
        app, start = mock.app(), threading.Barrier(4)

        def ask(name: str) -> None:
            client = app.test_client()
            start.wait(10)
            for _ in range(400):
                assert client.get("/books", headers={"x-specdouble-world": name}).status_code == 200

        with ThreadPoolExecutor(4) as at:
            list(at.map(ask, ("main", "w1", "w2", "w3")))
        with mock.client() as client:
            found = scraped(client)
        assert value(found, "http_requests_total", operation="GET /books") == 1600
        assert value(found, "http_request_duration_seconds_count", operation="GET /books") == 1600


def test_a_duration_is_in_the_bucket_of_its_bound() -> None:
    found = Histogram()
    for one in (0.0, BOUNDS[0], BOUNDS[0] * 1.01, BOUNDS[-1], BOUNDS[-1] * 2):
        found.add(one)
    assert found.counts == [2, 1, *[0] * (len(BOUNDS) - 3), 1, 1]
    assert found.sum == pytest.approx(BOUNDS[0] * 2.01 + BOUNDS[-1] * 3)


def test_the_library_is_loaded_when_it_is_asked_for_and_missing_it_is_said() -> None:
    program = (
        "import sys\n"
        "from specdouble.mock.testing import open_mock\n"
        f"with open_mock({LIBRARY!r}) as mock, mock.client() as client:\n"
        "    client.get('/books')\n"
        "    print('prometheus_client' in sys.modules, 'opentelemetry' in sys.modules)\n"
        "    sys.modules['prometheus_client'] = None\n"
        f"    found = client.get({PATH!r})\n"
        "    print(found.status_code, found.json()['detail'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "False False"
    assert done.stdout.splitlines()[1].startswith("501 Metrics need prometheus_client")
    assert "pip install 'specdouble[metrics]'" in done.stdout
