"""Targets that are no plain files: standard input, pipes, devices, nothing; what cannot be read is one line."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from specdouble import packs
from specdouble.cli.main import main
from specdouble.packs import documents
from specdouble.packs.target import contract_of_targets

LIBRARY = Path(__file__).parents[2] / "docs" / "examples" / "library.yaml"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(packs, "_added", dict(packs._added))
    documents._drained.cache_clear()
    yield
    documents._drained.cache_clear()
    packs.manifest_of.cache_clear()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*words: str, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["specdouble", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def refused(done: tuple[int, str, str], *parts: str) -> None:
    code, _, said = done
    assert code == 2, said
    assert said.count("\n") == 1, said
    assert [one for one in parts if one not in said] == [], said


def test_a_document_comes_from_standard_input(run: Run) -> None:
    code, out, _ = run("routes", "-", given=LIBRARY.read_bytes())
    assert (code, "GET /books" in out) == (0, True)
    code, out, _ = run("spec", "lint", "-", given=LIBRARY.read_bytes())
    assert code == 0, out
    documents._drained.cache_clear()
    refused(run("serve", "-"), "-: nothing came through it")


def test_a_server_reads_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[str] = []
    monkeypatch.setattr("specdouble.cli.serve.start", lambda target, *_: served.append(target.contract.title))
    assert run("serve", "-", given=LIBRARY.read_bytes())[0] == 0
    assert served == ["api"]
    refused(run("serve", "-", "--reload", given=LIBRARY.read_bytes()), "--reload")


def test_a_run_of_the_verifier_needs_a_file(run: Run) -> None:
    refused(run("verify", "--spec", "-", "http://localhost:1", given=LIBRARY.read_bytes()), "--spec -")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "63"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(LIBRARY.read_bytes(),))
    writer.start()
    contract = contract_of_targets([str(pipe)])
    writer.join()
    assert any(one.path == "/books" for one in contract.first.document.operations)


def test_an_empty_target_is_refused(run: Run) -> None:
    refused(run("serve", ""), "the target is empty")
    refused(run("routes", ""), "the target is empty")


def test_what_cannot_be_read_is_no_typing_error(run: Run) -> None:
    done = run("serve", os.devnull)
    refused(done, os.devnull)
    assert "Did you mean" not in done[2]


@pytest.mark.parametrize("words", [("serve", "there"), ("init", "there"), ("routes", "there/x.yaml")])
def test_a_folder_that_may_not_be_read_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    folder = tmp_path / "there"
    folder.mkdir()

    def denied(path: Path, *_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    for name in ("iterdir", "mkdir") if words[0] != "init" else ("exists", "mkdir"):
        monkeypatch.setattr(Path, name, denied)
    refused(run(*words), "there")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("serve", "lib.yaml", "--overlay", "overlay.yml"), ("--overlay overlay.yml", "Did you mean overlay.yaml?")),
        (("routes", "lib.yaml", "--overlay", "overlay.yml"), ("--overlay overlay.yml", "Did you mean overlay.yaml?")),
        (("serve", "lib.yaml", "--host", ""), ("--host: it is empty", "0.0.0.0")),
    ],
)
def test_a_setting_that_cannot_be_meant_is_one_line(
    run: Run, tmp_path: Path, words: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    (tmp_path / "lib.yaml").write_bytes(LIBRARY.read_bytes())
    (tmp_path / "overlay.yaml").touch()
    refused(run(*words), *parts)


def test_an_empty_variable_of_a_secret_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("specdouble.cli.serve.start", lambda *given: started.append(given))
    monkeypatch.setenv("SPECDOUBLE_SERVICE_TOKEN", "")
    refused(run("serve"), "SPECDOUBLE_SERVICE_TOKEN: it is empty")
    assert run("serve", "--service-token", "given")[0] == 0
    assert len(started) == 1


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"[serve\n", ("specdouble.toml: line 1", "expected ']'", "NAME = VALUE")),
        (b'[serve]\nworld = "\xff"\n', ("specdouble.toml: line 2", "UTF-8")),
        (None, ("specdouble.toml: it is a folder", "move the folder")),
    ],
)
def test_settings_that_cannot_be_read_are_one_line(
    run: Run, tmp_path: Path, content: bytes | None, parts: tuple[str, ...]
) -> None:
    file = tmp_path / "specdouble.toml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    refused(run("serve"), *parts)


def test_a_file_that_a_reference_names_and_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text("x: {type: string}\n")
    (tmp_path / "api.yaml").write_text(
        'openapi: 3.0.3\ninfo: {title: A, version: "1"}\npaths: {}\n'
        'components: {schemas: {A: {$ref: "./prats.yaml#/x"}}}\n'
    )
    _, _, said = run("serve", "--strict-document", "--port", "0", "api.yaml")
    assert "./prats.yaml#/x names a file that is not there (did you mean ./parts.yaml?)" in said
    assert "names a file that is not there" in run("spec", "lint", "api.yaml")[1]
