"""The parts of the benchmarks that decide what is said: reading wrk, tables, ratios and verdicts. No speed here."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

# Beside the packages and not among them: found from the root of the repository, after what is installed.
sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks import compare, plain, report
from benchmarks.measure import BenchmarkError, Load, Work, lua, middle, parse_wrk, require, running, stat_times
from benchmarks.peers import found
from specdouble.packs.target import contract_of_target

WRK = """\
Running 3s test @ http://127.0.0.1:8085/v1/auth/me
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   512.10us  301.20us   9.81ms   91.02%
    Req/Sec    29.66k     1.10k   31.02k    66.67%
  Latency Distribution
     50%  478.00us
     75%  602.00us
     90%  760.00us
     99%    1.28ms
  88613 requests in 3.00s, 60.34MB read
Requests/sec:  29534.12
Transfer/sec:     20.11MB
"""

ROW = {"status": 200, "bytes": 345, "requests": 9000}
RESULTS: dict[str, Any] = {
    "command": "python -m benchmarks.compare --seconds 3",
    "date": "2026-06-21 10:00 UTC",
    "machine": {"cores": 2, "cpu": "A processor", "load": "0.1", "load_after": "1.4"},
    "versions": {"specdouble": "0.1.0", "prism": "5.14.2", "scalar": "0.3.25"},
    "signed": ["POST /v1/auth/login"],
    "start": {
        "specdouble": {"wall_ms": 300.0, "cpu_ms": 250.0, "rss_mb": 60.0},
        "prism": {"wall_ms": 1500.0, "cpu_ms": 1400.0, "rss_mb": 160.0},
        "specdouble, no cache": {"wall_ms": 1100.0, "cpu_ms": 1000.0, "rss_mb": 90.0},
    },
    "rss_mb": {"specdouble": {"reads": 70.0, "all": 82.0}, "prism": {"reads": 170.0, "all": 175.0}},
    "written": 12345,
    "streams": {
        "held": 500, "ratio": 0.97, "rps_without": 20000.0, "rps_with": 19400.0, "delivered": 500,
        "deliver_ms": 31.0, "rss_mb": 88.0,
    },
    "work": {
        "GET /v1/auth/me": {
            "specdouble": {**ROW, "rps": 16000.0, "p99_ms": 2.0, "cpu_us": 50.0},
            "prism": {**ROW, "rps": 1000.0, "p99_ms": 40.0, "cpu_us": 1000.0},
            "scalar": {**ROW, "rps": 12000.0, "p99_ms": 3.0, "cpu_us": 75.0},
        },
        "POST /v1/auth/login": {
            "specdouble": {**ROW, "rps": 2000.0, "p99_ms": 10.0, "cpu_us": 500.0},
            "prism": {**ROW, "rps": 1000.0, "p99_ms": 50.0, "cpu_us": 1000.0},
            "scalar": {**ROW, "rps": 15000.0, "p99_ms": 3.0, "cpu_us": 60.0},
        },
    },
}  # fmt: skip


@pytest.fixture
def results() -> dict[str, Any]:
    return copy.deepcopy(RESULTS)


def held(results: dict[str, Any]) -> dict[str, bool]:
    return {bar: holds for bar, _text, holds in report.verdicts(results)}


# -- wrk -----------------------------------------------------------------------------------------------------------


def test_wrk_output_is_read() -> None:
    assert parse_wrk(WRK) == Load(requests=88613, rps=29534.12, p99_ms=pytest.approx(1.28))


@pytest.mark.parametrize(("text", "ms"), [("940.00us", 0.94), ("1.28ms", 1.28), ("1.07s", 1070), ("1.50m", 90_000)])
def test_every_unit_of_wrk_becomes_milliseconds(text: str, ms: float) -> None:
    assert parse_wrk(WRK.replace("1.28ms", text)).p99_ms == pytest.approx(ms)


def test_refusals_and_broken_connections_are_counted() -> None:
    more = "  Socket errors: connect 1, read 2, write 0, timeout 3\n  Non-2xx or 3xx responses: 44\nRequests/sec"
    load = parse_wrk(WRK.replace("Requests/sec", more))
    assert (load.refused, load.broken) == (44, 6)


def test_what_wrk_says_instead_of_a_result_is_passed_on() -> None:
    with pytest.raises(BenchmarkError, match="unable to connect to"):
        parse_wrk("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_the_script_for_wrk_says_method_headers_and_body() -> None:
    work = Work("PATCH /v1/me/settings", body='{"confirmation_ttl": 120}')
    assert lua(work, {"authorization": "Bearer x"}) == (
        'wrk.method = "PATCH"\n'
        'wrk.headers["authorization"] = [==[Bearer x]==]\n'
        'wrk.body = [==[{"confirmation_ttl": 120}]==]\n'
    )


def test_rounds_are_joined_by_their_median() -> None:
    loads = [Load(100, 10.0, 1.0, 50.0), Load(900, 90.0, 9.0, 10.0), Load(200, 20.0, 2.0, 40.0)]
    assert middle(loads) == Load(200, 20.0, 2.0, 40.0)


def test_work_is_named_by_what_it_sends() -> None:
    work = Work("POST /v1/auth/login (invalid)", status=422)
    assert (work.method, work.path) == ("POST", "/v1/auth/login")


# -- processes -----------------------------------------------------------------------------------------------------


def test_times_of_a_process_are_read_past_its_name() -> None:
    assert stat_times("7 (a (b) c) S 1 7 7 0 -1 4194560 10 20 0 0 11 12 13 14 20 0 3 0") == [11, 12, 13, 14]


def test_a_server_that_ends_by_itself_is_reported_with_its_last_words() -> None:
    script = [sys.executable, "-c", "print('the port is taken')"]
    with running("peer", script, port=1) as process, pytest.raises(BenchmarkError, match="the port is taken"):
        process.first_answer(Work("GET /"), {}, timeout=20)


def test_a_server_is_ended_even_when_measuring_fails() -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    seen = []

    def fail() -> None:
        with running("peer", sleeper, port=1) as process:
            seen.append((process, process.alive))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    process, was_alive = seen[0]
    assert was_alive
    assert not process.alive


def test_a_missing_program_is_named_with_how_to_get_it() -> None:
    with pytest.raises(BenchmarkError, match="no-such-tool is not installed; apt-get install it"):
        require("no-such-tool", "apt-get install it")


def test_a_folder_without_the_packages_is_named(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "@scalar" / "mock-server").mkdir(parents=True)
    with pytest.raises(BenchmarkError, match="node_modules lacks @stoplight/prism-cli, @hono/node-server"):
        found(tmp_path, ["prism", "scalar"])


# -- verdicts ------------------------------------------------------------------------------------------------------


def test_ratios_say_how_many_times_we_are_ahead() -> None:
    assert report.ratios(RESULTS, "prism")["GET /v1/auth/me"] == {"rate": 16.0, "cpu": 20.0, "p99": 20.0}
    assert report.ratios(RESULTS, "scalar")["POST /v1/auth/login"]["rate"] == pytest.approx(2 / 15)


def test_every_bar_that_holds_says_yes() -> None:
    assert [bar for bar, holds in held(RESULTS).items() if not holds] == [
        "floor: under 80 MB after everything",
        "aim: under 50 MB after load that writes nothing",
        "signed answers: 6x Prism's rate",
        "signed answers: 6x less CPU than Prism",
        "signed answers: ahead of Scalar in rate",
    ]


@pytest.mark.parametrize(
    ("path", "value", "bar"),
    [
        (("work", "GET /v1/auth/me", "specdouble", "rps"), 5999.0, "floor: 6x Prism's rate"),
        (("work", "GET /v1/auth/me", "specdouble", "rps"), 11999.0, "goal: ahead of Scalar in rate"),
        (("work", "GET /v1/auth/me", "specdouble", "rps"), 14999.0, "aim: 15x Prism's rate"),
        (("work", "GET /v1/auth/me", "specdouble", "cpu_us"), 167.0, "floor: 6x less CPU a request than Prism"),
        (("work", "GET /v1/auth/me", "specdouble", "cpu_us"), 75.0, "goal: ahead of Scalar in CPU a request"),
        (("work", "GET /v1/auth/me", "specdouble", "p99_ms"), 4.1, "floor: p99 10x lower than Prism's"),
        (("start", "specdouble", "wall_ms"), 751.0, "floor: start 2x faster than Prism"),
        (("start", "specdouble", "cpu_ms"), 467.0, "floor: 3x less CPU at start than Prism"),
        (("start", "specdouble", "cpu_ms"), 281.0, "aim: start 3x faster, 5x less CPU"),
        (("rss_mb", "specdouble", "reads"), 80.0, "floor: under 80 MB after load that writes nothing"),
        (("streams", "ratio"), 0.79, "floor: 80% of the rate with 500 streams held"),
    ],
)
def test_a_missed_bar_says_no(results: dict[str, Any], path: tuple[str, ...], value: float, bar: str) -> None:
    assert held(results)[bar]
    place: Any = results
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert not held(results)[bar]


def test_a_bar_over_several_works_is_judged_by_the_worst(results: dict[str, Any]) -> None:
    slow = copy.deepcopy(results["work"]["GET /v1/auth/me"])
    slow["specdouble"]["rps"] = 3000.0
    results["work"]["GET /v1/keys"] = slow
    assert ("floor: 6x Prism's rate", "3.0x at worst (GET /v1/keys)", False) in report.verdicts(results)


def test_without_peers_only_our_own_bars_are_judged(results: dict[str, Any]) -> None:
    results["work"] = {name: {"specdouble": row["specdouble"]} for name, row in results["work"].items()}
    del results["start"]["prism"]
    assert all("MB" in text or "%" in text for _bar, text, _holds in report.verdicts(results))


# -- tables --------------------------------------------------------------------------------------------------------


def test_tables_are_aligned_markdown() -> None:
    assert report.table(["server", "ms"], [["a", "1"], ["longer", "1,000"]]) == (
        "| server |    ms |\n| ------ | ----: |\n| a      |     1 |\n| longer | 1,000 |"
    )


def test_the_report_shows_each_work_with_each_server_and_its_verdicts() -> None:
    text = report.render(RESULTS)
    assert "| GET /v1/auth/me     | specdouble |    200 |   345 |     16,000 |    2.00 |              50 |" in text
    assert "500 event streams held open: GET /v1/auth/me at 19,400 requests/s against 20,000" in text
    assert "- Machine: 2 cores, A processor, load average 0.1 before and 1.4 after" in text


def test_the_block_of_results_is_replaced_and_the_rest_of_the_page_kept() -> None:
    page = f"# Speed\n\n{report.BEGIN}\nold\n{report.END}\n\nNotes.\n"
    assert report.rewritten(page, "new") == f"# Speed\n\n{report.BEGIN}\n\nnew\n\n{report.END}\n\nNotes.\n"


def test_a_page_without_markers_is_left_alone() -> None:
    with pytest.raises(BenchmarkError, match="lacks its markers"):
        report.rewritten("# Speed\n", "new")


def test_the_page_in_the_repository_has_its_markers() -> None:
    assert report.rewritten(report.README.read_text(), "new").count("new\n") >= 1


# -- options -------------------------------------------------------------------------------------------------------


def test_the_command_in_the_report_repeats_the_run() -> None:
    given = compare.options(["--seconds", "5", "--only", "prism", "--only", "specdouble"])
    assert compare.command(given) == (
        "python -m benchmarks.compare --seconds 5 --connections 16 --rounds 3 --only prism --only specdouble"
    )


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_counts_are_whole_numbers_above_zero(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        compare.options(["--rounds", text])
    assert "is not a whole number above 0" in capsys.readouterr().err


# -- a plain document ----------------------------------------------------------------------------------------------


STARTED = {"wall_ms": 250.0, "cpu_ms": 200.0, "rss_mb": 60.0}
PLAIN: dict[str, Any] = {
    "command": "x", "date": "y", "machine": {"cores": 2, "cpu": "z", "load": "0", "load_after": "0"},
    "versions": {"specdouble": "1", "prism": "2"},
    "start": {
        size: {"specdouble": dict(STARTED), plain.CACHED: dict(STARTED), "prism": {**STARTED, "wall_ms": 9000.0}}
        for size in ("small", "large")
    },
    "work": {plain.BY_ID: {"specdouble": {**ROW, "rps": 2000.0, "p99_ms": 1.0, "cpu_us": 50.0},
                           "prism": {**ROW, "rps": 100.0, "p99_ms": 9.0, "cpu_us": 900.0},
                           plain.BUNDLED: {**ROW, "rps": 2100.0, "p99_ms": 1.0, "cpu_us": 45.0}}},
    "rss_mb": {"specdouble": 60.0, "prism": 160.0},
}  # fmt: skip


def test_a_plain_document_that_holds_every_bar_says_yes() -> None:
    found = plain.verdicts(PLAIN)
    assert [bar for bar, _, holds in found if not holds] == []
    assert len(found) == 8


@pytest.mark.parametrize(
    ("path", "value", "bar"),
    [
        (("start", "large", "specdouble", "wall_ms"), 2001, "1,000 operations, first time: under 2 s"),
        (("start", "large", "specdouble", "rss_mb"), 151, "1,000 operations: under 150 MB"),
        (("start", "large", plain.CACHED, "wall_ms"), 501, "1,000 operations, from the cache: under 0.5 s"),
        (("start", "small", "specdouble", "wall_ms"), 301, "a small document, first time: under 0.3 s"),
        (("start", "small", plain.CACHED, "wall_ms"), 301, "a small document, from the cache: under 0.3 s"),
        (("start", "small", "prism", "wall_ms"), 249, "small document: never slower to start than Prism"),
        (("work", plain.BY_ID, "specdouble", "cpu_us"), 60, "a read by id within 1.3x of the bundled pack's CPU"),
    ],
)
def test_a_bar_that_a_plain_document_misses_says_no(path: tuple[str, ...], value: float, bar: str) -> None:
    results = copy.deepcopy(PLAIN)
    row = results
    for step in path[:-1]:
        row = row[step]
    row[path[-1]] = value
    assert [one for one, _, holds in plain.verdicts(results) if not holds] == [bar]


def test_the_report_of_a_plain_document_goes_between_markers_of_its_own() -> None:
    page = report.rewritten(report.README.read_text(), plain.render(PLAIN), report.PLAIN)
    assert page.count("| a read by id within 1.3x of the bundled pack's CPU | 1.11x ") == 1
    assert report.BEGIN in page
    assert page.index("| GET /books/1 |") > page.index("## A plain document")


def test_the_large_document_has_a_thousand_operations(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text(json.dumps(plain.large()))
    found = [one for service in contract_of_target(str(path)).services for one in service.document.operations]
    assert len(found) == 1000


def test_plain_compares_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        compare.options(["--plain", "--only", "prism"])
    assert "leave --only out" in capsys.readouterr().err
    assert compare.command(compare.options(["--plain", "--rounds", "2"])).startswith(
        "python -m benchmarks.compare --plain --seconds 3"
    )
