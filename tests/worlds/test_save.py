"""A world is saved as a folder that is small and readable, and a server of the folder begins with the same."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from specdouble.cli.reload import _is_same
from specdouble.cli.save import save
from specdouble.errors import SpecdoubleError
from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.saving.files import saved
from specdouble.mock.saving.relative import since_now
from specdouble.mock.state.world import World
from specdouble.mock.transports.app import create_app
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target
from tests.conftest import Client
from tests.installing import ROOT
from tests.pack import boot as boot_pack
from tests.world.invariants import broken, indexes

LIBRARY = ROOT / "docs" / "examples" / "library.yaml"
SIGN_INS = ("sessions",)


def client(platform: Platform) -> Client:
    return Client(create_app(platform, next(iter(platform.services))))


def written(files: dict[str, str], folder: Path) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def differing(one: World, other: World, leave_out: tuple[str, ...] = ()) -> list[str]:
    """Return the collections in which two worlds differ by more than the moments at which they began."""
    shift = other.clock.now() - one.clock.now()
    return [
        name
        for name in one.state.names()
        if name not in leave_out
        and not _is_same(list(one.state[name]), list(other.state[name]), shift)
        and not _is_same(list(one.state[name]), list(other.state[name]), 0)
    ]


@pytest.fixture
def used() -> tuple[Platform, str]:
    """A platform of a pack in which things were made, changed and removed, and the secret of a key."""
    platform = boot_pack()
    gateway = client(platform)
    user = gateway.login()
    key = user.post("/v1/keys", {"name": "kept {n} now"}).json
    for one in user.get("/v1/keys").json:
        if one["id"] != key["id"]:
            user.delete(f"/v1/keys/{one['id']}")
    user.patch("/v1/me/settings", {"confirmation_ttl": 120})
    gateway.patch("/__mock__/collections/cards/pm_mc5454", {"exp_year": 2031})
    gateway.delete("/__mock__/collections/cards/pm_amex0005")
    return platform, key["key"]


def test_a_pack_is_saved_as_what_differs(used: tuple[Platform, str], tmp_path: Path) -> None:
    platform, secret = used
    files = saved(platform, platform.world)
    assert 'extends = "imperal"' in files["specs/pack.toml"]
    cards = json.loads(files["fixtures/cards.json"])
    changed = [{"id": "pm_mc5454", "exp_year": 2031}]
    assert cards == {"extends": True, "ordered": True, "without": ["pm_amex0005"], "records": changed}
    changed = json.loads(files["fixtures/users.json"])["records"]
    assert [list(one) for one in changed] == [["imperal_id", "updated_at", "last_login"]]
    assert "fixtures/ledger.json" not in files
    assert "fixtures/sessions.json" not in files
    assert sum(map(len, files.values())) < 10_000
    assert secret not in str(files), "the digest of a secret is saved, the secret is not"
    again = boot(contract_of_target(str(written(files, tmp_path / "kept"))))
    assert differing(platform.world, again.world, (*SIGN_INS, "timers", "counters", "events")) == []
    assert [*broken(again.world), *indexes(again.world)] == []
    with_key = Client(create_app(again, "auth_gateway")).key(secret)
    assert [one["name"] for one in with_key.get("/v1/keys").json] == ["kept {n} now"]
    login = Client(create_app(again, "auth_gateway")).login()
    assert login.get("/v1/me/settings").json["settings"]["confirmation_ttl"] == 120


def test_everything_can_be_saved(used: tuple[Platform, str], tmp_path: Path) -> None:
    platform, _ = used
    files = saved(platform, platform.world, everything=True)
    assert "now-" in files["fixtures/users.json"]
    again = boot(contract_of_target(str(written(files, tmp_path / "whole"))))
    assert differing(platform.world, again.world, (*SIGN_INS, "timers", "counters", "events")) == []


def test_a_world_of_other_seed_data_and_a_saved_one_are_saved(tmp_path: Path) -> None:
    platform = boot_pack()
    world = platform.worlds.make("w1", "overdrawn")
    again = boot(contract_of_target(str(written(saved(platform, world), tmp_path / "poor"))))
    assert differing(world, again.world, (*SIGN_INS, "timers", "counters")) == []
    gateway = client(again)
    gateway.delete("/__mock__/collections/cards/pm_ada0341")
    third = boot(contract_of_target(str(written(saved(again, again.world), tmp_path / "poorer"))))
    assert third.world.state["cards"].get("pm_ada0341") is None
    assert differing(again.world, third.world, (*SIGN_INS, "timers", "counters")) == []


def test_what_is_still_to_happen_happens(tmp_path: Path) -> None:
    platform = boot_pack()
    world = platform.world
    name = "settle_deploy" if "settle_deploy" in world.timers else min(world.timers)
    world.later(90, name, deploy_id="x")
    world.commit()
    again = boot(contract_of_target(str(written(saved(platform, world), tmp_path / "later"))))
    found = [one for one in again.world.state["timers"] if one["payload"] == {"deploy_id": "x"}]
    assert [round((one["at"] - again.world.clock.now()) / 10) for one in found] == [9]


def test_a_document_is_saved_with_its_items(tmp_path: Path) -> None:
    platform = boot(contract_of_target(str(LIBRARY)), Options(seed=3))
    library = client(platform)
    made = library.post("/books", {"title": "Emma", "author": "Jane Austen"}).json["book"]
    first = library.get("/books").json["books"][-1]["id"]
    library.delete(f"/books/{first}")
    loan = library.post(f"/books/{made['id']}/loans", {"reader": "Ada"})
    files = saved(platform, platform.world)
    assert files["specs/library.yaml"] == LIBRARY.read_text()
    assert {"title": "Emma", "author": "Jane Austen", "id": made["id"]} in json.loads(files["fixtures/book.json"])[
        "records"
    ]
    again = client(boot(contract_of_target(str(written(files, tmp_path / "library"))), Options(seed=3)))
    for path in ("/books", f"/books/{made['id']}", f"/books/{first}", f"/books/{made['id']}/loans"):
        before, after = library.get(path), again.get(path)
        assert (after.status, after.json) == (before.status, before.json), path
    more = again.post("/books", {"title": "Persuasion", "author": "Jane Austen"})
    assert more.status == 201
    assert more.json["book"]["id"] == library.post("/books", {"title": "x", "author": "y"}).json["book"]["id"]
    assert loan.status == 201


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "now"), (-1, "now-1s"), (90, "now+1m30s"), (-273_600, "now-3d4h"), (86_400, "now+1d")],
)
def test_a_time_counts_from_now(seconds: float, text: str) -> None:
    assert since_now(seconds) == text


# -- the command ---------------------------------------------------------------------------------------------------


def test_saving_leaves_no_world_behind() -> None:
    """Neither those in which it was tried whether what is written makes the same items."""
    platform = boot(contract_of_target(str(LIBRARY)))
    client(platform).post("/books", {"title": "Emma", "author": "x"})
    saved(platform, platform.world)
    gc.collect()
    gc.disable()
    try:
        before = worlds()
        for _ in range(3):
            assert saved(platform, platform.world)["fixtures/book.json"]
        assert worlds() == before
    finally:
        gc.enable()


def worlds() -> int:
    return sum(isinstance(one, World) for one in gc.get_objects())


def run(*words: str) -> Result:
    return CliRunner().invoke(save, words, catch_exceptions=True)


def test_the_command_saves_a_world_of_a_server(tmp_path: Path) -> None:
    platform = boot(contract_of_target(str(LIBRARY)))
    library = client(platform)
    platform.worlds.make("w1")
    library.post("/books", {"title": "Emma", "author": "x"}, headers={"X-Specdouble-World": "w1"})
    with serving(platform) as urls:
        url = next(iter(urls.values()))
        done = run(str(tmp_path / "a"), "--url", url, "--world", "w1")
        assert done.exit_code == 0, done.output
        assert "specs/library.yaml" in done.output
        made = [tmp_path / "a", *(tmp_path / "a").rglob("*")]
        assert {path.stat().st_mode & 0o077 for path in made} == {0}, "others may not read them"
        again = client(boot(contract_of_target(str(tmp_path / "a"))))
        assert "Emma" in [one["title"] for one in again.get("/books").json["books"]]
        assert run(str(tmp_path / "main"), "--url", url).exit_code == 0
        assert not (tmp_path / "main" / "fixtures").exists()
        twice = run(str(tmp_path / "a"), "--url", url)
        assert "already, and nothing was written" in str(twice.exception)
        nowhere = run(str(tmp_path / "b"), "--url", url, "--world", "w2")
        assert "there is no world 'w2'. Did you mean w1?" in str(nowhere.exception).replace('\\"', '"')
    silent = run(str(tmp_path / "c"), "--url", url)
    assert isinstance(silent.exception, SpecdoubleError)
    assert "no server of specdouble answers there" in str(silent.exception)
    assert not (tmp_path / "c").exists()


def test_a_project_folder_is_named_from_the_one_that_is_saved(tmp_path: Path) -> None:
    (tmp_path / "project" / "specs").mkdir(parents=True)
    (tmp_path / "project" / "specs" / "library.yaml").write_text(LIBRARY.read_text())
    platform = boot(contract_of_target(str(tmp_path / "project")))
    client(platform).post("/books", {"title": "Emma", "author": "x"})
    with serving(platform) as urls:
        assert run(str(tmp_path / "kept"), "--url", next(iter(urls.values()))).exit_code == 0
    text: Any = (tmp_path / "kept" / "specs" / "pack.toml").read_text()
    assert 'extends = "../project"' in text
    again = client(boot(contract_of_target(str(tmp_path / "kept"))))
    assert "Emma" in [one["title"] for one in again.get("/books").json["books"]]
