"""Recorded traffic: whatever tool wrote it, the same rules judge it, and nothing is sent."""

from __future__ import annotations

import gzip
import json
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specdouble.cli.main import cli
from specdouble.packs.documents import contract_of_file
from specdouble.verify.problems import SettingsError
from specdouble.verify.traffic import har as reading
from specdouble.verify.traffic.places import bases, place
from tests.verify.traffic.shelter import BASE, DOCUMENT, TOKEN, entry, har

REX = {"id": 1, "name": "Rex"}
Judged = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def judged(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Judged:
    """Return a function that judges entries by the command, and gives the exit code, the result and the output."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelter.json").write_text(json.dumps(DOCUMENT))

    def refuse(*_args: Any, **_more: Any) -> Any:
        raise AssertionError("something was sent")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    def call(*words: str, entries: Any = None) -> tuple[int, dict[str, Any], str]:
        if entries is not None:
            (tmp_path / "t.har").write_text(json.dumps(har(*entries)))
            words = ("--har", "t.har", *words)
        with pytest.raises(SystemExit) as ended:
            cli(["verify", "--spec", "shelter.json", *words, "--json", "r.json"], standalone_mode=False)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return int(str(ended.value.code)), json.loads((tmp_path / "r.json").read_text()), out

    return call


def told(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((one["rule"], one["key"], one["kind"]) for one in result["findings"])


@pytest.mark.parametrize("form", ["chrome", "firefox", "playwright", "mitmproxy"])
def test_a_healthy_recording_of_each_tool_conforms(judged: Judged, form: str) -> None:
    entries = [
        entry("GET", "/pets?limit=10", 200, [REX], form=form),
        entry("POST", "/pets", 201, REX, body={"name": "Rex"}, form=form),
        entry("GET", "/pets/1", 200, REX, form=form),
        entry("GET", "/health", 200, {}, token="", form=form),
    ]
    code, result, _out = judged(entries=entries)
    assert (code, told(result)) == (0, [])
    verdicts = {one["key"]: (one["verdict"], one["reasons"]) for one in result["operations"]}
    assert verdicts.pop("DELETE /pets/{id}") == ("unproven", ["the traffic has no exchange of it"])
    assert list(verdicts.values()) == [("conforms", [])] * 4
    assert result["run"]["target"] == BASE
    assert "specdouble verify" in result["run"]["command"]
    assert "--har t.har" in result["run"]["command"]


@pytest.mark.parametrize("form", ["chrome", "firefox", "playwright", "mitmproxy"])
def test_a_broken_response_is_found_in_the_recording_of_each_tool(judged: Judged, form: str) -> None:
    entries = [entry("GET", "/pets/1", 200, {"id": "one"}, form=form), entry("GET", "/pets/2", 500, {}, form=form)]
    code, result, _out = judged(entries=entries)
    assert code == 1
    assert ("SCHEMA-02", "GET /pets/{id}", "fault") in told(result)
    messages = [one["message"] for one in result["findings"] if one["rule"] == "SCHEMA-04"]
    assert any("id: expected an integer" in one for one in messages)
    assert any("name: expected a value" in one for one in messages)


def test_requests_that_were_taken_are_compared_with_the_document(judged: Judged) -> None:
    entries = [
        entry("GET", "/pets?limit=500&sort=name", 200, [REX]),
        entry("POST", "/pets", 201, REX, body={"age": "old"}),
        entry("POST", "/pets", 422, None, body={"age": "refused, so no matter"}),
        entry("GET", "/pets/first", 404),
    ]
    code, result, _out = judged(entries=entries)
    messages = " | ".join(one["message"] for one in result["findings"])
    assert {(one["rule"], one["kind"]) for one in result["findings"]} == {("TRAFFIC-01", "drift")}
    for said in ("limit: expected at most 100, got 500", "query parameter sort is not declared", "body age: ",
                 "\"name\" is a required property"):  # fmt: skip
        assert said in messages
    assert "refused" not in messages
    assert code == 0
    assert judged("--fail-on", "drift", entries=entries)[0] == 1


def test_a_request_without_a_credential_is_told_where_others_have_one(judged: Judged) -> None:
    bare = entry("GET", "/pets", 200, [REX], token="")
    assert told(judged(entries=[bare])[1]) == []  # a recording without credentials says nothing about them
    assert told(judged(entries=[bare, entry("GET", "/pets/1", 200, REX)])[1]) == [("TRAFFIC-02", "GET /pets", "drift")]


def test_secrets_stand_in_no_report(judged: Judged, tmp_path: Path) -> None:
    entries = [
        entry("GET", "/pets/1", 200, {"id": "x", "name": TOKEN}, Cookie="session=kookie-77aa88bb"),
        entry("POST", "/pets", 201, {"id": "kookie-77aa88bb"}, body={"name": "R", "password": "hunter2-hunter2"}),
    ]
    _code, result, out = judged("--html", "r.html", "--sarif", "r.sarif", "--junit", "r.xml", entries=entries)
    assert "SECRET-01" in {one["rule"] for one in result["findings"]}
    texts = [out, *((tmp_path / name).read_text() for name in ("r.json", "r.html", "r.sarif", "r.xml"))]
    for secret in (TOKEN, "kookie-77aa88bb", "hunter2-hunter2"):
        assert [secret in text for text in texts] == [False] * 5


def test_what_is_no_matter_of_the_document_is_counted(judged: Judged) -> None:
    entries = [
        entry("GET", "/pets/1", 200, REX),
        entry("GET", "/app.js", 200, "x", base="https://cdn.example.com"),
        entry("OPTIONS", "/pets", 204, Access_Control_Request_Method="GET"),
        entry("OPTIONS", "/pets", 204, **{"access-control-request-method": "GET"}),
        entry("GET", "/pets/2", 304, **{"If-None-Match": '"1"'}),
        entry("GET", "/pets/3", 0),
        entry("GET", "/owners", 200, []),
    ]
    _code, result, _out = judged(entries=entries)
    notes = " | ".join(result["notes"])
    assert "1 of 7 exchanges were judged; nothing was sent" in notes
    assert "1 went to other hosts: cdn.example.com (1)" in notes
    assert "preflight (CORS) (1)" in notes
    assert "not modified (304) (1)" in notes
    assert "no response (no response) (1)" in notes
    assert "GET /v1/owners (200: 1)" in notes
    assert told(result) == []


def test_a_body_that_was_not_recorded_is_not_judged(judged: Judged) -> None:
    bare = entry("GET", "/pets/1", 200, REX)
    del bare["response"]["content"]["text"]
    code, result, _out = judged(entries=[bare])
    assert told(result) == []
    (rule,) = [one for one in result["proof"] if one["rule"] == "SCHEMA-04"]
    assert (rule["verdict"], rule["reasons"][0]["reason"]) == ("unproven", "the recording has no body of a response")
    assert code == 0


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("https://api.example.com/v1", []),
        ("http://localhost:8080", []),
        ("http://localhost:8080/v1", []),
        ("http://localhost:8080/deep/er", ["--base-path", "/deep/er"]),
        ("http://127.0.0.1:8080/deep", ["http://localhost:8080/deep"]),
    ],
)
def test_the_base_of_the_paths_is_found(judged: Judged, base: str, words: list[str]) -> None:
    entries = [entry("GET", "/pets/1", 200, REX, base=base), entry("GET", "/x", 200, REX, base="https://other.example")]
    _code, result, _out = judged(*words, entries=entries)
    assert "1 of 2 exchanges were judged; nothing was sent" in result["notes"]


def test_a_url_chooses_among_the_hosts(judged: Judged) -> None:
    entries = [entry("GET", "/pets/1", 200, REX), entry("GET", "/pets/1", 500, {}, base="https://staging.example.com")]
    assert judged("https://staging.example.com", entries=entries)[0] == 1
    assert judged(BASE, entries=entries)[0] == 0


def test_nothing_that_was_seen_is_nothing_proven(judged: Judged) -> None:
    assert judged(entries=[entry("GET", "/x", 200, {}, base="https://other.example")])[0] == 2


def test_a_baseline_and_an_overlay_come_from_traffic_too(judged: Judged, tmp_path: Path) -> None:
    entries = [entry("GET", "/pets/1", 500, {}), entry("GET", "/pets?sort=1", 200, [REX])]
    assert judged("--write-baseline", "known.json", entries=entries)[0] == 0
    code, result, _out = judged("--baseline", "known.json", entries=entries)
    assert (code, result["summary"]["known"]) == (0, 2)


def test_a_recording_is_read_from_gzip_and_from_the_zip_of_playwright(judged: Judged, tmp_path: Path) -> None:
    one = entry("GET", "/pets/1", 200, REX, form="playwright")
    del one["response"]["content"]["text"]
    one["response"]["content"]["_file"] = "abc.json"
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("har.har", json.dumps(har(one)))
        archive.writestr("abc.json", json.dumps({"id": "one", "name": "Rex"}))
    (tmp_path / "t.har.gz").write_bytes(gzip.compress(json.dumps(har(entry("GET", "/pets/2", 200, REX))).encode()))
    _code, result, _out = judged("--har", "t.zip", "--har", "t.har.gz")
    assert [one["rule"] for one in result["findings"]] == ["SCHEMA-04"]
    assert result["run"]["requests"] == 2


def test_a_file_beside_a_recording_is_never_outside_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("no")
    folder = tmp_path / "in"
    folder.mkdir()
    one = entry("GET", "/pets/1", 200, REX)
    del one["response"]["content"]["text"]
    one["response"]["content"]["_file"] = "../secret"
    (folder / "t.har").write_text(json.dumps(har(one)))
    ((seen,), _notes) = reading.read(str(folder / "t.har"))
    assert seen.content is None


def test_an_entry_that_cannot_be_read_loses_no_other(judged: Judged) -> None:
    broken = entry("GET", "/pets/2", 200, REX)
    broken["request"]["url"] = 5
    _code, result, _out = judged(entries=[broken, entry("GET", "/pets/1", 200, REX)])
    assert "t.har: entry 0 was left out (request.url: expected str, got int)." in result["notes"]
    assert result["run"]["requests"] == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.har", None, "No such file"),
        ("t.har", b"{", "is no JSON"),
        ("t.har", b"{}", "is no HAR file (Object missing required field log)"),
        ("t.har", b"\xff\xfe", "is no JSON"),
        ("t.zip", b"PK", "it is damaged, or a ZIP file without a .har"),
        ("t.har", b"\x1f\x8bxx", "it is damaged"),
    ],
)
def test_what_is_no_recording_is_refused(name: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        reading.read(str(tmp_path / name))
    assert said in str(caught.value)


def test_a_place_is_a_host_with_its_unusual_port() -> None:
    assert place("HTTPS://Api.Example.com:443/a") == ("api.example.com", "/a") == place("http://api.example.com/a")
    assert place("http://[::1]:81/") == ("localhost:81", "/") == place("http://127.0.0.1:81/")
    assert place("http://[broken") == ("", "")


def test_without_traffic_the_servers_of_the_document_are_its_places(tmp_path: Path) -> None:
    (tmp_path / "shelter.json").write_text(json.dumps(DOCUMENT))
    found = bases(contract_of_file(tmp_path / "shelter.json", None), {}, ())
    assert list(found.values()) == [[("api.example.com", "/v1")]]
