"""Groups, clients, secrets, the registry with its feeds, skills: and what always fails there fails here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toolhive.conftest import A, Machine


def test_deleting_a_group_moves_its_workloads_to_the_default_one(machine: Machine) -> None:
    assert machine.delete(f"{A}/groups/research").status == 204
    assert {"github", "sqlite"} < set(machine.names("?group=default"))
    assert machine.get(f"{A}/clients").json[0]["groups"] == ["default"]
    assert machine.get(f"{A}/groups/research").status == 404


def test_or_deletes_them_with_it(machine: Machine) -> None:
    assert machine.delete(f"{A}/groups/research?with-workloads=true").status == 204
    assert machine.names() == ["fetch", "time", "notion"]


def test_the_default_group_stays(machine: Machine) -> None:
    assert machine.refused("DELETE", "/groups/default") == (400, "the default group cannot be deleted")
    assert machine.refused("DELETE", "/groups/none")[0] == 404
    assert machine.refused("POST", "/groups", {"name": "default"})[0] == 409
    assert machine.refused("POST", "/groups", {"name": "Upper"})[0] == 400
    assert machine.refused("POST", "/groups", {})[0] == 400


def test_clients_and_skills_of_a_group_are_those_that_say_so(machine: Machine) -> None:
    group = machine.get(f"{A}/groups/research").json
    assert group == {"name": "research", "registered_clients": ["claude-code"], "skills": ["code-review"]}
    machine.post(f"{A}/clients", {"name": "zed", "groups": ["research"]})
    assert machine.get(f"{A}/groups/research").json["registered_clients"] == ["claude-code", "zed"]


def test_a_client_joins_and_leaves_groups(machine: Machine) -> None:
    assert machine.post(f"{A}/clients", {"name": "zed"}).json == {"name": "zed", "groups": ["default"]}
    assert machine.post(f"{A}/clients", {"name": "zed", "groups": ["shop"]}).json == {"name": "zed", "groups": ["shop"]}
    assert machine.get(f"{A}/clients").json[-1] == {"name": "zed", "groups": ["default", "shop"]}
    assert machine.delete(f"{A}/clients/zed/groups/shop").status == 204
    assert machine.get(f"{A}/clients").json[-1]["groups"] == ["default"]
    assert machine.refused("DELETE", "/clients/zed/groups/none") == (404, "group none not found")
    assert machine.refused("DELETE", "/clients/goose/groups/shop")[0] == 404
    assert [machine.delete(f"{A}/clients/zed").status for _ in "ab"] == [204, 204]
    assert machine.refused("DELETE", "/clients/notepad")[0] == 400
    assert machine.refused("POST", "/clients", {"name": "notepad"})[0] == 400


def test_several_clients_at_once(machine: Machine) -> None:
    said = machine.post(f"{A}/clients/register", {"names": ["zed", "cursor"], "groups": ["shop"]}).json
    assert said == [{"name": "zed"}, {"name": "cursor"}]
    held = {one["name"]: one["groups"] for one in machine.get(f"{A}/clients").json}
    assert (held["zed"], held["cursor"]) == (["shop"], ["default", "shop"])
    assert machine.post(f"{A}/clients/unregister", {"names": ["cursor"], "groups": ["shop"]}).status == 204
    assert machine.post(f"{A}/clients/unregister", {"names": ["zed", "goose"]}).status == 204
    held = {one["name"]: one["groups"] for one in machine.get(f"{A}/clients").json}
    assert (held["cursor"], "zed" in held) == (["default"], False)
    for verb in ("register", "unregister"):
        assert machine.refused("POST", f"/clients/{verb}", {"names": []})[0] == 400


def test_discovery_follows_registration(machine: Machine) -> None:
    def registered() -> list[str]:
        found = machine.get(f"{A}/discovery/clients").json["clients"]
        assert len(found) == 28
        return [one["client_type"] for one in found if one["registered"]]

    assert registered() == ["cursor", "vscode", "claude-code"]
    machine.delete(f"{A}/clients/vscode")
    assert registered() == ["cursor", "claude-code"]


def test_secrets_are_stored_and_never_shown(machine: Machine) -> None:
    assert machine.post(f"{A}/secrets/default/keys", {"key": "k", "value": "s3cret"}).status == 201
    assert machine.refused("POST", "/secrets/default/keys", {"key": "k", "value": "x"})[0] == 409
    assert machine.put(f"{A}/secrets/default/keys/k", {"value": "other"}).json["key"] == "k"
    assert machine.get(f"{A}/secrets/default/keys").json["keys"][-1] == {"key": "k"}
    assert machine.refused("PUT", "/secrets/default/keys/none", {"value": "x"})[0] == 404
    for body in ({"key": "", "value": "x"}, {"key": "x", "value": ""}, {"key": "x"}):
        assert machine.refused("POST", "/secrets/default/keys", body)[0] == 400
    assert machine.delete(f"{A}/secrets/default/keys/k").status == 204
    assert machine.refused("DELETE", "/secrets/default/keys/k")[0] == 404


@pytest.mark.parametrize(("kind", "lists"), [("1password", 200), ("environment", 405)])
def test_a_provider_may_be_unable(machine: Machine, kind: str, lists: int) -> None:
    switched = machine.post(f"{A}/secrets", {"provider_type": kind})
    assert (switched.status, switched.json["provider_type"]) == (201, kind)
    can = machine.get(f"{A}/secrets/default").json["capabilities"]
    assert (can["can_read"], can["can_write"], can["can_list"]) == (True, False, lists == 200)
    assert machine.get(f"{A}/secrets/default/keys").status == lists
    assert machine.refused("POST", "/secrets/default/keys", {"key": "k", "value": "v"})[0] == 405
    assert machine.refused("PUT", "/secrets/default/keys/github_token", {"value": "v"})[0] == 405
    assert machine.refused("DELETE", "/secrets/default/keys/github_token")[0] == 405
    assert machine.refused("POST", "/secrets", {"provider_type": "paper"})[0] == 400


def test_there_is_one_registry_and_it_stays(machine: Machine) -> None:
    assert machine.refused("POST", "/registry", {"name": "x"}) == (501, "Not implemented.")
    assert machine.refused("DELETE", "/registry/default") == (400, "the default registry cannot be removed")
    assert machine.refused("DELETE", "/registry/other")[0] == 404
    (shown,) = machine.get(f"{A}/registry").json["registries"]
    assert (shown["name"], shown["type"], shown["server_count"]) == ("default", "default", 7)
    whole = machine.get(f"{A}/registry/default").json
    assert (len(whole["registry"]["servers"]), len(whole["registry"]["remote_servers"])) == (5, 2)
    for path in ("", "/servers", "/servers/com.notion%2Fmcp"):
        assert machine.refused("GET", f"/registry/other{path}")[0] == 404


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"url": "https://registry.example.com/r.json"}, "url"),
        ({"api_url": "https://api.example.com"}, "api"),
        ({"local_path": "/home/mia/r.json"}, "file"),
        ({}, "default"),
    ],
)
def test_the_source_decides_about_the_type(machine: Machine, body: dict[str, Any], kind: str) -> None:
    assert machine.put(f"{A}/registry/default", body).json == {"type": kind}
    (shown,) = machine.get(f"{A}/registry").json["registries"]
    assert (shown["type"], shown["source"]) == (kind, next(iter(body.values()), ""))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"url": "https://a.example/r.json", "api_url": "https://b.example"}, 400),
        ({"url": "http://192.168.0.7/r.json"}, 400),
        ({"url": "https://a.example/r.json", "auth": {"issuer": "https://i.example"}}, 400),
        ({"url": "https://a.example/index.html"}, 502),
        ({"url": "https://nowhere.invalid/r.json"}, 504),
        ({"api_url": "https://nowhere.invalid"}, 504),
    ],
)
def test_a_source_that_cannot_be(machine: Machine, body: dict[str, Any], status: int) -> None:
    assert machine.refused("PUT", "/registry/default", body)[0] == status
    assert machine.get(f"{A}/registry").json["registries"][0]["type"] == "default"
    assert machine.refused("PUT", "/registry/other", {})[0] == 404


def test_a_registry_that_wants_a_sign_in(machine: Machine) -> None:
    for verb in ("login", "logout"):
        assert machine.refused("POST", f"/registry/auth/{verb}")[0] == 400
    auth = {"issuer": "https://id.example.com", "client_id": "thv"}
    machine.put(f"{A}/registry/default", {"api_url": "https://api.example.com", "auth": auth})
    refused = machine.post(f"{A}/registry/default/refresh")
    assert (refused.status, set(refused.json)) == (503, {"code", "message"})
    assert machine.post(f"{A}/registry/auth/login").json == {"status": "authenticated"}
    assert machine.post(f"{A}/registry/default/refresh").json == {"status": "refreshed"}
    assert machine.get(f"{A}/registry/default").json["auth_config"] == auth
    assert machine.post(f"{A}/registry/auth/logout").json == {"status": "logged_out"}
    assert machine.post(f"{A}/registry/default/refresh").status == 503


def test_servers_of_both_kinds(machine: Machine) -> None:
    listed = machine.get(f"{A}/registry/default/servers").json
    assert (len(listed["servers"]), len(listed["remote_servers"])) == (5, 2)
    local = machine.get(f"{A}/registry/default/servers/io.github.stacklok%2Ffetch").json
    assert (local["is_remote"], local["server"]["tools"], "remote_server" in local) == (False, ["fetch"], False)
    far = machine.get(f"{A}/registry/default/servers/com.linear%2Fmcp").json
    assert (far["is_remote"], far["remote_server"]["url"]) == (True, "https://mcp.linear.app/mcp")
    assert machine.refused("GET", "/registry/default/servers/com.example%2Fno")[0] == 404


FEED = "/registry/default/v0.1"


def test_the_feed_is_paged(machine: Machine) -> None:
    seen: list[str] = []
    for page in (1, 2, 3, 4):
        got = machine.get(f"{FEED}/servers?page={page}&limit=3").json
        assert got["metadata"] == {"total": 7, "page": page, "limit": 3}
        seen += [one["name"] for one in got["servers"]]
    assert (len(seen), len(set(seen))) == (7, 7)
    assert machine.get(f"{FEED}/servers").json["metadata"] == {"total": 7, "page": 1, "limit": 50}


def test_the_feed_is_searched_by_name_and_description(machine: Machine) -> None:
    def found(text: str) -> list[str]:
        return [one["name"] for one in machine.get(f"{FEED}/servers?q={text}").json["servers"]]

    assert found("MARKDOWN") == ["io.github.stacklok/fetch"]
    assert found("notion") == ["com.notion/mcp"]
    assert found("ghcr.io") == []


def test_the_feed_has_servers_in_its_own_form(machine: Machine) -> None:
    one = machine.get("/registry/whatever/v0.1/servers/io.github.stacklok%2Ftime/versions/latest").json
    assert (one["version"], one["packages"][0]["transport"]) == ("1.2.0", {"type": "stdio"})
    far = machine.get(f"{FEED}/servers/com.notion%2Fmcp/versions/latest").json
    assert far["remotes"] == [{"type": "streamable-http", "url": "https://mcp.notion.com/mcp"}]
    missing = machine.get(f"{FEED}/servers/com.example%2Fno/versions/latest")
    assert (missing.status, set(missing.json)) == (404, {"code", "message"})


def test_the_feed_of_skills(machine: Machine) -> None:
    skills = f"{FEED}/x/dev.toolhive/skills"
    assert machine.get(f"{skills}?limit=3").json["metadata"] == {"total": 4, "page": 1, "limit": 3}
    (one,) = machine.get(f"{skills}?q=com.example").json["skills"]
    assert machine.get(f"{skills}/com.example.shop/price-check").json == one
    missing = machine.get(f"{skills}/com.example.shop/release-notes")
    assert (missing.status, set(missing.json)) == (404, {"code", "message"})


def test_a_skill_is_built_pushed_installed_and_uninstalled(machine: Machine) -> None:
    built = machine.post(f"{A}/skills/build", {"path": "/home/mia/skills/trip-plan"}).json
    assert built == {"reference": "trip-plan"}
    assert "trip-plan" in [one["tag"] for one in machine.get(f"{A}/skills/builds").json["builds"]]
    assert machine.post(f"{A}/skills/push", built).status == 204
    assert machine.refused("POST", "/skills/push", {"reference": "none"})[0] == 404
    assert machine.get(f"{A}/skills/content?ref=trip-plan").json["body"].startswith("# Trip plan")
    done = machine.post(f"{A}/skills", {"name": "trip-plan", "group": "research", "clients": ["codex"]})
    assert (done.status, done.headers["location"]) == (201, f"{A}/skills/trip-plan")
    assert machine.refused("POST", "/skills", {"name": "trip-plan"})[0] == 409
    assert machine.post(f"{A}/skills", {"name": "trip-plan", "force": True}).status == 201
    info = machine.get(f"{A}/skills/trip-plan").json
    assert (info["metadata"], info["installed_skill"]["status"]) == (info["installed_skill"]["metadata"], "installed")
    assert machine.delete(f"{A}/skills/trip-plan").status == 204
    assert machine.refused("GET", "/skills/trip-plan")[0] == 404
    assert machine.delete(f"{A}/skills/builds/trip-plan").status == 204
    assert machine.refused("DELETE", "/skills/builds/trip-plan")[0] == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "none"}, 404), ({"name": "not a name"}, 400), ({"name": ""}, 400), ({}, 400),
        ({"name": "release-notes", "version": "9.9.9"}, 404), ({"name": "release-notes"}, 409),
        ({"name": "incident-report", "scope": "project"}, 400), ({"name": "incident-report", "group": "none"}, 400),
        ({"name": "incident-report", "clients": ["zed"]}, 400), ({"name": "ghcr.invalid/skills/x:1"}, 504),
    ],
)  # fmt: skip
def test_what_cannot_be_installed(machine: Machine, body: dict[str, Any], status: int) -> None:
    assert machine.refused("POST", "/skills", body)[0] == status
    assert len(machine.get(f"{A}/skills").json["skills"]) == 3


def test_scope_and_project_say_which_installation_is_meant(machine: Machine) -> None:
    body = {"name": "release-notes", "scope": "project", "project_root": "/home/mia/shop"}
    assert machine.post(f"{A}/skills", body).status == 201
    project = "?scope=project&project_root=/home/mia/shop"
    assert machine.get(f"{A}/skills/release-notes{project}").json["installed_skill"]["scope"] == "project"
    assert machine.get(f"{A}/skills/release-notes").json["installed_skill"]["scope"] == "user"
    assert machine.delete(f"{A}/skills/release-notes{project}").status == 204
    assert machine.get(f"{A}/skills/release-notes").status == 200
    assert machine.refused("GET", f"/skills/release-notes{project}")[0] == 404
    left = [one["metadata"]["name"] for one in machine.get(f"{A}/skills").json["skills"]]
    assert left == ["release-notes", "code-review", "price-check"]
    assert machine.delete(f"{A}/skills/release-notes").status == 204
    left = [one["metadata"]["name"] for one in machine.get(f"{A}/skills").json["skills"]]
    assert left == ["code-review", "price-check"]


def test_skills_are_chosen_by_scope_client_project_and_group(machine: Machine) -> None:
    def found(query: str) -> list[str]:
        return [one["metadata"]["name"] for one in machine.get(f"{A}/skills?{query}").json["skills"]]

    assert found("scope=user") == ["release-notes", "code-review"]
    assert found("client=cursor") == ["price-check"]
    assert found("group=research") == ["code-review"]
    assert found("scope=project&project_root=/home/mia/shop") == ["price-check"]
    assert found("scope=project&project_root=/other") == []
    assert machine.refused("GET", "/skills?scope=project")[0] == 400
    assert machine.refused("GET", "/skills?group=none")[0] == 400
    assert machine.refused("GET", "/skills/Not_A_Name")[0] == 400


def test_a_folder_is_judged_by_its_name(machine: Machine) -> None:
    assert machine.post(f"{A}/skills/validate", {"path": "/home/mia/good-name"}).json["valid"] is True
    assert machine.post(f"{A}/skills/validate", {"path": "/home/mia/Bad Name"}).json["errors"]
    for path in ("relative", "/a/../b", ""):
        assert machine.refused("POST", "/skills/validate", {"path": path})[0] == 400
        assert machine.refused("POST", "/skills/build", {"path": path})[0] == 400


def test_the_server_itself(machine: Machine) -> None:
    assert machine.get("/health").status == 204
    assert machine.get(f"{A}/version").json == {"version": "v0.29.0"}
    assert len(machine.get("/api/openapi.json").json["paths"]) == 49
