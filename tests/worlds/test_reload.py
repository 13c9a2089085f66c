"""What ``serve --reload`` looks at, wherever it lies, and what it says of a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from specdouble.cli.reload import CARRY, differences, digests, leave, take_over, watched
from specdouble.cli.target import Target
from specdouble.packs.target import contract_of_target
from tests.installing import ROOT
from tests.pack import Options, boot


class Added:
    """A change as `watchfiles` names it."""

    name = "added"


DOCUMENT = """\
openapi: 3.1.0
info: {title: Ships, version: "1"}
paths:
  /ships:
    get: {responses: {"200": {description: All, content: {application/json: {schema: {$ref: "parts/ship.yaml"}}}}}}
    post: {responses: {"201": {description: Made}}}
"""
SHIP = "type: array\nitems: {type: object, properties: {id: {type: integer}}}\n"


def project(folder: Path) -> Path:
    """Write a project into a folder."""
    for path, text in {
        "specs/ships.yaml": DOCUMENT,
        "specs/parts/ship.yaml": SHIP,
        "specs/ships.overlay.yaml": "overlay: 1.0.0\ninfo: {title: x, version: '1'}\n"
        "actions: [{target: $.info, update: {title: Boats}}]\n",
        "fixtures/ship.json": '{"records": []}',
        "fixtures/worlds/busy/ship.json": '{"records": []}',
        "mockserver/__init__.py": "",
        "mockserver/__pycache__/x.py": "",
    }.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.mark.parametrize("place", ["ships", ".venv/lib/python3.11/site-packages/ships", "node_modules/ships", ".git/x"])
def test_every_file_of_a_pack_matters_wherever_the_pack_lies(tmp_path: Path, place: str) -> None:
    folder = project(tmp_path / place)
    held = watched(Target([str(folder)], None), [str(folder)], None)
    for path in ("specs/ships.yaml", "specs/parts/ship.yaml", "specs/ships.overlay.yaml", "specs/pack.toml",
                 "fixtures/ship.json", "fixtures/worlds/busy/ship.json", "mockserver/__init__.py"):  # fmt: skip
        assert held.matters(None, str(folder / path)), path
        assert (folder / path).parent in held.folders, path
    for path in ("mockserver/__pycache__/x.py", "specs/ships.yaml.swp", "README.md"):
        assert not held.matters(None, str(folder / path)), path
    (folder / "mockserver" / "more").mkdir()
    assert held.matters(Added, str(folder / "mockserver" / "more"))


@pytest.mark.parametrize("place", ["ships", ".venv/ships"])
def test_beside_a_document_its_parts_overlay_seed_data_and_handlers_matter(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path / place) / "specs"
    (folder / "fixtures").mkdir()
    (folder / "other.yaml").write_text("a: 1")
    monkeypatch.chdir(folder)
    held = watched(Target(["ships.yaml"], None), ["ships.yaml"], None)
    for path in ("ships.yaml", "parts/ship.yaml", "ships.overlay.yaml", "ships.overlay.json", "fixtures/ship.json",
                 "mockserver", "specdouble.toml"):  # fmt: skip
        assert held.matters(None, str(folder / path)), path
    assert not held.matters(None, str(folder / "other.yaml"))


def test_a_bundled_pack_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    held = watched(Target([], None), [], None)
    for path in ("specs/imperal/pack.toml", "mockserver/imperal/auth_gateway/identity/auth.py",
                 "fixtures/imperal/worlds/overdrawn/cards.json"):  # fmt: skip
        assert held.matters(None, str(ROOT / path)), path


def test_times_that_moved_on_are_no_new_seed_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CARRY, str(tmp_path / "left.json"))
    noon = 1_780_315_200.0
    monkeypatch.setattr("time.time", lambda: noon)
    leave(boot(Options(seed=7)).world)
    monkeypatch.setattr("time.time", lambda: noon + 600)
    after = boot(Options(seed=7))
    assert take_over(after.world) == []
    left = orjson.loads((tmp_path / "left.json").read_bytes())
    left["began"]["cards"][0]["last4"] = "0000"
    (tmp_path / "left.json").write_bytes(orjson.dumps(left))
    assert [one for one in take_over(after.world) if not one.startswith("cards")] == []


def test_a_change_of_the_document_is_told_by_operation(tmp_path: Path) -> None:
    folder = project(tmp_path)

    def now() -> dict[str, str]:
        return digests(contract_of_target(str(folder / "specs" / "ships.yaml")))

    def change(old: str, new: str) -> None:
        file = folder / "specs" / "ships.yaml"
        file.write_text(file.read_text().replace(old, new))

    before = now()
    assert differences(before, now()) == []
    change("    post:", "    put:")
    change("description: All", "description: Every ship")
    assert differences(before, now()) == ["new: PUT /ships", "gone: POST /ships", "changed: GET /ships"]
    many: dict[str, Any] = {f"GET /{number}": "x" for number in range(20)}
    assert differences({}, many)[0].endswith("GET /11 and 8 more")
