"""The dashboard is open to whom the control plane is open."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from specdouble.mock.boot import Platform
from specdouble.mock.dashboard.pages import PAGES
from specdouble.mock.transports.app import create_app

FILES = ("ui/static/common.js", "ui/swagger/swagger-ui.css", "reference.json")


@pytest.fixture(scope="module")
def client(library_platform: Platform) -> FlaskClient:
    return create_app(library_platform, next(iter(library_platform.services))).test_client()


@pytest.mark.parametrize("path", [*(f"ui/{page}" if page else "" for page in PAGES), *FILES])
def test_a_page_is_shown_here_and_refused_elsewhere(client: FlaskClient, path: str) -> None:
    assert client.get(f"/__mock__/{path}").status_code == 200
    assert client.get(f"/__mock__/{path}", environ_base={"REMOTE_ADDR": "10.0.0.5"}).status_code == 403


def test_the_reference_calls_this_server(client: FlaskClient) -> None:
    assert client.get("/__mock__/reference.json").json["servers"] == [{"url": "/"}]
    assert client.get("/openapi.json").json["servers"] != [{"url": "/"}]


def test_a_page_names_every_operation(client: FlaskClient, library_platform: Platform) -> None:
    text = client.get("/__mock__/").text
    (service,) = library_platform.services.values()
    assert [key for key in service.operations if key not in text] == []
