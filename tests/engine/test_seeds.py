"""Seed data: what records may say, how copies are made, and what is refused with its file and the next step."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import orjson
import pytest

from specdouble.mock.state.collections import Collection
from specdouble.mock.state.seeds import SeedError, SeedFiles, seed
from specdouble.mock.state.world import World
from specdouble.moments import parse_stamp
from tests.pack import Options, boot, fixtures

DECLARED = (Collection("notes", by=("owner",), sums=("size",)), Collection("people", key="name"))


@pytest.fixture
def world() -> World:
    return World(Options(), DECLARED, {})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty fixtures folder."""
    (tmp_path / "pack").mkdir()
    return tmp_path


def files(root: Path) -> SeedFiles:
    return SeedFiles(root, ("pack", "other"))


def write(root: Path, name: str, *records: Any, folder: str = "pack") -> None:
    path = root / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / f"{name}.json").write_bytes(orjson.dumps({"records": list(records)}))


def test_records_become_documents_oldest_first(world: World, root: Path) -> None:
    write(root, "notes", {"id": 1, "created_at": "now-1d"}, {"id": 2, "created_at": "now-3d"}, {"id": 3})
    seed(world, files(root))
    assert [doc["id"] for doc in world.state["notes"].find()] == [3, 2, 1]


def test_date_math_stands_anywhere_in_a_record(world: World, root: Path) -> None:
    write(root, "people", {"name": "ada", "at": "now-3d12h", "in": {"list": ["now+1d", "nowhere"]}})
    seed(world, files(root))
    ada = world.state["people"].get("ada")
    assert ada is not None
    assert abs(world.clock.now() - parse_stamp(ada["at"]) - 302400) < 5
    assert abs(parse_stamp(ada["in"]["list"][0]) - world.clock.now() - 86400) < 5
    assert ada["in"]["list"][1] == "nowhere"


def test_a_repeated_record_steps_back_counts_and_cycles(world: World, root: Path) -> None:
    write(
        root,
        "notes",
        {
            "$repeat": {"times": 5, "every": "6h"},
            "id": {"$count": 100},
            "owner": {"$cycle": ["ada", "bob"]},
            "size": {"$cycle": [1, 2, 3]},
            "text": "note {n}",
            "created_at": "now-1d",
        },
    )
    seed(world, files(root))
    notes = list(world.state["notes"].newest())
    assert [doc["id"] for doc in notes] == [100, 101, 102, 103, 104]
    assert [doc["owner"] for doc in notes] == ["ada", "bob", "ada", "bob", "ada"]
    assert [doc["text"] for doc in notes] == ["note 1", "note 2", "note 3", "note 4", "note 5"]
    times = [parse_stamp(doc["created_at"]) for doc in notes]
    assert [round((one - other) / 3600) for one, other in itertools.pairwise(times)] == [6, 6, 6, 6]
    assert world.state["notes"].sum("size", owner="ada") == 1 + 3 + 2


def test_counters_go_on_after_the_highest_id(world: World, root: Path) -> None:
    write(root, "notes", {"id": 41}, {"id": 7})
    seed(world, files(root))
    assert world.serial("notes") == 42
    assert world.serial("people") == 1


def test_a_reset_returns_to_the_seed_data(world: World, root: Path) -> None:
    write(root, "notes", {"id": 1})
    seed(world, files(root))
    world.keep_as_pristine()
    world.state["notes"].add({"id": world.serial("notes")})
    world.commit()
    world.reset()
    assert [doc["id"] for doc in world.state["notes"]] == [1]
    assert world.serial("notes") == 2


def test_a_variant_replaces_whole_collections(world: World, root: Path) -> None:
    write(root, "notes", {"id": 1})
    write(root, "people", {"name": "ada"})
    write(root, "notes", {"id": 9}, folder="worlds/quiet")
    seed(world, files(root), "quiet")
    assert [doc["id"] for doc in world.state["notes"]] == [9]
    assert "ada" in world.state["people"]
    assert files(root).worlds() == ["default", "quiet"]


