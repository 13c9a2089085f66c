"""``specdouble init`` writes a project that is served and verified as it is, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specdouble.cli.init import init
from specdouble.errors import SpecdoubleError
from specdouble.mock.boot import boot
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target
from tests.conftest import Client
from tests.installing import ROOT

LIBRARY = ROOT / "docs" / "examples" / "library.yaml"
FILES = {
    "README.md", "specs/README.md", "fixtures/README.md", "mockserver/README.md", "mockserver/__init__.py",
    "contract_tests/README.md",
}  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(init, words, catch_exceptions=True)


def files(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and one.suffix != ".pyc"}


def served(folder: str) -> Client:
    platform = boot(contract_of_target(folder))
    return Client(create_app(platform, next(iter(platform.services))))


def test_without_a_document_there_is_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("my-notes")
    assert done.exit_code == 0, done.output
    assert files(tmp_path / "my-notes") == {*FILES, "specs/notes.yaml"}
    assert "specdouble serve my-notes" in done.output
    client = served("my-notes")
    made = client.post("/notes", {"title": "Buy bread"})
    assert made.status == 201
    assert client.get(f"/notes/{made.json['id']}").json == made.json


def test_the_present_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("--from", str(LIBRARY)).exit_code == 0
    assert (tmp_path / "here" / "specs" / "library.yaml").read_bytes() == LIBRARY.read_bytes()
    assert served(".").get("/books").status == 200
    assert "`book`" in Path("fixtures/README.md").read_text()


def test_the_handler_and_the_seed_data_that_are_explained_work(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    run(str(folder), "--from", str(LIBRARY))
    handler = (folder / "mockserver" / "README.md").read_text().split("```python\n")[1].split("```")[0]
    (folder / "mockserver" / "closed.py").write_text(handler)
    records = (folder / "fixtures" / "README.md").read_text().split("```json\n")[1].split("```")[0]
    (folder / "fixtures" / "book.json").write_text(records)
    client = served(str(folder))
    assert client.get("/books").status == 503
    assert client.get("/books/1").json["book"]["id"] == 1


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "README.md").write_text("mine")
    done = run(str(tmp_path))
    assert isinstance(done.exception, SpecdoubleError)
    assert "there is fixtures/README.md already, and nothing was written" in str(done.exception)
    assert files(tmp_path) == {"fixtures/README.md"}


def test_a_document_of_several_files_becomes_one_and_its_overlay_comes_along(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "parts").mkdir(parents=True)
    (source / "api.yaml").write_text(
        'openapi: 3.1.0\ninfo: {title: T, version: "1"}\n'
        'paths: {/things: {get: {responses: {"200": {description: All, content: {application/json: '
        '{schema: {type: array, items: {$ref: "parts/thing.yaml"}}}}}}}}}\n'
    )
    (source / "parts" / "thing.yaml").write_text(
        "type: object\nproperties: {id: {type: integer}, name: {type: string}}\n"
    )
    (source / "api.overlay.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions: [{target: $.info, update: {title: Over}}]\n"
    )
    assert run(str(tmp_path / "made"), "--from", str(source / "api.yaml")).exit_code == 0
    assert files(tmp_path / "made") == {*FILES, "specs/api.json", "specs/api.overlay.yaml"}
    client = served(str(tmp_path / "made"))
    assert client.get("/openapi.json").json["info"]["title"] == "Over"
    assert {"id", "name"} <= client.get("/things").json[0].keys()


def test_what_is_no_document_is_said_before_anything_is_written(tmp_path: Path) -> None:
    done = run(str(tmp_path / "made"), "--from", str(tmp_path / "nothing.yaml"))
    assert "no such file" in str(done.exception)
    assert not (tmp_path / "made").exists()
