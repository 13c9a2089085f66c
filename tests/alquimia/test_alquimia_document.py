"""What the documentation page says: every operation is in the document, with statuses and query."""

from __future__ import annotations

import pytest

from specdouble.packs.documents import bundled, bundled_documents

METHODS = ("get", "post", "put", "delete")
DOCUMENT = bundled("alquimia")
# operation: the statuses that it answers with, and the parameters of its query (a star after those that are required)
FACTS = {
    "GET /registry/": ("200 404", "agentspace_id"),
    "POST /registry/": ("201 400", ""),
    "PUT /registry/": ("200 404", ""),
    "DELETE /registry/": ("200 404", "agentspace_id"),
    "POST /registry/query": ("200", ""),
    "POST /registry/agent": ("200 400 404", "agentspace_id"),
    "POST /registry/agent/query": ("200", "agentspace_id"),
    "DELETE /registry/agent": ("200 400 404", "agentspace_id"),
    "PUT /registry/agent/hold/{assistant_id}": ("200 404 409", "agentspace_id"),
    "DELETE /registry/agent/hold/{assistant_id}": ("200 404", "agentspace_id"),
    "POST /registry/secret": ("200 400 404", "agentspace_id assistant_id"),
    "GET /registry/secret": ("200", "agentspace_id"),
    "POST /registry/secret/query": ("200", "agentspace_id"),
    "POST /registry/secret/inspect/{assistant_id}": ("200", "agentspace_id check_resolution"),
    "DELETE /registry/secret": ("200 400", "agentspace_id"),
    "POST /registry/parameter": ("200", "agentspace_id"),
    "POST /registry/parameter/query": ("200", "agentspace_id"),
    "DELETE /registry/parameter": ("200 400", "agentspace_id"),
    "POST /registry/validate": ("200", "agentspace_id dry_run"),
    "PUT /registry/publish": ("200 400 404", "agentspace_id tag"),
    "PUT /registry/pull": ("200", "agentspace_id target"),
    "DELETE /registry/publish": ("200", "agentspace_id tag"),
    "GET /registry/repositories": ("200 502", "registry"),
    "GET /registry/tags": ("200 502", "repo_id*"),
}


def test_there_are_these_operations_and_no_others() -> None:
    assert {one.key for one in DOCUMENT.operations} == FACTS.keys()
    assert bundled_documents()["alquimia"].stated == (len(DOCUMENT.raw["paths"]), len(FACTS)) == (15, 24)


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


UNSURE = [
    "PUT /registry/", "DELETE /registry/", "POST /registry/query", "DELETE /registry/agent",
    "POST /registry/agent/query", "PUT /registry/agent/hold/{assistant_id}",
    "DELETE /registry/agent/hold/{assistant_id}", "GET /registry/secret", "POST /registry/secret",
    "DELETE /registry/secret", "POST /registry/secret/query", "POST /registry/parameter",
    "DELETE /registry/parameter", "POST /registry/parameter/query", "DELETE /registry/publish",
    "PUT /registry/pull", "GET /registry/repositories", "GET /registry/tags",
]  # fmt: skip


def test_routes_that_the_documentation_does_not_print_say_so() -> None:
    said = {}
    for path, item in DOCUMENT.raw["paths"].items():
        said |= {
            f"{method.upper()} {path}": one.get("x-alquimia-basis") for method, one in item.items() if method in METHODS
        }
    assert sorted(key for key, basis in said.items() if basis) == sorted(UNSURE)
    assert {basis["confidence"] for basis in said.values() if basis} == {"likely", "uncertain"}


def test_every_operation_asks_for_the_token() -> None:
    assert {one.security for one in DOCUMENT.operations} == {(frozenset({"bearerAuth"}),)}
    assert all({401, 422} <= one.responses.keys() for one in DOCUMENT.operations)


def test_no_response_has_a_member_for_the_value_of_a_secret() -> None:
    assert set(DOCUMENT.raw["components"]["schemas"]["Secret"]["properties"]) == {"key", "scope", "description"}
