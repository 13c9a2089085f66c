"""Who may call: credentials by their form, tokens of the server's own with scopes, and what callers may wish for."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.inferred.conftest import Checked, Served

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def office(served: Served) -> Checked:
    return served("office")


def token(office: Checked, **form: str) -> str:
    reply = office.form("POST", "/login/token", {"grant_type": "client_credentials", **form})
    assert reply.status == 200, reply.content
    return str(reply.json["access_token"])


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/by-header", {"X-Key": "k"}, 204),
        ("/by-header", {}, 401),
        ("/by-query?key=k", {}, 204),
        ("/by-query?key=", {}, 401),
        ("/by-cookie", {"Cookie": "sid=k"}, 204),
        ("/by-cookie", {"Cookie": "id=k"}, 401),
        ("/by-both?key=k", {"X-Key": "k"}, 204),
        ("/by-both", {"X-Key": "k"}, 403),
        ("/documents", {"Authorization": "Basic dTpw"}, 401),
        ("/documents", {"Authorization": "Bearer anything"}, 200),
    ],
)
def test_credentials_of_the_declared_form(office: Checked, path: str, headers: dict[str, str], status: int) -> None:
    reply = Checked(office.platform).app.test_client(use_cookies=False).get(path, headers=headers)
    assert reply.status_code == status
    assert ("www-authenticate" in reply.headers) == (status in (401, 403))


def test_a_token_of_the_server_has_the_scopes_that_were_asked_for(office: Checked) -> None:
    reading = bearer(token(office, scope="read"))
    assert office.get("/documents", headers=reading).status == 200
    refused = office.post("/documents", {"title": "x"}, headers=reading)
    assert refused.status == 403
    assert 'scope="write"' in refused.headers["www-authenticate"]
    assert office.post("/documents", {"title": "x"}, headers=bearer(token(office))).status == 201


def test_a_token_expires(office: Checked) -> None:
    text = token(office)
    office.platform.world.clock.move(3601)
    assert office.get("/documents", headers=bearer(text)).status == 401


def test_the_oldest_tokens_are_forgotten(office: Checked) -> None:
    """A server that runs for months issues any number of them."""
    kept = office.platform.world.state[".tokens"]
    assert kept.declared.most == 20_000
    first = token(office)
    for number in range(22_000):
        kept.put({"key": f"refresh {number}", "scopes": [], "until": 9e15})
    for _ in range(33):
        token(office)
    assert len(kept) <= 20_033
    assert first not in kept


def test_a_code_is_a_token_once(office: Checked) -> None:
    sent = office.get("/login/authorize?response_type=code&redirect_uri=http://app/cb&state=s&scope=read%20openid")
    assert sent.status == 302
    back = parse_qs(urlsplit(sent.headers["location"]).query)
    assert back["state"] == ["s"]
    form = {"grant_type": "authorization_code", "code": back["code"][0], "client_id": "me"}
    given = office.form("POST", "/login/token", form).json
    assert given["scope"].split() == ["read", "openid"]
    assert jwt.decode(given["id_token"], options={"verify_signature": False})["aud"] == "me"
    again = office.form("POST", "/login/token", form)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    renewed = office.form(
        "POST", "/oauth/token", {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    )
    assert renewed.json["scope"] == "read openid"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "admin"}, "invalid_scope"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
)
def test_a_token_is_refused_in_the_words_of_oauth(office: Checked, form: dict[str, str], error: str) -> None:
    reply = office.form("POST", "/login/token", form)
    assert (reply.status, reply.json["error"]) == (400, error)


def test_the_configuration_names_the_endpoints(office: Checked) -> None:
    said = office.get("/.well-known/openid-configuration").json
    assert urlsplit(said["token_endpoint"]).path == "/login/token"
    assert office.get("/.well-known/jwks.json").json == {"keys": []}


def test_a_document_without_oauth_has_no_endpoints(served: Served) -> None:
    assert served("depot").form("POST", "/oauth/token", {}).status == 404


PATH = "/documents/33333333-3333-4333-8333-333333333333"


@pytest.mark.parametrize("wish", [{"headers": {"Prefer": "code=404"}}, {"path": "?__code=404"}])
def test_a_status_may_be_wished_for(office: Checked, wish: dict[str, object]) -> None:
    path = f"{PATH}{wish.pop('path', '')}"
    reply = office.get(path, **wish)
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"


def test_a_named_example_may_be_wished_for(office: Checked) -> None:
    assert office.get(PATH, headers={"Prefer": "example=long"}).json["pages"] == 900
    assert office.get(f"{PATH}?__example=short").json["title"] == "Short"
    assert "no example none" in office.get(PATH, headers={"Prefer": "example=none"}).json["detail"]
    assert "declares no 418" in office.get(PATH, headers={"Prefer": "code=418"}).json["detail"]


def test_a_delay_may_be_wished_for(office: Checked) -> None:
    began = time.monotonic()
    office.get("/openapi.json")
    office.get(f"{PATH}?__wait=0.2")
    assert time.monotonic() - began >= 0.2


def test_the_items_of_a_caller_are_those_of_nobody_else(served: Served) -> None:
    note = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}, "text": {"type": "string"}}}
    content = {"application/json": {"schema": note}}
    mine = served(
        {
            "openapi": "3.1.0",
            "info": {"title": "Notes", "version": "1"},
            "security": [{"bearer": []}],
            "paths": {
                "/me/notes": {
                    "get": {
                        "responses": {
                            "200": {
                                "description": "ok",
                                "content": {"application/json": {"schema": {"type": "array", "items": note}}},
                            }
                        }
                    },
                    "post": {
                        "requestBody": {"content": content},
                        "responses": {"201": {"description": "made", "content": content}},
                    },
                }
            },
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        },
        empty=True,
    )
    made = mine.post("/me/notes", {"text": "ada's"}, headers=bearer("ada")).json
    assert mine.get("/me/notes", headers=bearer("ada")).json == [made]
    assert mine.get("/me/notes", headers=bearer("eve")).json == []
