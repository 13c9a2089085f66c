"""What goes out: media types, versions, refusals in the document's words, files, callbacks, seed data."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from specdouble import packs
from specdouble.mock.boot import boot
from specdouble.mock.options import Options
from specdouble.mock.pipeline.call import Request
from specdouble.packs.target import contract_of_target
from tests.inferred.conftest import DOCUMENTS, Checked, Served

ALL = {"Authorization": "Bearer anything"}


@pytest.fixture
def office(served: Served) -> Checked:
    return served("office", ALL)


def made(office: Checked, **members: Any) -> dict[str, Any]:
    return dict(office.post("/documents", {"title": "T", **members}).json)


def test_what_is_written_only_is_never_shown(office: Checked) -> None:
    document = made(office, secret="s3cret", id="44444444-4444-4444-8444-444444444444")
    assert "secret" not in document
    assert document["id"] != "44444444-4444-4444-8444-444444444444"
    assert "secret" not in office.get(f"/documents/{document['id']}").json


def test_a_change_moves_the_time_of_the_last_one(office: Checked) -> None:
    document = made(office)
    office.platform.world.clock.move(60)
    changed = office.put(f"/documents/{document['id']}", {"title": "U"}).json
    assert changed["updated_at"] > document["updated_at"]
    assert changed["created_at"] == document["created_at"]


def test_versions_and_conditions(office: Checked) -> None:
    document = made(office)
    path = f"/documents/{document['id']}"
    tag = office.get(path).headers["etag"]
    assert office.get(path, headers={"If-None-Match": tag}).status == 304
    assert office.put(path, {"title": "U"}, headers={"If-Match": '"other"'}).status == 412
    assert office.get(path).json["title"] == "T"
    assert office.put(path, {"title": "U"}, headers={"If-Match": tag}).status == 200
    assert office.get(path, headers={"If-None-Match": tag}).status == 200


def test_pages_in_headers(office: Checked) -> None:
    for _ in range(3):
        made(office)
    reply = office.get("/documents?per_page=2&page=2")
    assert reply.headers["x-total-count"] == "6"
    links = dict(reversed(part.strip().split("; rel=")) for part in reply.headers["link"].split(","))
    assert links['"next"'].endswith("/api/documents?per_page=2&page=3>")
    assert links['"prev"'].endswith("page=1>")
    follow = links['"next"'].strip("<>").partition("localhost")[2]
    assert len(office.get(follow).json) == 2


def test_the_media_type_that_is_asked_for(office: Checked) -> None:
    path = f"/documents/{made(office, pages=3)['id']}"
    xml = office.get(path, headers={"Accept": "application/xml"})
    assert xml.headers["content-type"] == "application/xml"
    assert b"<title>T</title>" in xml.content
    assert b"<pages>3</pages>" in xml.content
    text = office.get(path, headers={"Accept": "text/plain;q=0.9, application/json;q=0.1"})
    assert text.headers["content-type"] == "text/plain"
    assert office.get(path, headers={"Accept": "*/*"}).json["pages"] == 3


def test_xml_is_kept(office: Checked) -> None:
    body = b"<Document><title>From XML</title><pages>7</pages></Document>"
    document = office.post("/documents", data=body, content_type="application/xml").json
    assert (document["title"], document["pages"]) == ("From XML", 7)
    assert office.get(f"/documents/{document['id']}").json == document


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b'{"title": ""}', "application/json", 422, "title"),
        (b'{"pages": 1}', "application/json", 422, "title"),
        (b'{"title": "x", "pages": 1000}', "application/json", 422, "pages"),
        (b'{"title": ', "application/json", 422, "JSON"),
        (b"title", "text/plain", 415, "text/plain"),
    ],
)
def test_a_refusal_has_the_declared_status_and_shape(
    office: Checked, body: bytes, kind: str, status: int, said: str
) -> None:
    reply = office.post("/documents", data=body, content_type=kind)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == status
    assert said in reply.json["detail"]


def test_a_path_that_is_none(office: Checked) -> None:
    assert office.get("/nothing").status == 404
    wrong = office.delete("/documents")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")
    assert office.get("/documents/no-uuid").status in (400, 404)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "object", "properties": {"message": {"type": "string"}, "code": {"type": "integer"}}},
         {"message": "There is no thing x.", "code": 404}),
        ({"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
         {"error": "There is no thing x."}),
        ({"type": "object", "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}}},
         {"error": "not_found", "error_description": "There is no thing x."}),
        ({"type": "object", "properties": {"errors": {"type": "array", "items": {"type": "string"}}}},
         {"errors": ["There is no thing x."]}),
        ({"type": "object", "properties": {"error": {"type": "object", "properties": {
            "status": {"type": "integer"}, "message": {"type": "string"}}}}},
         {"error": {"status": 404, "message": "There is no thing x."}}),
        ({"type": "object", "properties": {
            "code": {"enum": ["bad_request", "not_found"]}, "detail": {"type": "string"}}},
         {"code": "not_found", "detail": "There is no thing x."}),
        ({"type": "object", "required": ["ok", "id"], "properties": {
            "ok": {"type": "boolean"}, "id": {"type": "string", "minLength": 3}, "msg": {"type": "string"}}},
         {"ok": False, "msg": "There is no thing x."}),
    ],
)  # fmt: skip
def test_errors_in_the_schema_of_the_document(served: Served, schema: dict[str, Any], told: dict[str, Any]) -> None:
    thing = {"type": "object", "properties": {"name": {"type": "string"}}}
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": thing}}}}
    refused = {"404": {"description": "no", "content": {"application/json": {"schema": schema}}}}
    parameters = [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}]
    body = {"content": {"application/json": {"schema": thing}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            "/things": {"post": {"requestBody": body, "responses": ok}},
            "/things/{name}": {"parameters": parameters, "get": {"responses": {**ok, **refused}}},
        },
    }
    reply = served(document).get("/things/x")
    assert reply.status == 404
    assert told.items() <= reply.json.items()


def test_a_file_of_a_form_is_given_back(office: Checked) -> None:
    document = made(office)
    path = f"/documents/{document['id']}/scan"
    form = {"scan": (BytesIO(b"%PDF-\x00\xff"), "scan.pdf", "application/pdf"), "pages": "12"}
    changed = office.call("POST", path, data=form, content_type="multipart/form-data").json
    assert (changed["id"], changed["pages"]) == (document["id"], 12)
    given = office.get(path)
    assert (given.content, given.headers["content-type"]) == (b"%PDF-\x00\xff", "application/pdf")


@pytest.fixture
def receiver() -> Any:
    """A server that keeps what it is sent."""
    received: list[tuple[str, Any]] = []
    came = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(200)
            self.end_headers()
            came.set()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, received, came
    server.shutdown()
    server.server_close()


def test_a_callback_reaches_this_machine(office: Checked, receiver: Any) -> None:
    port, received, came = receiver
    job = office.post("/jobs", {"done": f"http://127.0.0.1:{port}/hook", "name": "n"}).json
    assert came.wait(5)
    assert received == [(f"/hook?job={job['id']}", job)]


def test_a_stream_tells_what_happens(served: Served) -> None:
    chat = served("chat")
    opened = chat.service.handle(chat.service.operations["GET /events"], Request("GET", "/events", "", {}, b""), {})
    assert opened.stream is not None
    opened.stream.take()
    made = chat.post("/guilds/1/channels", {"name": "general"}).json
    (line,) = [one for one in opened.stream.take().splitlines() if one.startswith(b"data: ")]
    assert json.loads(line[6:]) == {"type": "created", "id": made["id"]}
    chat.delete(f"/channels/{made['id']}")
    assert b'"deleted"' in opened.stream.take()
    chat.get(f"/channels/{made['id']}")
    assert opened.stream.take() == b""


def test_a_callback_reaches_no_other_machine() -> None:
    from specdouble.mock.inferred.operations.acting.callbacks import is_here

    assert is_here("http://localhost:1/x")
    assert is_here("http://127.0.0.2/")
    assert is_here("http://[::1]:9/")
    assert not is_here("http://example.com/")
    assert not is_here("http://10.0.0.1/")
    assert not is_here("file:///etc/passwd")
    assert not is_here("http://localhost.example.com/")


def world(items: int = 3, seed: int | None = None, empty: bool = False) -> dict[str, Any]:
    contract = contract_of_target(str(DOCUMENTS / "tracker.yaml"))
    platform = boot(contract, Options(items=items, seed=seed, empty=empty))
    packs._added.pop(contract.name)
    return {name: [one["value"] for one in store] for name, store in platform.world.state.snapshot().items()
            if not name.startswith(".") and store and "value" in store[0] and name != "counters"}  # fmt: skip


def test_the_same_seed_gives_the_same_world() -> None:
    assert world(seed=5) == world(seed=5)
    assert world(seed=5) != world(seed=6)
    assert world()["task"]
    assert not world(empty=True)
    assert len(world(items=7)["task"]) == 7


def test_seed_data_refer_to_each_other(served: Served) -> None:
    def listing(name: str) -> dict[str, Any]:
        schema = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
        return {
            "get": {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}}
        }

    integer = {"type": "integer"}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Zoo", "version": "1"},
        "paths": {"/keepers": listing("Keeper"), "/animals": listing("Animal")},
        "components": {
            "schemas": {
                "Keeper": {"type": "object", "required": ["id"], "properties": {"id": integer}},
                "Animal": {"type": "object", "properties": {"id": integer, "keeper_id": integer}},
            }
        },
    }
    document["paths"]["/keepers/{id}"] = {  # type: ignore[index]
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": integer}],
        "get": {"responses": {"200": {"description": "ok", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Keeper"}}}}}},
    }  # fmt: skip
    zoo = served(document)
    keepers = {one["id"] for one in zoo.get("/keepers").json}
    animals = zoo.get("/animals").json
    assert animals
    assert all(one["keeper_id"] in keepers for one in animals)


def test_examples_come_first_and_give_way(served: Served) -> None:
    pet = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
        "example": {"id": 10, "name": "Rex"},
    }
    content = {"content": {"application/json": {"schema": pet}}}
    pets = served({
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {"post": {"requestBody": content, "responses": {"200": {"description": "ok", **content}}}},
            "/pets/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "get": {"responses": {"200": {"description": "ok", **content}}},
            },
        },
    })  # fmt: skip
    assert pets.get("/pets/10").json == {"id": 10, "name": "Rex"}
    assert pets.post("/pets", {"id": 10, "name": "Mine"}).status == 200
    assert pets.get("/pets/10").json["name"] == "Mine"
    assert pets.post("/pets", {"id": 10, "name": "Again"}).status == 409


def test_a_folder_of_fixtures_beside_the_document_wins(tmp_path: Path) -> None:
    (tmp_path / "fixtures").mkdir()
    document = yaml.safe_load((DOCUMENTS / "tracker.yaml").read_text())
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(document))
    records = {"records": [{"gid": "t1", "name": "One", "created_at": "now-2d"}, {"gid": "t2", "name": "Two"}]}
    (tmp_path / "fixtures" / "task.json").write_text(json.dumps(records))
    contract = contract_of_target(str(tmp_path / "mine.yaml"))
    try:
        tracker = Checked(boot(contract, Options()))
        assert tracker.get("/tasks/t1").json["data"]["name"] == "One"
        assert len(tracker.get("/tasks").json["data"]) == 2
        assert tracker.get("/workspaces/1/projects").status == 200
        tracker.delete("/tasks/t1")
        tracker.platform.world.reset()
        assert tracker.get("/tasks/t1").status == 200
    finally:
        packs._added.pop(contract.name)
