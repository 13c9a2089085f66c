"""Reading documents: formats, sources, and errors that say what to do."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdouble.openapi import SpecError, load
from specdouble.openapi.reading import parse

DOCUMENT = b'{"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}'


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            self.server.released.wait(5)  # type: ignore[attr-defined]
            return
        found = self.path == "/openapi.json"
        body = DOCUMENT if found else b"nothing"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        http.released = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.released.set()  # type: ignore[attr-defined]
        http.shutdown()
        thread.join()


def test_json_and_yaml_and_urls_say_the_same(tmp_path: Path, server: str) -> None:
    (tmp_path / "a.json").write_bytes(DOCUMENT)
    (tmp_path / "a.yaml").write_text("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n")

    documents = [load(tmp_path / "a.json"), load(str(tmp_path / "a.yaml")), load(f"{server}/openapi.json")]

    assert documents[0] == documents[1] == documents[2]


def test_yaml_is_read_as_json_would_have_it() -> None:
    text = b"""
    day: 2026-06-21
    at: 2026-06-21T10:00:00Z
    switch: on
    answer: no
    flag: true
    200: {description: fine}
    """

    assert parse(text, "t") == {
        "day": "2026-06-21",
        "at": "2026-06-21T10:00:00Z",
        "switch": "on",
        "answer": "no",
        "flag": True,
        "200": {"description": "fine"},
    }


def test_yaml_in_braces_is_not_taken_for_broken_json() -> None:
    assert parse(b"{openapi: 3.1.0, paths: {}}", "t") == {"openapi": "3.1.0", "paths": {}}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", b'{\n "openapi": "3.1.0",\n "paths": }', r"a\.json: line 3 is not valid JSON"),
        ("a.yaml", b"openapi: 3.1.0\npaths: [\n", r"a\.yaml: line 3 is not valid YAML"),
        ("a.yaml", b"a: &x 1\nb: !!python/name:os.system x\n", "line 2 is not valid YAML"),
        ("a.json", b"\xff\xfe\x00", "neither JSON nor YAML"),
        ("a.yaml", b"just words", "holds no mapping"),
        ("a.yaml", b"", "it is empty"),
        ("a.json", b'["a"]', "holds no mapping"),
        ("a.json", b'{"swagger": "1.2", "paths": {}}', "says '1.2', not 2.0 or 3.x"),
        ("a.yaml", b"swagger: 1.2\npaths: {}", "says '1.2', not 2.0 or 3.x"),
        ("a.yaml", b"asyncapi: 2.6.0\nchannels: {}", "this is an AsyncAPI document"),
        ("a.yaml", b"openapi: 3.0.0\ninfo:\n\ttitle: a", r"line 3 is not valid YAML \(a tab stands"),
        ("a.json", b'{"overlay": "1.0.0", "actions": []}', "an overlay, not a document"),
        ("a.json", b'{"openapi": "3.1.0"}', "no paths"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, name: str, text: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(text)

    with pytest.raises(SpecError, match=message):
        load(tmp_path / name)


@pytest.mark.parametrize("text", [b"swagger: 2.0\npaths: {}", b"openapi: 3.0\npaths: {}"])
def test_a_version_without_quotes_is_understood(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(text)

    assert load(tmp_path / "a.yaml")["paths"] == {}


def test_missing_file_offers_the_closest(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(DOCUMENT)

    with pytest.raises(SpecError, match=r"opnapi\.json: no such file\. Did you mean .*openapi\.json\?"):
        load(tmp_path / "opnapi.json")


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="this is a folder"):
        load(tmp_path)


def test_server_that_refuses(server: str) -> None:
    with pytest.raises(SpecError, match="the server responded with 404"):
        load(f"{server}/other.json")


def test_server_that_takes_too_long(server: str) -> None:
    with pytest.raises(SpecError, match=r"no response within 0\.1 seconds"):
        load(f"{server}/slow", timeout=0.1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/openapi.json", "http://[", "https://127.0.0.1:1/openapi.json"])
def test_address_without_a_server(url: str) -> None:
    with pytest.raises(SpecError, match="cannot be reached"):
        load(url)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(SpecError):
        parse(data, "t")
