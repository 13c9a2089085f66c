"""What a document alone brings: responses, credentials by their form, refusals of RFC 9457, base paths."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from specdouble import packs
from specdouble.mock.boot import boot
from specdouble.mock.kit import EventFormat, Problem, invalid, problem_details
from specdouble.mock.state.events import Listener
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target
from tests.conftest import Client

OK = {
    "200": {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}, "example": {"a": 1}}}}
}


def operation(*security: dict[str, list[str]]) -> dict[str, Any]:
    return {"get": {"responses": OK, "security": list(security)}}


UPLOAD = [{"url": "https://upload.example.com/up/v3"}]
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Forms", "version": "1"},
    "servers": [{"url": "https://api.example.com/v3"}],
    "paths": {
        "/open": operation(),
        "/files/{name}": operation(),
        "/files/content": {"servers": UPLOAD, "post": operation()["get"]},
        "/files/other": {"post": operation()["get"] | {"servers": UPLOAD}},
        "/bearer": operation({"bearer": []}),
        "/basic": operation({"basic": []}),
        "/header": operation({"header": []}),
        "/query": operation({"query": []}),
        "/cookie": operation({"cookie": []}),
        "/oauth": operation({"oauth": ["read"]}),
        "/both": operation({"bearer": [], "header": []}),
        "/either": operation({"basic": []}, {"header": []}),
        "/optional": operation({}, {"bearer": []}),
        "/things": {
            "get": {"responses": OK, "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]}
        },
    },
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
            "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "query": {"type": "apiKey", "in": "query", "name": "key"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
            "oauth": {"type": "oauth2", "flows": {}},
        }
    },
}


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Client:
    path = tmp_path_factory.mktemp("document") / "forms.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT))
    platform = boot(contract_of_target(str(path)))
    yield Client(create_app(platform, "forms"))
    packs._added.pop("forms")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/open", {}, 200),
        ("/bearer", {}, 401),
        ("/bearer", {"Authorization": "Bearer x"}, 200),
        ("/bearer", {"Authorization": "bearer x"}, 200),
        ("/bearer", {"Authorization": "Bearer "}, 401),
        ("/bearer", {"Authorization": "Basic x"}, 401),
        ("/basic", {"Authorization": "Basic dTpw"}, 200),
        ("/basic", {"Authorization": "Basic x"}, 401),
        ("/basic", {"Authorization": "Bearer x"}, 401),
        ("/header", {"X-Key": "x"}, 200),
        ("/header", {"X-Other": "x"}, 401),
        ("/query?key=x", {}, 200),
        ("/query?key=", {}, 401),
        ("/query", {"key": "x"}, 401),
        ("/cookie", {"Cookie": "a=b; sid=x"}, 200),
        ("/cookie", {"Cookie": "id=x"}, 401),
        ("/oauth", {"Authorization": "Bearer x"}, 200),
        ("/oauth", {}, 401),
        ("/both", {"Authorization": "Bearer x"}, 401),
        ("/both", {"Authorization": "Bearer x", "X-Key": "x"}, 200),
        ("/either", {"X-Key": "x"}, 200),
        ("/either", {}, 401),
        ("/optional", {}, 200),
    ],
)
def test_credentials_of_the_declared_form_are_enough(
    forms: Client, path: str, headers: dict[str, str], status: int
) -> None:
    client = forms.app.test_client(use_cookies=False)  # which would take the place of the header
    assert client.get(path, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("path", "challenge"),
    [("/bearer", "Bearer"), ("/basic", 'Basic realm="mock"'), ("/oauth", "Bearer"), ("/header", "ApiKey")],
)
def test_a_refusal_says_how_to_authenticate(forms: Client, path: str, challenge: str | None) -> None:
    reply = forms.get(path)
    assert reply.headers.get("www-authenticate") == challenge
    assert reply.headers["content-type"] == "application/problem+json"
    assert (reply.json["title"], reply.json["status"]) == ("Unauthorized", 401)


def test_a_response_says_what_it_rests_on(forms: Client) -> None:
    reply = forms.get("/open")
    assert reply.json == {"a": 1}
    assert reply.headers["x-mock-fidelity"] == "inferred"
    assert "x-mock-handler" not in reply.headers


def test_the_base_path_of_a_server_and_the_bare_path_both_work(forms: Client) -> None:
    assert forms.get("/v3/open").json == forms.get("/open").json == {"a": 1}
    assert forms.get("/v4/open").status == 404


@pytest.mark.parametrize("base", ["", "/v3", "/up/v3"])
@pytest.mark.parametrize("path", ["/files/content", "/files/other"])
def test_an_operation_with_servers_of_its_own_is_found_beside_the_others(forms: Client, base: str, path: str) -> None:
    assert forms.post(f"{base}{path}").status == 200


def test_a_wrong_request_is_listed_in_errors(forms: Client) -> None:
    reply = forms.get("/things?limit=x")
    assert reply.status == 400
    (error,) = reply.json["errors"]
    assert error["pointer"] == "/limit"
    assert "integer" in error["detail"]


def test_the_document_is_served_where_tools_look_for_it(forms: Client) -> None:
    assert json.loads(forms.get("/openapi.json").content)["info"]["title"] == "Forms"
    assert "GET /openapi.json lists" in forms.get("/zzzzzzzz").detail


def test_people_are_listed_where_a_pack_has_some(forms: Client, gateway: Client) -> None:
    assert forms.get("/__mock__/people").json["people"] == []
    assert "user@example.com" in {one["name"] for one in gateway.get("/__mock__/people").json["people"]}
    assert 'href="/openapi.json"' in forms.get("/__mock__/").content.decode()
    assert 'href="/v1/openapi.json"' in gateway.get("/__mock__/").content.decode()


def test_problem_details() -> None:
    assert problem_details(Problem(404, "No.")) == (
        404,
        "application/problem+json",
        {"title": "Not Found", "status": 404, "detail": "No."},
    )
    assert problem_details(Problem(799))[2] == {"title": "Error", "status": 799}
    value = problem_details(invalid((("body", "tags", 0), "Too short", "short")))[2]
    assert value["errors"] == [{"detail": "Too short", "location": "body/tags/0", "type": "short"}]


def test_events_stand_under_their_type() -> None:
    event = {"id": 7, "user_id": "u", "type": "pet.sold", "payload": {"id": 1}, "ts": "2026-01-01T00:00:00Z"}
    listener = Listener("u", [event], EventFormat())
    assert listener.take() == b'retry: 3000\n: connected\n\nid: 7\nevent: pet.sold\ndata: {"id":1}\n\n'