def test_a_variant_extends_what_it_says_it_extends(world: World, root: Path) -> None:
    write(root, "notes", {"id": 1, "owner": "ada", "size": 3}, {"id": 2, "owner": "bob", "size": 4})
    write(root, "notes", {"id": 2, "size": 9}, {"id": 5, "owner": "ada", "size": 1}, folder="worlds/loud")
    path = root / "worlds" / "loud" / "notes.json"
    path.write_bytes(path.read_bytes().replace(b"{", b'{"extends": true, ', 1))
    seed(world, files(root), "loud")
    assert world.state["notes"].get(2) == {"id": 2, "owner": "bob", "size": 9}
    assert world.state["notes"].sum("size", owner="ada") == 3 + 1
    assert world.serial("notes") == 6


def test_a_world_keeps_what_its_manifest_says(world: World, root: Path) -> None:
    write(root, "notes", {"id": 1}, {"id": 2})
    write(root, "people", {"name": "ada"})
    (root / "worlds" / "quiet").mkdir(parents=True)
    manifest = root / "worlds" / "quiet" / "world.json"
    manifest.write_bytes(b'{"description": "only the second note", "keep": {"notes": [2]}}')
    seed(world, files(root), "quiet")
    assert [doc["id"] for doc in world.state["notes"]] == [2]
    assert len(world.state["people"]) == 0
    assert files(root).manifest("quiet")["description"] == "only the second note"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", r"world\.json: "),
        (b"[]", r"world\.json: expected an object with description and keep"),
        (b'{"keep": {"notes": "all"}}', r"world\.json: keep must give each collection a list of ids, or true"),
        (b'{"keep": {"notes": [7]}}', r"world\.json: keep names 7 of notes, which the default seed data do not hold"),
        (b'{"keep": {"stars": true}}', r"world\.json: keep names stars, which the default seed data do not hold"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named(world: World, root: Path, content: bytes, said: str) -> None:
    write(root, "notes", {"id": 1})
    (root / "worlds" / "quiet").mkdir(parents=True)
    (root / "worlds" / "quiet" / "world.json").write_bytes(content)
    with pytest.raises(SeedError, match=said):
        seed(world, files(root), "quiet")


def test_an_unknown_world_lists_the_known_ones(world: World, root: Path) -> None:
    (root / "worlds" / "quiet").mkdir(parents=True)
    with pytest.raises(SeedError, match=r"no world called 'loud'.*Choose one of: default, quiet"):
        seed(world, files(root), "loud")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("stars", b'{"records": []}', r"stars\.json: nothing declares a collection 'stars'; known are .*notes"),
        ("notes", b"{", r"notes\.json: "),
        ("notes", b"[]", r"notes\.json: expected an object with a list called records"),
        ("notes", b'{"records": {}}', r"notes\.json: expected an object with a list called records"),
        ("notes", b'{"records": [5]}', r"notes\.json: record 0 is not an object"),
        ("notes", b'{"records": [{"id": 1}, {"id": 1}]}', r"notes\.json: .*already holds 1.*ids stand once"),
        ("notes", b'{"records": [{"name": "x"}]}', r"notes\.json: .*'id'.*every record has one"),
        ("notes", b'{"records": [{"$repeat": {"times": 2}, "id": 1}]}', r"notes\.json: record 0: .*every"),
        (
            "notes",
            b'{"records": [{"$repeat": {"times": 2, "every": "soon"}, "id": 1}]}',
            r"notes\.json: record 0: .*soon",
        ),
        ("notes", b'{"records": [{"$repeat": {"times": "2", "every": "1h"}, "id": 1}]}', r"notes\.json: record 0: "),
        ("notes", b'{"records": [{"id": 1, "created_at": "yesterday"}]}', r"notes\.json: .*yesterday"),
        ("notes", b'{"records": [{"id": 1, "owner": ["ada"]}]}', r"notes\.json: "),
    ],
)
def test_a_fixture_that_does_not_fit_names_its_file(
    world: World, root: Path, name: str, content: bytes, said: str
) -> None:
    (root / "pack" / f"{name}.json").write_bytes(content)
    with pytest.raises(SeedError, match=said):
        seed(world, files(root))


def test_the_bundled_worlds_load(world: World) -> None:
    for name in fixtures.worlds():
        assert len(boot(Options(world=name)).world.state["users"]) > 0
