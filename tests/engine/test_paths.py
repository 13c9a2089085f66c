"""The one table of paths: what a method and a path mean, for every transport."""

from __future__ import annotations

import subprocess
import sys

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.transports.paths import Paths


@pytest.fixture
def paths(platform: Platform) -> Paths:
    return Paths(platform.services["auth_gateway"])


@pytest.mark.rule("E07")
@pytest.mark.parametrize(
    "key",
    [
        "GET /v1/actions/stats", "GET /v1/admin/apps/pending", "GET /v1/agencies/me", "GET /v1/tasks/active",
        "GET /v1/confirmations/active", "GET /v1/marketplace/categories/catalog", "GET /v1/extensions/access",
        "POST /v1/auth/sessions/revoke-others",
    ],
)  # fmt: skip
def test_static_segments_win_over_parameters(key: str, paths: Paths) -> None:
    op, params = paths.find(*key.split())
    assert isinstance(op, Bound)
    assert (op.key, params) == (key, {})


@pytest.mark.rule("E08")
def test_a_webhook_path_may_have_many_segments(paths: Paths) -> None:
    op, params = paths.find("POST", "/v1/ext/notes/webhook/a/b/c")
    assert isinstance(op, Bound)
    assert op.key == "POST /v1/ext/{app_id}/webhook/{path}"
    assert params == {"app_id": "notes", "path": "a/b/c"}


def test_an_alias_means_the_declared_path(platform: Platform) -> None:
    paths = Paths(platform.services["registry"])
    assert paths.find("GET", "/health") == paths.find("GET", "/v1/health")


def test_the_control_plane_and_the_document_are_no_operations(paths: Paths) -> None:
    assert paths.find("GET", "/__mock__/world") == (None, {})
    assert paths.find("GET", "/v1/openapi.json") == (None, {})


@pytest.mark.parametrize("path", ["", "/", "//", "*", "//v1/auth/me", "/v1//auth/me", "/v1/auth"])
def test_what_is_nearly_a_path_is_none(path: str, paths: Paths) -> None:
    refused, _ = paths.find("GET", path)
    assert isinstance(refused, Problem)
    assert refused.status == 404


def test_every_operation_is_found_by_its_own_path(platform: Platform) -> None:
    for service in platform.services.values():
        paths = Paths(service)
        for bound in service.operations.values():
            op, params = paths.find(bound.spec.method, bound.spec.path.replace("{", "<").replace("}", ">"))
            assert op is bound
            assert all(value == f"<{name}>" for name, value in params.items())
            assert len(params) == bound.spec.path.count("{")


def test_serving_operations_loads_neither_flask_nor_what_it_brings() -> None:
    program = (
        "import sys; from specdouble.mock.boot import boot;"
        "from specdouble.mock.transports.rsgi.adapter import RsgiAdapter;"
        "from specdouble.packs.target import contract_of_target;"
        "platform = boot(contract_of_target()); doors = [RsgiAdapter(platform, name) for name in platform.services];"
        "print(sorted({'flask', 'werkzeug', 'jinja2', 'jwt', 'cryptography', 'yaml', 'jsonschema'} & {*sys.modules}));"
        "print(doors[0].app.name, 'flask' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "specdouble.mock.control.plane True"]
