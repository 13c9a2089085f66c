"""What is there at the start: how much, from where, the same on every machine; and what stays when files change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble.cli.reload import CARRY, leave, take_over
from specdouble.errors import SpecdoubleError
from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target
from tests.inferred.conftest import DOCUMENTS, Served
from tests.inferred.test_serve import document, free_port, get, wait_for, write

WORLD = """
import json, sys
from specdouble.mock.boot import boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_targets

platform = boot(contract_of_targets(sys.argv[2:]), Options(seed=int(sys.argv[1]), items=4))
for name, service in platform.services.items():
    client = create_app(platform, name).test_client()
    for one in service.document.operations:
        if one.method == "GET" and "{" not in one.path:
            client.get(one.path, headers={"authorization": "Bearer x"})
print(json.dumps(platform.world.state.snapshot(), sort_keys=True, default=str))
"""
PLACES = (
    {"PYTHONHASHSEED": "1", "TZ": "America/Los_Angeles", "LC_ALL": "C", "LANG": "C"},
    {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
)


def world(seed: int, place: dict[str, str]) -> str:
    names = sorted(map(str, DOCUMENTS.glob("*.yaml")))
    variables = {**os.environ, **place, "SPECDOUBLE_CACHE": "off"}
    done = subprocess.run(
        [sys.executable, "-c", WORLD, str(seed), *names], env=variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_seed_gives_one_world_on_every_machine() -> None:
    first = world(7, PLACES[0])
    assert len(first) > 20_000
    assert world(7, PLACES[1]) == first
    assert world(8, PLACES[0]) != first


@pytest.mark.parametrize(("given", "count"), [({}, 3), ({"items": 7}, 7), ({"items": 1}, 1), ({"empty": True}, 0)])
def test_as_many_items_are_there_as_are_asked_for(given: dict[str, Any], count: int, served: Served) -> None:
    client = served(document("ship"), **given)
    assert len(client.get("/ships").json) == count
    assert client.post("/ships", {"name": "Argo"}).status == 201
    assert len(client.get("/ships").json) == count + 1


# -- a folder of seed data ---------------------------------------------------------------------------------------------


def with_records(folder: Path, text: str, name: str = "ship") -> Platform:
    (folder / "fixtures").mkdir(exist_ok=True)
    (folder / "fixtures" / f"{name}.json").write_text(text)
    return boot(contract_of_target(write(folder, "ship")), Options())


def test_seed_data_beside_the_document_are_there_instead(tmp_path: Path) -> None:
    records = '{"records": [{"id": 7, "name": "Argo"}, {"$repeat": {"times": 2, "every": "1h"}, "name": "Boat {n}"}]}'
    client = create_app(with_records(tmp_path, records), "ship").test_client()
    assert sorted(one["name"] for one in client.get("/ships").json) == ["Argo", "Boat 1", "Boat 2"]
    assert client.get("/ships/7").json == {"id": 7, "name": "Argo"}
    assert client.post("/ships", json={"name": "x"}).json["id"] > 7


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ('{"records": []}', "shipp", "shipp.json: nothing declares a collection 'shipp'.* Did you mean ship?"),
        ('[{"id": 1}]', "ship", "ship.json: expected an object with a list called records"),
        ('{"records": [', "ship", "ship.json: unexpected end of data"),
    ],
)
def test_what_cannot_be_seed_data_is_told(text: str, name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SpecdoubleError, match=said):
        with_records(tmp_path, text, name)


def test_what_the_document_does_not_allow_is_told_and_put_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    records = '{"records": [{"id": 1, "name": "right"}, {"id": "two", "name": 5, "more": [1]}]}'
    client = create_app(with_records(tmp_path, records), "ship").test_client()
    said = "the document does not allow its"
    assert [one.getMessage() for one in caplog.records] == [
        f"fixtures/ship.json: record 2: {said} {member}; it is put right where it is shown" for member in ("id", "name")
    ]
    assert [(type(one["id"]), type(one["name"])) for one in client.get("/ships").json] == [(int, str)] * 2


# -- the world as a file -----------------------------------------------------------------------------------------------


def test_a_world_goes_from_one_server_to_another(tmp_path: Path) -> None:
    target = str(DOCUMENTS / "office.yaml")
    ours, theirs = (
        create_app(boot(contract_of_target(target), Options(seed=one)), "office").test_client() for one in (1, 2)
    )
    headers = {"authorization": "Bearer any"}
    made = ours.post("/api/documents", json={"title": "Minutes"}, headers=headers).json
    assert theirs.get("/api/documents", headers=headers).json != ours.get("/api/documents", headers=headers).json
    exported = tmp_path / "world.json"
    exported.write_bytes(ours.get("/__mock__/world").data)
    assert theirs.put("/__mock__/world", data=exported.read_bytes()).status_code == 200
    assert made["title"] in theirs.get("/api/documents", headers=headers).text
    assert theirs.get("/api/documents", headers=headers).json == ours.get("/api/documents", headers=headers).json


# -- a server that starts again ----------------------------------------------------------------------------------------

Again = Callable[[Platform], tuple[Any, list[str]]]


@pytest.fixture
def again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Again:
    """Leave the state of a server to the next one of the same file; returns its client and what it tells."""
    monkeypatch.setenv(CARRY, str(tmp_path / "carried.json"))

    def start(platform: Platform) -> tuple[Any, list[str]]:
        leave(platform.world)
        following = boot(contract_of_target(str(tmp_path / "ship.yaml")), Options())
        told = take_over(following.world)
        return create_app(following, "ship").test_client(), told

    return start


def names(client: Any) -> list[str]:
    return sorted(one["name"] for one in client.get("/ships").json)


def test_new_seed_data_stand_beside_what_clients_made(tmp_path: Path, again: Again) -> None:
    platform = with_records(tmp_path, '{"records": [{"id": 1, "name": "old"}]}')
    client = create_app(platform, "ship").test_client()
    mine = client.post("/ships", json={"name": "mine"}).json
    assert mine["id"] == 2
    (tmp_path / "fixtures" / "ship.json").write_text(
        json.dumps({"records": [{"id": one, "name": f"new {one}"} for one in (1, 2, 3, 4)]})
    )
    client, told = again(platform)
    assert told == ["ship has new seed data; 1 items of clients stay"]
    assert names(client) == ["mine", "new 1", "new 3", "new 4"]  # what a client made keeps its key
    assert client.get("/ships/2").json == mine
    ids = {client.post("/ships", json={"name": "next"}).json["id"] for _ in range(3)}
    assert ids == {5, 6, 7}
    assert len(client.get("/ships").json) == 7


def test_a_changed_item_of_the_seed_data_stays_changed_where_these_are_as_they_were(
    tmp_path: Path, again: Again
) -> None:
    platform = with_records(tmp_path, '{"records": [{"id": 1, "name": "old"}, {"id": 2, "name": "other"}]}')
    create_app(platform, "ship").test_client().post("/ships", json={"name": "mine"})
    write(tmp_path, "ship", colour={"type": "string", "default": "blue"})
    client, told = again(platform)
    assert told == []
    assert names(client) == ["mine", "old", "other"]


def test_items_of_a_resource_that_is_gone_are_told(tmp_path: Path, again: Again) -> None:
    platform = with_records(tmp_path, '{"records": [{"id": 1, "name": "old"}]}')
    (tmp_path / "fixtures" / "ship.json").unlink()
    write(tmp_path, "boat")
    (tmp_path / "boat.yaml").rename(tmp_path / "ship.yaml")
    _, told = again(platform)
    assert told == ["ship is gone, with 1 items", "boat is new, with 3 items"]


@pytest.fixture
def reloading(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server with ``--reload`` in a folder with nothing but its document."""
    port, log = free_port(), tmp_path.parent / f"{tmp_path.name}.log"
    command = [sys.executable, "-m", "specdouble", "serve", "ship.yaml", "--reload", "--port", str(port)]
    write(tmp_path, "ship")
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=out)
        try:
            wait_for(lambda: get(f"http://127.0.0.1:{port}/ships"))
            yield f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()
            process.wait(15)
    assert process.returncode == 0
    assert "Aborted" not in log.read_text()


