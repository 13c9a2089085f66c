"""openapi-core, which shares no code with our checker, agrees that answers keep the effective document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from openapi_core.validation.response.exceptions import ResponseValidationError
from werkzeug.test import Client as WerkzeugClient
from werkzeug.test import EnvironBuilder

from specdouble.mock.boot import Platform
from specdouble.mock.state.world import World
from specdouble.packs.documents import bundled

SERVICES = {"auth_gateway": "auth-gateway", "registry": "registry"}
LOGIN = {"email": "admin@example.com", "password": "s3cure!admin"}


@pytest.fixture(scope="module")
def opinions() -> dict[str, OpenAPI]:
    """The two effective documents as openapi-core reads them, with the address they are served from."""
    found = {}
    for service, name in SERVICES.items():
        found[service] = OpenAPI.from_dict({**bundled(name).raw, "servers": [{"url": "http://localhost"}]})
    return found


def plain_reads(service: str) -> Iterator[str]:
    """The GET operations whose path needs no id, except the stream, which never ends."""
    for operation in bundled(SERVICES[service]).operations:
        if operation.method == "GET" and "{" not in operation.path and not operation.path.endswith("/stream"):
            yield operation.path


READS = [(service, path) for service in SERVICES for path in plain_reads(service)]


def ask(app: Flask, method: str, path: str, headers: dict[str, str], body: Any = None) -> tuple[Any, Any]:
    more = {} if body is None else {"json": body}
    asked = EnvironBuilder(path, method=method, headers=headers, **more).get_request()
    return WerkzeugOpenAPIRequest(asked), WerkzeugClient(app).open(path, method=method, headers=headers, **more)


def judge(opinion: OpenAPI, request: Any, answer: Any) -> None:
    """Let openapi-core judge an answer; fails with what it says."""
    try:
        opinion.validate_response(request, WerkzeugOpenAPIResponse(answer))
    except ResponseValidationError as error:
        pytest.fail(f"{answer.status_code} {answer.get_data()[:300]!r}: {error!r} {error.__cause__!r}")


@pytest.fixture
def credentials(apps: dict[str, Flask], world: World) -> dict[str, dict[str, str]]:
    token = WerkzeugClient(apps["auth_gateway"]).post("/v1/auth/login", json=LOGIN).get_json()["access_token"]
    return {
        "user": {"Authorization": f"Bearer {token}"},
        "service": {"X-Service-Token": "dev-service-token", "X-Acting-User": "imp_u_dev001"},
        "registry": {"X-Api-Key": "imp_reg_key_dev"},
    }


@pytest.mark.parametrize(("service", "path"), READS)
def test_reads_conform(
    service: str,
    path: str,
    apps: dict[str, Flask],
    opinions: dict[str, OpenAPI],
    credentials: dict[str, dict[str, str]],
    platform: Platform,
) -> None:
    document = platform.services[service].operations[f"GET {path}"]
    role = "registry" if service == "registry" else "user"
    if service == "auth_gateway" and (document.schemes == {"serviceToken"} or document.required_role == "developer"):
        role = "service"
    request, answer = ask(apps[service], "GET", path, credentials[role])
    assert answer.status_code == 200, answer.get_data()
    judge(opinions[service], request, answer)


def test_refusals_conform(apps: dict[str, Flask], opinions: dict[str, OpenAPI], world: World) -> None:
    for method, path, headers, body, status in (
        ("GET", "/v1/auth/me", {}, None, 401),
        ("GET", "/v1/events/stats", {"X-Service-Token": "wrong"}, None, 401),
        ("POST", "/v1/auth/login", {}, {"email": "x"}, 422),
        ("POST", "/v1/auth/login", {}, {"email": "user@example.com", "password": "no"}, 401),
        ("POST", "/v1/auth/cli/device/token", {}, {"device_code": "x", "code_verifier": "y"}, 400),
    ):
        request, answer = ask(apps["auth_gateway"], method, path, headers, body)
        assert answer.status_code == status
        judge(opinions["auth_gateway"], request, answer)


def test_it_would_notice(opinions: dict[str, OpenAPI]) -> None:
    app = Flask("planted")
    app.add_url_rule("/v1/auth/me", "me", lambda: {"imperal_id": 7})
    request, answer = ask(app, "GET", "/v1/auth/me", {"Authorization": "Bearer x"})
    with pytest.raises(ResponseValidationError):
        opinions["auth_gateway"].validate_response(request, WerkzeugOpenAPIResponse(answer))
