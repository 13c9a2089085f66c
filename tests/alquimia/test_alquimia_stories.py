"""Agentspaces with agents, secrets and parameters, from the first agent to a published version and back."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.packs.documents import bundled
from tests.conftest import Client

AGENT: dict[str, Any] = {
    "assistant_id": "my-agent",
    "nickname": "Helper",
    "response": {"provider_id": "alquimia", "config": {"connector": {"api_key": {"$secretRef": "MY_KEY"}}}},
}
SECRET = {"secret": {"key": "MY_KEY", "scope": "global"}, "value": "sk-0"}


@pytest.mark.parametrize("key", [one.key for one in bundled("alquimia").operations])
@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}])
def test_nobody_gets_in_without_the_token(anybody: Client, key: str, sent: dict[str, str]) -> None:
    method, path = key.split(" ")
    reply = anybody.call(method, path.replace("{assistant_id}", "support"), headers=sent)
    assert (reply.status, reply.json) == (401, {"detail": "Not authenticated"})
    assert reply.headers["www-authenticate"] == "Bearer"


def test_an_agentspace_is_made_read_changed_found_and_deleted(registry: Client) -> None:
    made = registry.post("/registry/", {"name": "my-agents", "namespace": "prod", "description": "Ours"})
    space = made.json
    assert made.status == 201
    assert (space["tag"], space["visibility"], space["status"]) == ("latest", "private", "enabled")
    assert (space["description"], space["user_id"], space["on_hold"]) == ("Ours", None, [])
    where = f"/registry/?agentspace_id={space['agentspace_id']}"
    assert registry.get(where).json == space
    changed = registry.put("/registry/", {"agentspace_id": space["agentspace_id"], "status": "disabled"}).json
    assert changed == {**space, "status": "disabled"}
    assert registry.post("/registry/query", {"namespace": "prod", "status": "disabled"}).json == [changed]
    assert registry.delete(where).json == {"deleted": 1}
    assert registry.get(where).status == 404
    assert registry.delete(where).status == 404


def test_without_an_id_the_default_agentspace_is_meant(registry: Client) -> None:
    assert registry.get("/registry/").json["agentspace_id"] == "default"
    assert registry.get("/registry/?agentspace_id=none").status == 404
    assert len(registry.post("/registry/query").json) == 3
    assert registry.post("/registry/query", {}).json == registry.post("/registry/query").json


def test_name_and_namespace_together_stand_once(registry: Client) -> None:
    refused = registry.post("/registry/", {"name": "bicycle-shop", "namespace": "local"})
    assert (refused.status, refused.detail) == (400, "An agentspace bicycle-shop exists in the namespace local")
    assert registry.post("/registry/", {"name": "bicycle-shop", "namespace": "else"}).status == 201


@pytest.mark.parametrize(
    ("body", "where"), [({"namespace": "x"}, ["body", "name"]), ({"name": "x", "namespace": 1}, ["body", "namespace"])]
)
def test_a_request_that_does_not_fit_is_told_as_the_framework_does(
    registry: Client, body: dict[str, Any], where: list[str]
) -> None:
    refused = registry.post("/registry/", body)
    assert (refused.status, refused.detail[0]["loc"]) == (422, where)
    assert registry.put("/registry/", {"name": "x"}).status == 422
    assert registry.put("/registry/", {"agentspace_id": "none", "name": "x"}).status == 404


def test_an_agent_is_written_under_its_id(registry: Client, space: str) -> None:
    assert registry.post(f"/registry/agent?{space}", AGENT).json == AGENT
    changed = {**AGENT, "nickname": "Other", "team": "red"}
    assert registry.post(f"/registry/agent?{space}", changed).json == changed
    assert registry.post(f"/registry/agent/query?{space}").json == [changed]
    assert registry.post(f"/registry/agent/query?{space}", {"team": "red"}).json == [changed]
    assert registry.post(f"/registry/agent/query?{space}", {"team": "blue"}).json == []
    assert registry.post("/registry/agent/query", {"assistant_id": "my-agent"}).json == []
    assert registry.post("/registry/agent?agentspace_id=none", AGENT).status == 404
    refused = registry.post(f"/registry/agent?{space}", {**AGENT, "response": {"config": {}}})
    assert (refused.status, refused.detail) == (400, "response.provider_id: Field required")


def test_an_empty_filter_deletes_nothing(registry: Client) -> None:
    for part in ("agent", "secret", "parameter"):
        before = registry.post(f"/registry/{part}/query").json
        refused = registry.delete(f"/registry/{part}", {})
        assert (refused.status, refused.detail) == (400, "A non-empty filter is required")
        assert registry.delete(f"/registry/{part}", {"nickname" if part == "agent" else "key": "none"}).json == {
            "deleted": 0
        }
        assert registry.post(f"/registry/{part}/query").json == before


def test_a_filter_deletes_what_fits(registry: Client) -> None:
    assert registry.delete("/registry/agent", {"nickname": "Sam"}).json == {"deleted": 1}
    assert [one["nickname"] for one in registry.post("/registry/agent/query").json] == ["Wilma", "Nico"]
    assert registry.delete("/registry/agent?agentspace_id=none", {"nickname": "Sam"}).status == 404


def test_hold_and_release(registry: Client, space: str) -> None:
    registry.post(f"/registry/agent?{space}", AGENT)
    hold = f"/registry/agent/hold/my-agent?{space}"
    assert registry.put(hold).json["on_hold"] == ["my-agent"]
    assert registry.put(hold).status == 409
    assert registry.get(f"/registry/?{space}").json["on_hold"] == ["my-agent"]
    assert registry.delete(hold).json["on_hold"] == []
    assert registry.delete(hold).status == 404
    assert registry.put(f"/registry/agent/hold/none?{space}").status == 404
    assert registry.put("/registry/agent/hold/my-agent").status == 404


def test_a_secret_is_registered_and_its_value_never_shown(registry: Client, space: str) -> None:
    made = registry.post(f"/registry/secret?{space}", SECRET)
    assert made.json == {"key": "MY_KEY", "scope": "global", "description": None}
    assert registry.get(f"/registry/secret?{space}").json == [made.json]
    assert registry.post(f"/registry/secret/query?{space}", {"scope": "local"}).json == []
    assert registry.post(f"/registry/secret?{space}", {"secret": {"key": "K", "scope": "none"}}).status == 422
    assert registry.get("/registry/secret?agentspace_id=none").status == 404
    assert [one["key"] for one in registry.get("/registry/secret").json] == ["OPENAI_API_KEY", "NIGHT_KEY"]


def test_inspection_follows_the_references_of_an_agent(registry: Client, space: str) -> None:
    registry.post(f"/registry/agent?{space}", AGENT)
    inspect = f"/registry/secret/inspect/my-agent?{space}"
    assert registry.post(inspect).json == {
        "secrets": [],
        "errors": [{"id": "MY_KEY", "error": "No such secret is registered"}],
    }
    registry.post(f"/registry/secret?{space}", {"secret": SECRET["secret"]})
    found = registry.post(inspect).json
    assert found["secrets"] == [{"key": "MY_KEY", "scope": "global"}]
    assert found["errors"] == [{"id": "MY_KEY", "error": "The backend has no value"}]
    assert registry.post(f"{inspect}&check_resolution=false").json["errors"] == []
    registry.post(f"/registry/secret?{space}", SECRET)
    assert registry.post(inspect).json["errors"] == []
    assert registry.post(f"/registry/secret/inspect/none?{space}").status == 404


def test_agents_that_were_not_validated_keep_secrets_out(registry: Client) -> None:
    attic = "agentspace_id=attic"
    assert registry.post(f"/registry/secret?{attic}", SECRET).status == 400
    registry.delete(f"/registry/agent?{attic}", {"assistant_id": "broken"})
    assert registry.post(f"/registry/secret?{attic}", SECRET).status == 400
    assert registry.post(f"/registry/validate?{attic}").json["validated"] == 1
    assert registry.post(f"/registry/secret?{attic}", SECRET).status == 200


def test_validation_migrates_and_a_dry_run_does_not(registry: Client) -> None:
    attic = "agentspace_id=attic"
    broken = [{"id": "broken", "error": "response.provider_id: Field required"}]
    told = {"validated": 1, "errors": broken, "deleted_secrets": []}
    assert registry.post(f"/registry/validate?{attic}&dry_run=true").json == told
    assert "prompt" in registry.post(f"/registry/agent/query?{attic}", {"assistant_id": "greeter"}).json[0]
    assert registry.post(f"/registry/validate?{attic}").json == told
    (greeter,) = registry.post(f"/registry/agent/query?{attic}", {"assistant_id": "greeter"}).json
    assert greeter["response"]["profile"] == {"system_prompt": "You greet."}
    assert "prompt" not in greeter
    assert registry.post("/registry/validate?agentspace_id=none").status == 404


def test_validation_removes_secrets_that_nobody_uses(registry: Client) -> None:
    catalogue = "agentspace_id=catalogue"
    assert registry.post(f"/registry/validate?{catalogue}&dry_run=true").json["deleted_secrets"] == []
    assert len(registry.get(f"/registry/secret?{catalogue}").json) == 2
    (gone,) = registry.post(f"/registry/validate?{catalogue}").json["deleted_secrets"]
    assert (gone["key"], gone.keys()) == ("FORMER_KEY", {"key", "scope", "description"})
    assert [one["key"] for one in registry.get(f"/registry/secret?{catalogue}").json] == ["OPENAI_API_KEY"]


def test_parameters(registry: Client, space: str) -> None:
    made = registry.post(f"/registry/parameter?{space}", {"key": "tone", "default": "kind", "assistant_id": "a"})
    assert made.json["type"] == "string"
    assert registry.post(f"/registry/parameter/query?{space}", {"assistant_id": "a"}).json == [made.json]
    assert registry.post(f"/registry/parameter?{space}", {"key": "tone", "type": "integer", "default": 1}).status == 200
    assert len(registry.post(f"/registry/parameter/query?{space}").json) == 1
    assert registry.delete(f"/registry/parameter?{space}", {"key": "tone"}).json == {"deleted": 1}
    assert registry.post("/registry/parameter/query?agentspace_id=none").status == 404


def test_publish_pull_and_the_way_back(registry: Client, space: str) -> None:
    for path, body in (("agent", AGENT), ("secret", SECRET), ("parameter", {"key": "tone"})):
        assert registry.post(f"/registry/{path}?{space}", body).status == 200
    pushed = registry.call("PUT", f"/registry/publish?{space}&tag=v1.0.0", {"description": "First"}).json
    assert (pushed["repo_id"], pushed["tag"], pushed["description"]) == ("oci.example.com/test/own", "v1.0.0", "First")
    assert registry.get("/registry/repositories").json == ["prod/catalogue", "test/own"]
    assert registry.get("/registry/tags?repo_id=test/own").json == ["v1.0.0"]
    registry.delete(f"/registry/agent?{space}", {"assistant_id": "my-agent"})
    pulled = registry.call("PUT", f"/registry/pull?{space}&target=oci.example.com/test/own:v1.0.0").json
    assert (pulled["tag"], pulled["source_repo_id"]) == ("v1.0.0", "oci.example.com/test/own:v1.0.0")
    assert registry.post(f"/registry/agent/query?{space}").json == [AGENT]
    assert [one["key"] for one in registry.get(f"/registry/secret?{space}").json] == ["MY_KEY"]
    refused = registry.call("PUT", f"/registry/publish?{space}", {})
    assert (refused.status, "unvalidated agents: my-agent" in refused.detail) == (400, True)
    assert registry.post(f"/registry/validate?{space}").json["validated"] == 1
    assert registry.call("PUT", f"/registry/publish?{space}&tag=v1.1.0", {}).status == 200
    assert registry.delete(f"/registry/publish?{space}&tag=v1.0.0").json == {"deleted": 1}
    assert registry.get("/registry/tags?repo_id=oci.example.com/test/own").json == ["v1.1.0"]
    assert registry.delete(f"/registry/publish?{space}&tag=v1.0.0").status == 404


def test_a_published_version_holds_no_value_of_a_secret(registry: Client, space: str) -> None:
    registry.post(f"/registry/agent?{space}", AGENT)
    registry.post(f"/registry/secret?{space}", SECRET)
    registry.call("PUT", f"/registry/publish?{space}&tag=v1", {})
    registry.call("PUT", f"/registry/pull?{space}&target=test/own:v1")
    (error,) = registry.post(f"/registry/secret/inspect/my-agent?{space}").json["errors"]
    assert error == {"id": "MY_KEY", "error": "The backend has no value"}


def test_unused_secrets_are_not_published(registry: Client, space: str) -> None:
    registry.post(f"/registry/secret?{space}", SECRET)
    refused = registry.call("PUT", f"/registry/publish?{space}", {})
    assert (refused.status, "unused secrets: MY_KEY" in refused.detail) == (400, True)
    assert registry.call("PUT", "/registry/publish?agentspace_id=none", {}).status == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("agentspace_id=default", 400), ("agentspace_id=none", 404), ("target=ghcr.io/a/b:1", 502),
        ("target=oci.example.com/prod/catalogue:v9", 404), ("target=prod/none:v1.0.0", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_pulled(registry: Client, query: str, status: int) -> None:
    before = registry.post("/registry/agent/query").json
    assert registry.call("PUT", f"/registry/pull?{query}").status == status
    assert registry.post("/registry/agent/query").json == before


def test_other_registries_do_not_answer(registry: Client) -> None:
    assert registry.get("/registry/repositories?registry=ghcr.io").status == 502
    assert registry.get("/registry/repositories?registry=oci.example.com").status == 200
    assert registry.get("/registry/tags?repo_id=ghcr.io/a/b").status == 502
    assert registry.get("/registry/tags?repo_id=prod/none").status == 404
    assert registry.get("/registry/tags").status == 422


def test_what_an_agentspace_holds_goes_with_it(registry: Client, space: str) -> None:
    registry.post(f"/registry/agent?{space}", AGENT)
    registry.post(f"/registry/secret?{space}", SECRET)
    registry.delete(f"/registry/?{space}")
    for path in ("agent/query", "secret/query", "parameter/query"):
        assert registry.post(f"/registry/{path}?{space}").status == 404
    assert len(registry.post("/registry/agent/query").json) == 3
