"""`specdouble serve` with plain documents: several at once, what is told at the start, and starting again."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from specdouble.cli import serve as module
from specdouble.cli.main import cli
from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.mock.transports.server import Sockets
from specdouble.packs.target import contract_of_targets
from tests.inferred.conftest import Served


def document(noun: str, **members: Any) -> dict[str, Any]:
    """Return a document of one resource."""
    schema = {"type": "object", "required": ["name"], "properties": {
        "id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}, **members}}  # fmt: skip
    ref = {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}
    several = {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}}
    return {
        "openapi": "3.1.0", "info": {"title": noun, "version": "1"}, "components": {"schemas": {"Item": schema}},
        "paths": {
            f"/{noun}s": {"get": {"responses": {"200": {"description": "All", "content": several}}},
                          "post": {"requestBody": {"required": True, "content": ref},
                                   "responses": {"201": {"description": "Made", "content": ref}}}},
            f"/{noun}s/{{id}}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "get": {"responses": {"200": {"description": "One", "content": ref}}}},
        },
    }  # fmt: skip


def write(folder: Path, name: str, **members: Any) -> str:
    """Write a document of a resource into a folder."""
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(document(name, **members)))
    return str(path)


def platform_of(targets: list[str]) -> Platform:
    return boot(contract_of_targets(targets), Options(items=2))


def test_several_documents_share_a_world_and_have_a_port_each(tmp_path: Path) -> None:
    platform = platform_of([write(tmp_path, "ship"), write(tmp_path, "crew")])
    assert list(platform.urls.values()) == ["http://localhost:8080", "http://localhost:8081"]
    ship, crew = (create_app(platform, name).test_client() for name in ("ship", "crew"))
    assert ship.post("/ships", json={"name": "Argo"}).status_code == 201
    assert [one["name"] for one in ship.get("/ships").json][-1] == "Argo"
    assert crew.get("/ships").status_code == 404
    assert len(crew.get("/crews").json) == 2
    assert crew.get("/__mock__/collections").json["ship.ship"] == 3


def test_a_folder_of_documents_is_all_of_them(tmp_path: Path) -> None:
    write(tmp_path, "ship"), write(tmp_path, "crew")
    assert list(platform_of([str(tmp_path)]).services) == ["crew", "ship"]


def test_documents_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    both = [write(tmp_path, "ship"), write(tmp_path / "a", "ship")]
    assert list(platform_of(both).services) == ["ship", "ship_2"]


def test_handlers_beside_a_document_answer_before_the_model(tmp_path: Path) -> None:
    target = write(tmp_path, "boat")
    (tmp_path / "mockserver").mkdir()
    (tmp_path / "mockserver" / "boat.py").write_text(
        "from specdouble.mock.kit import op\n\n\n"
        '@op("GET /boats")\ndef boats(call):\n    return [{"id": 7, "name": "by hand"}]\n'
    )
    (tmp_path / "mockserver" / "other.py").write_text("raise RuntimeError('of another document')\n")
    client = create_app(platform_of([target]), "boat").test_client()
    assert client.get("/boats").json == [{"id": 7, "name": "by hand"}]
    assert client.post("/boats", json={"name": "x"}).status_code == 201


def test_a_browser_that_opens_the_server_sees_the_dashboard(served: Served) -> None:
    client = served(document("ship"))
    assert client.call("GET", "/", headers={"Accept": "text/html,*/*"}).headers["location"] == "/__mock__/"
    assert client.get("/").status == 404


def test_the_dashboard_tells_of_the_resources_that_were_found(served: Served) -> None:
    page = served(document("ship")).get("/__mock__/").content.decode()
    found = page.partition("Found in the document")[2].partition("</pre>")[0]
    assert "ship  /ships" in found
    assert "curl" in found


def test_the_panel_tells_of_resources_and_commands_that_work(served: Served) -> None:
    raw = document("ship")
    raw["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    raw["security"] = [{"key": []}]
    raw["servers"] = [{"url": "https://example.com/v2"}]
    client = served(raw)
    text = module.panel(client.platform)
    assert (
        "ship  /ships  create, list, read" in " ".join(text.split()).replace("list, read, create", "")
        or "/ships" in text
    )
    assert "X-Key: any value" in text
    commands = [line.strip() for line in text.splitlines() if line.strip().startswith("curl ")]
    assert len(commands) == 2
    for one in commands:
        words = shlex.split(one)
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        headers = dict(words[at + 1].split(": ") for at, word in enumerate(words) if word == "-H")
        body = words[words.index("-d") + 1] if "-d" in words else None
        kind = headers.pop("content-type", None)
        path = words[-1].partition(":8080")[2]
        reply = client.call(method, path, data=body, content_type=kind, headers=headers)
        assert reply.status in (200, 201), one


def test_strict_mode_lets_refusals_pass_that_no_document_declares(served: Served) -> None:
    client = served(document("ship"), strict=True)
    assert client.get("/ships/99").status == 404


def test_a_world_is_imported_as_it_was_exported(served: Served) -> None:
    client = served(document("ship"))
    made = client.post("/ships", {"name": "Argo"}).json
    world = client.get("/__mock__/world").json
    client.post("/__mock__/reset")
    assert client.get(f"/ships/{made['id']}").status == 404
    assert client.call("PUT", "/__mock__/world", world).status == 200
    assert client.get(f"/ships/{made['id']}").json == made
    assert client.post("/ships", {"name": "Next"}).json["id"] > made["id"]


@pytest.fixture
def broken(tmp_path: Path) -> str:
    raw = document("ship")
    raw["paths"]["/lost"] = {"get": {"responses": {"200": {"$ref": "#/components/responses/Nowhere"}}}}
    raw["components"]["schemas"]["Item"]["properties"]["mate"] = {"$ref": "#/components/schemas/Nobody"}
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump(raw))
    return str(path)


def test_a_broken_document_is_served_with_what_is_broken(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_platform: Platform, sockets: Sockets, *_more: object) -> None:
        for one in (one for several in sockets.values() for one in several):
            one.close()

    monkeypatch.setattr("specdouble.mock.transports.server.run", run)
    result = CliRunner().invoke(cli, ["serve", broken, "--port", str(free_port())])
    assert result.exit_code == 0, result.output
    assert "broken is served as far as it goes:" in result.output
    assert "#/components/schemas/Nobody names nothing; any value is taken" in result.output


def test_a_strict_user_refuses_it(broken: str) -> None:
    result = CliRunner().invoke(cli, ["serve", broken, "--strict-document", "--port", str(free_port())])
    assert "parts of it cannot be used" in f"{result.output}{result.exception}"
    assert result.exit_code != 0


# ------------------------------------------------------------------------------------------------- starting again
def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(what: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while True:
        try:
            found = what()
            if found:
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


@pytest.fixture
def reloaded(tmp_path: Path) -> Iterator[tuple[Path, str, Path]]:
    port, log = free_port(), tmp_path / "log.txt"
    target = write(tmp_path, "ship")
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "specdouble", "serve", target, "--reload", "--port", str(port)],
            stdout=out,
            stderr=out,
        )
        try:
            yield tmp_path, f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()
            process.wait(15)
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("127.0.0.1", port))  # nobody is left behind


def get(url: str) -> Any:
    return json.load(urllib.request.urlopen(url, timeout=10))


def test_what_was_made_is_there_after_a_change_of_the_document(reloaded: tuple[Path, str, Path]) -> None:
    folder, url, log = reloaded
    wait_for(lambda: get(f"{url}/ships"))
    body = urllib.request.Request(f"{url}/ships", b'{"name": "Argo"}', {"content-type": "application/json"})
    made = json.load(urllib.request.urlopen(body, timeout=5))
    write(folder, "ship", colour={"type": "string", "default": "blue"})
    wait_for(lambda: "starting again" in log.read_text())
    wait_for(lambda: "colour" in json.dumps(get(f"{url}/openapi.json")))
    assert get(f"{url}/ships/{made['id']}")["name"] == "Argo"
    assert "has new seed data; 1 items of clients stay" in log.read_text()


def test_several_documents_stand_below_their_names_on_one_port(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log.txt"
    command = [sys.executable, "-m", "specdouble", "serve", write(tmp_path, "ship"), write(tmp_path, "crew"),
               "--prefix", "--port", str(port)]  # fmt: skip
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: get(f"{url}/ship/ships"))
            body = urllib.request.Request(f"{url}/crew/crews", b'{"name": "A"}', {"content-type": "application/json"})
            reply = urllib.request.urlopen(body, timeout=5)
            assert get(f"{url}{reply.headers['location']}")["name"] == "A"
            assert get(f"{url}/__mock__/collections")["crew.crew"] == 4
            assert f"http://localhost:{port}/crew" in log.read_text()
        finally:
            process.terminate()
            process.wait(15)
