"""A result is stored and read again; what is no result is refused in one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from reports_sample import empty, full, hostile, small

from specdouble.verify.reports import KINDS, ReportError, read, write


def stored(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "result.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ReportError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("make", [empty, full, lambda: small("violates", "unproven")])
def test_a_result_survives_being_stored(make: Any, tmp_path: Path) -> None:
    result = make()
    assert write(result, {"json": tmp_path / "deep" / "er" / "r.json"}) == [tmp_path / "deep" / "er" / "r.json"]
    assert read(tmp_path / "deep" / "er" / "r.json") == result


def test_members_that_a_later_version_adds_are_no_trouble(tmp_path: Path) -> None:
    result = small("conforms")
    result["operations"][0]["later"] = result["later"] = {"a": 1}
    assert read(stored(tmp_path, result))["operations"][0]["key"] == "GET /v1/thing0"


def test_whole_numbers_are_numbers_of_seconds_too(tmp_path: Path) -> None:
    result = empty()
    result["run"]["seconds"] = 41
    assert read(stored(tmp_path, result))["run"]["seconds"] == 41


@pytest.mark.parametrize("text", ["", "no", "<xml/>", '{"format": 1', "[" * 100_000])
def test_what_is_not_json_is_refused(text: str, tmp_path: Path) -> None:
    assert refusal(stored(tmp_path, text)).startswith("is not JSON")


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b"\xff\xfe\x00")
    assert refusal(tmp_path / "r.json").startswith("is not JSON")


@pytest.mark.parametrize("value", [[], None, 1, {}, {"format": 1}, {"format": 1, "tool": "specdouble"}, {"tool": {}}])
def test_json_of_another_kind_is_refused(value: Any, tmp_path: Path) -> None:
    assert refusal(stored(tmp_path, value)).startswith("is JSON, but not a result")


def test_another_tool_and_another_format_are_named(tmp_path: Path) -> None:
    result = empty()
    result["tool"] = {"name": "schemathesis", "version": "4"}
    assert refusal(stored(tmp_path, result)) == "was written by 'schemathesis', not by specdouble."
    result = empty() | {"format": 1}
    result["tool"]["version"] = "9.0"
    message = refusal(stored(tmp_path, result))
    assert message.startswith("has format 1, and this version reads format 3.")
    assert "9.0" in message


def broken(change: Any) -> dict[str, Any]:
    result = small("violates", "conforms")
    change(result)
    return result


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.pop("summary"), "Object missing required field summary"),
        (lambda one: one["run"].pop("seed"), "run: object missing required field seed"),
        (lambda one: one["operations"][1].update(verdict="odd"), "operations[1].verdict: invalid enum value 'odd'"),
        (lambda one: one["operations"][0].update(checks={"AUTH": "many"}),
         "operations[0].checks[...]: expected int, got str"),
        (lambda one: one["operations"][0].update(reached=True), "operations[0].reached: expected int, got bool"),
        (lambda one: one["run"]["services"][1].update(url=5), "run.services[1].url: expected str | null, got int"),
        (lambda one: one["run"].update(writes=1), "run.writes: expected bool, got int"),
        (lambda one: one.update(findings={}), "findings: expected array, got object"),
        (lambda one: one.update(rules=[]), "rules: expected object, got array"),
        (lambda one: one.update(created=[{"what": "user", "id": "u", "removed": True, "run": 1}]),
         "created[0].run: expected str, got int"),
    ],
)  # fmt: skip
def test_a_damaged_result_is_refused_with_the_place(change: Any, message: str, tmp_path: Path) -> None:
    assert refusal(stored(tmp_path, broken(change))) == f"{message}."


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.json").startswith("cannot be read (No such file")


def test_unknown_kinds_and_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"no report of the kind 'pdf'\. Kinds: json, html"):
        write(empty(), {"pdf": tmp_path / "r.pdf"})
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be written"):
        write(empty(), {"html": tmp_path / "file" / "r.html"})


@pytest.mark.parametrize("make", [empty, full, hostile])
def test_every_kind_is_written_of_every_result(make: Any, tmp_path: Path) -> None:
    outputs = {kind: tmp_path / f"r.{kind}" for kind in KINDS}
    assert write(make(), outputs) == list(outputs.values())
    for path in outputs.values():
        assert path.read_bytes().decode().strip(), path
