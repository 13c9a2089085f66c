"""The dashboard is open to whom the control plane is open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from specdouble.mock.boot import Platform, boot
from specdouble.mock.dashboard.pages import PAGES
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target

FILES = ("ui/static/common.js", "ui/swagger/swagger-ui.css", "reference.json")


@pytest.fixture(scope="module")
def client(library_platform: Platform) -> FlaskClient:
    return create_app(library_platform, next(iter(library_platform.services))).test_client()


@pytest.mark.parametrize("path", [*(f"ui/{page}" if page else "" for page in PAGES), *FILES])
def test_a_page_is_shown_here_and_refused_elsewhere(client: FlaskClient, path: str) -> None:
    with client.get(f"/__mock__/{path}") as shown:
        assert shown.status_code == 200
    assert client.get(f"/__mock__/{path}", environ_base={"REMOTE_ADDR": "10.0.0.5"}).status_code == 403


ELSEWHERE = "https://api.example.com/v1"
GET = {"get": {"servers": [{"url": ELSEWHERE}], "responses": {"200": {"description": "Done"}}}}
INFO = {"title": "Elsewhere", "version": "1"}
NEW = {"openapi": "3.1.0", "info": INFO, "servers": [{"url": ELSEWHERE}], "paths": {"/a": {"servers": [], **GET}}}
OLD = {"swagger": "2.0", "info": INFO, "host": "api.example.com", "basePath": "/v1", "schemes": ["https"]}


@pytest.mark.parametrize("document", [NEW, {**OLD, "paths": {"/a": {"get": {"responses": GET["get"]["responses"]}}}}])
def test_the_reference_calls_this_server(tmp_path: Path, document: dict[str, Any]) -> None:
    path = tmp_path / "elsewhere.json"
    path.write_text(json.dumps(document))
    platform = boot(contract_of_target(str(path)))
    client = create_app(platform, "elsewhere").test_client()
    told = client.get("/__mock__/reference.json").json
    assert "example.com" not in json.dumps(told)
    base = told["basePath"] if "swagger" in told else told["servers"][0]["url"]
    assert client.get(f"{base}/a".replace("//", "/")).status_code == 200


def test_a_page_names_every_operation(client: FlaskClient, library_platform: Platform) -> None:
    text = client.get("/__mock__/").text
    (service,) = library_platform.services.values()
    assert [key for key in service.operations if key not in text] == []
