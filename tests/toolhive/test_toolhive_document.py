"""What reference and published server say: every operation is in the document, with statuses and query."""

from __future__ import annotations

import pytest

from specdouble.packs.documents import bundled, bundled_documents

DOCUMENT = bundled("toolhive")
# operation: the statuses that it answers with, and the parameters of its query (a star after those that are required)
FACTS = {
    "GET /api/openapi.json": ("200", ""),
    "GET /api/v1beta/clients": ("200", ""),
    "POST /api/v1beta/clients": ("200 400", ""),
    "POST /api/v1beta/clients/register": ("200 400", ""),
    "POST /api/v1beta/clients/unregister": ("204 400", ""),
    "DELETE /api/v1beta/clients/{name}": ("204 400", ""),
    "DELETE /api/v1beta/clients/{name}/groups/{group}": ("204 400 404", ""),
    "GET /api/v1beta/discovery/clients": ("200", ""),
    "GET /api/v1beta/groups": ("200 500", ""),
    "POST /api/v1beta/groups": ("201 400 409 500", ""),
    "DELETE /api/v1beta/groups/{name}": ("204 400 404 500", "with-workloads"),
    "GET /api/v1beta/groups/{name}": ("200 400 404 500", ""),
    "GET /api/v1beta/registry": ("200 502 503", ""),
    "POST /api/v1beta/registry": ("501", ""),
    "POST /api/v1beta/registry/auth/login": ("200 400 500", ""),
    "POST /api/v1beta/registry/auth/logout": ("200 400 500", ""),
    "DELETE /api/v1beta/registry/{name}": ("400 403 404", ""),
    "GET /api/v1beta/registry/{name}": ("200 404", ""),
    "PUT /api/v1beta/registry/{name}": ("200 400 403 404 502 504", ""),
    "POST /api/v1beta/registry/{name}/refresh": ("200 404 500 503", ""),
    "GET /api/v1beta/registry/{name}/servers": ("200 404", ""),
    "GET /api/v1beta/registry/{name}/servers/{serverName}": ("200 404", ""),
    "POST /api/v1beta/secrets": ("201 400 500", ""),
    "GET /api/v1beta/secrets/default": ("200 404 500", ""),
    "GET /api/v1beta/secrets/default/keys": ("200 404 405 500", ""),
    "POST /api/v1beta/secrets/default/keys": ("201 400 404 405 409 500", ""),
    "DELETE /api/v1beta/secrets/default/keys/{key}": ("204 404 405 500", ""),
    "PUT /api/v1beta/secrets/default/keys/{key}": ("200 400 404 405 500", ""),
    "GET /api/v1beta/skills": ("200 400 500", "scope client project_root group"),
    "POST /api/v1beta/skills": ("201 400 401 404 409 429 500 502 504", ""),
    "POST /api/v1beta/skills/build": ("200 400 500", ""),
    "GET /api/v1beta/skills/builds": ("200 500", ""),
    "DELETE /api/v1beta/skills/builds/{tag}": ("204 404 500", ""),
    "GET /api/v1beta/skills/content": ("200 400 401 404 429 500 502 504", "ref*"),
    "POST /api/v1beta/skills/push": ("204 400 404 500", ""),
    "POST /api/v1beta/skills/validate": ("200 400 500", ""),
    "DELETE /api/v1beta/skills/{name}": ("204 400 404 500", "scope project_root"),
    "GET /api/v1beta/skills/{name}": ("200 400 404 500", "scope project_root"),
    "GET /api/v1beta/version": ("200", ""),
    "GET /api/v1beta/workloads": ("200 400 404", "all group"),
    "POST /api/v1beta/workloads": ("201 400 404 409", ""),
    "POST /api/v1beta/workloads/delete": ("202 400", ""),
    "POST /api/v1beta/workloads/restart": ("202 400", ""),
    "POST /api/v1beta/workloads/stop": ("202 400", ""),
    "GET /api/v1beta/workloads/upgrade-check": ("200 400 404", "all group"),
    "DELETE /api/v1beta/workloads/{name}": ("202 400 404", ""),
    "GET /api/v1beta/workloads/{name}": ("200 400 404", ""),
    "POST /api/v1beta/workloads/{name}/edit": ("200 400 404", ""),
    "GET /api/v1beta/workloads/{name}/export": ("200 404", ""),
    "GET /api/v1beta/workloads/{name}/logs": ("200 400 404", ""),
    "GET /api/v1beta/workloads/{name}/proxy-logs": ("200 400 404", ""),
    "POST /api/v1beta/workloads/{name}/restart": ("202 400 404", ""),
    "GET /api/v1beta/workloads/{name}/status": ("200 400 404", ""),
    "POST /api/v1beta/workloads/{name}/stop": ("202 400 404", ""),
    "POST /api/v1beta/workloads/{name}/upgrade": ("200 400 404 422 500", ""),
    "GET /api/v1beta/workloads/{name}/upgrade-check": ("200 400 404", ""),
    "GET /health": ("204 503", ""),
    "GET /registry/{registryName}/v0.1/servers": ("200 500 503", "q page limit"),
    "GET /registry/{registryName}/v0.1/servers/{serverName}/versions/latest": ("200 400 404 500 503", ""),
    "GET /registry/{registryName}/v0.1/x/dev.toolhive/skills": ("200 500 503", "q page limit"),
    "GET /registry/{registryName}/v0.1/x/dev.toolhive/skills/{namespace}/{skillName}": ("200 404 500 503", ""),
}


def test_there_are_these_operations_and_no_others() -> None:
    assert {one.key for one in DOCUMENT.operations} == FACTS.keys()
    assert bundled_documents()["toolhive"].stated == (len(DOCUMENT.raw["paths"]), len(FACTS)) == (49, 61)


@pytest.mark.parametrize("key", FACTS)
def test_an_operation_has_its_statuses_and_its_query(key: str) -> None:
    statuses, query = FACTS[key]
    operation = DOCUMENT.by_key[key]
    declared = {str(status) for status in operation.responses}
    assert declared >= set(statuses.split())
    success = {status for status in declared if status.startswith("2")}
    assert success == {status for status in statuses.split() if status.startswith("2")}
    given = [f"{one.name}{'*' * one.required}" for one in operation.parameters if one.location == "query"]
    assert given == query.split()


def test_no_registry_is_added_or_removed() -> None:
    never = [one.key for one in DOCUMENT.operations if not any(200 <= status < 300 for status in one.responses)]
    assert never == ["POST /api/v1beta/registry", "DELETE /api/v1beta/registry/{name}"]


@pytest.mark.parametrize("key", FACTS)
def test_refusals_are_lines_of_text_but_for_those_of_the_feeds(key: str) -> None:
    for status, response in DOCUMENT.by_key[key].responses.items():
        if status >= 400:
            kinds = set(response.content or {})
            feed = "/v0.1/" in key or (status == 503 and key != "GET /health")
            assert kinds == ({"application/json"} if feed else {"text/plain"}), status


def test_no_response_has_a_member_for_the_value_of_a_secret() -> None:
    for name in ("secretKeyResponse", "createSecretResponse", "updateSecretResponse", "setupSecretsResponse"):
        members = DOCUMENT.raw["components"]["schemas"][f"pkg_api_v1.{name}"]["properties"]
        assert not members.keys() & {"value", "password"}