def test_overlay_seed_data_and_handlers_that_come_later_are_taken_up(
    reloading: tuple[str, Path], tmp_path: Path
) -> None:
    url, log = reloading
    body = urllib.request.Request(f"{url}/ships", b'{"name": "mine"}', {"content-type": "application/json"})
    made = json.load(urllib.request.urlopen(body, timeout=5))

    (tmp_path / "ship.overlay.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: more, version: '1'}\n"
        "actions: [{target: $.info, update: {title: from the overlay}}]\n"
    )
    wait_for(lambda: get(f"{url}/openapi.json")["info"]["title"] == "from the overlay")

    (tmp_path / "mockserver").mkdir()
    (tmp_path / "mockserver" / "ship.py").write_text(
        "from specdouble.mock.kit import op\n\n\n"
        '@op("GET /ships/{id}")\ndef one(call):\n    return {"name": "by hand"}\n'
    )
    wait_for(lambda: get(f"{url}/ships/1") == {"name": "by hand"})
    (tmp_path / "mockserver" / "ship.py").write_text("def (")
    wait_for(lambda: "ship.py:1: invalid syntax" in log.read_text())
    wait_for(lambda: "it ended; it starts again when a file changes" in log.read_text())
    shutil.rmtree(tmp_path / "mockserver")
    wait_for(lambda: get(f"{url}/ships/{made['id']}") == made)

    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "ship.json").write_text('{"records": [{"id": 70, "name": "seeded"}]}')
    wait_for(lambda: [one["name"] for one in get(f"{url}/ships")] in (["seeded", "mine"], ["mine", "seeded"]))
    time.sleep(0.2)  # nothing more happens by itself
    assert get(f"{url}/ships/{made['id']}") == made
