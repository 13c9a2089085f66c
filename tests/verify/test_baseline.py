"""The baseline: what is known is shown and fails no run, what is gone is told, and `--fail-on` decides the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from reports_sample import small
from test_any_document import DOCUMENT, KEY, Pets
from verify_command import Run

from specdouble.verify.problems import SettingsError
from specdouble.verify.reports.stored.summary import exit_code, summarise
from specdouble.verify.responses.record import Record, lasting
from specdouble.verify.results.baseline import Baseline, Entry, gone, read, write
from specdouble.verify.settings.options import FAIL_ON

LEAK = "AUTH-41"


@contextmanager
def pets(*, leaky: bool) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Pets,), {"leaky": leaky}))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def verified(run: Run, tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any], str]]:
    (tmp_path / "pets.json").write_text(json.dumps(DOCUMENT))
    always = ("--spec", "pets.json", "--credential", f"key={KEY}", "--only", "GET /owner", "--json", "r.json")

    def call(target: str, *words: str) -> tuple[int, dict[str, Any], str]:
        code, out, err = run(target, *always, *words, "-q")
        assert "Traceback" not in err
        return code, json.loads((tmp_path / "r.json").read_text()), out

    return call


def test_known_findings_fail_no_run_and_are_shown(verified: Any, tmp_path: Path) -> None:
    with pets(leaky=True) as target:
        assert verified(target)[0] == 1
        code, first, _out = verified(target, "--write-baseline", "known.json")
        assert code == 0
        assert f"{first['summary']['known']} findings are known from now on: known.json" in " ".join(first["notes"])
        again, found, out = verified(target, "--baseline", "known.json")
    assert again == 0
    assert (found["summary"]["violations"], found["summary"]["known"]) == (0, len(found["findings"]))
    assert {one["rule"] for one in found["findings"] if one["waiver"]["id"] == "baseline"} >= {LEAK}
    assert "KNOWN" in out
    assert "of the baseline" in out
    assert LEAK in out


def test_a_new_finding_fails_beside_known_ones(verified: Any, tmp_path: Path) -> None:
    with pets(leaky=True) as target:
        verified(target, "--write-baseline", "known.json")
        kept = [one for one in read(str(tmp_path / "known.json")).findings if one.rule != LEAK]
        write(str(tmp_path / "known.json"), kept)
        code, found, _out = verified(target, "--baseline", "known.json")
    assert code == 1
    assert {one["rule"] for one in found["findings"] if one["waiver"] is None} == {LEAK}


def test_what_is_gone_is_told_and_pruned(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pets.json").write_text(json.dumps(DOCUMENT))
    words = ("--spec", "pets.json", "--credential", f"key={KEY}", "-q", "--json", "r.json")
    with pets(leaky=True) as target:
        run(target, *words, "--write-baseline", "known.json")
    before = read(str(tmp_path / "known.json")).findings
    with pets(leaky=False) as target:
        _code, out, _err = run(target, *words, "--baseline", "known.json")
        assert f"{len(before)} of {len(before)} findings of the baseline are gone" in " ".join(out.split())
        assert read(str(tmp_path / "known.json")).findings == before
        run(target, *words, "--baseline", "known.json", "--prune-baseline")
    assert read(str(tmp_path / "known.json")).findings == []


def test_what_a_run_did_not_look_for_is_not_gone() -> None:
    result = small("conforms", "conforms")
    result["run"]["shard"], result["run"]["selection"] = None, []
    key = result["operations"][0]["key"]
    entries = [Entry("a", "AUTH-02", key), Entry("b", "B03", key), Entry("c", "B03", "GET /old")]
    known = Baseline(1, entries)
    result["proof"] = [{"rule": "AUTH-02", "judged": [key], "reasons": []}]
    assert [one.id for one in gone(known, result)] == ["a", "c"]
    result["run"]["selection"] = ["AUTH"]
    assert gone(known, result) == []


def test_a_finding_keeps_its_id_whatever_values_its_sentence_shows() -> None:
    record = Record()
    for value in ("0b5c1d5e-8f0a-4a51-a6a6-1f0a9c3d2b11", "a5e1c0ffee11-77aa-4b4b-8d8d-000000000001"):
        record.add("LIFE-41", "GET /pets", f"pet {value} of 2026-01-31T09:00:00Z is missing among 1234 pets")
    assert [one["count"] for one in record.findings.values()] == [2]
    assert lasting('name: expected "Rex", got "Max"') == "name: expected …, got …"
    assert lasting("status: expected 404, got 200") != lasting("status: expected 404, got 500")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file; --write-baseline"),
        ("no", "is no JSON"),
        ("[]", "is no baseline (Expected object, got array)"),
        ('{"format": 1, "findings": [{"id": 3}]}', "is no baseline (findings[0].id: expected str, got int)"),
        ('{"format": 9, "findings": []}', "has format 9, and this version reads 1"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str | None, said: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "b.json").write_text(text)
    with pytest.raises(SettingsError) as caught:
        read(str(tmp_path / "b.json"))
    assert said in str(caught.value)


def test_a_baseline_has_a_line_for_each_finding_in_a_steady_order(tmp_path: Path) -> None:
    entries = [Entry("b", "R2", "GET /b"), Entry("a", "R1", "GET /b", "fault", "é"), Entry("c", "R1", "GET /a")]
    write(str(tmp_path / "b.json"), entries)
    text = (tmp_path / "b.json").read_text()
    assert [line.strip()[8] for line in text.splitlines() if '"id"' in line] == ["c", "a", "b"]
    assert sorted(read(str(tmp_path / "b.json")).findings, key=lambda one: one.id) == [
        entries[1],
        entries[0],
        entries[2],
    ]
    write(str(tmp_path / "b.json"), [])
    assert read(str(tmp_path / "b.json")).findings == []


# what a run found -> the exit code by each word of --fail-on
CODES = {
    "nothing": (0, 0, 0, 0, 0),
    "a violation": (1, 1, 1, 1, 0),
    "a warning": (0, 0, 1, 1, 0),
    "an unproven operation of ten": (0, 0, 0, 2, 0),
    "nothing proven": (2, 2, 2, 2, 0),
    "no target": (3, 3, 3, 3, 3),
}


@pytest.mark.parametrize("case", CODES)
def test_the_word_of_fail_on_decides_the_exit_code(case: str) -> None:
    verdicts = {"a violation": ["violates"], "nothing proven": ["unproven"], "an unproven operation of ten": [
        "unproven", *["conforms"] * 9]}.get(case, ["conforms"])  # fmt: skip
    result = small(*verdicts)
    findings: list[Any] = result["findings"]
    if case == "a warning":
        findings = [{"severity": "warning", "waiver": None}]
    got = []
    for word in FAIL_ON:
        summary = summarise(result["operations"], findings, [], 0.8, word)
        got.append(exit_code(summary, broken=case == "no target"))
    assert tuple(got) == CODES[case]


def test_a_word_that_fail_on_does_not_know_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pets.json").write_text(json.dumps(DOCUMENT))
    with pytest.raises(SettingsError, match="--fail-on 'all' is unknown; choose fault, drift, warning"):
        run("http://127.0.0.1:1", "--spec", "pets.json", "--fail-on", "all")
    with pytest.raises(SettingsError, match="--prune-baseline is of no use alone"):
        run("http://127.0.0.1:1", "--spec", "pets.json", "--prune-baseline")
