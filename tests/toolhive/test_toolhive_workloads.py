"""Workloads: groups → workload → logs → delete, and all that may happen in between."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toolhive.conftest import A, Machine

IMAGE = "ghcr.io/stackloklabs/gofetch/server:1.0.4"


def test_groups_workload_logs_delete(machine: Machine) -> None:
    assert machine.post(f"{A}/groups", {"name": "travel"}).json == {"name": "travel"}
    made = machine.post(f"{A}/workloads", {"name": "maps", "image": "example/maps:1", "group": "travel"})
    assert (made.status, made.json) == (201, {"name": "maps", "port": 18010})
    assert machine.status("maps") == "starting"
    machine.later()
    assert machine.status("maps") == "running"
    lines = machine.get(f"{A}/workloads/maps/logs").content.decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["maps created", "maps started"]
    assert "127.0.0.1:18010" in machine.get(f"{A}/workloads/maps/proxy-logs").content.decode()
    assert machine.delete(f"{A}/workloads/maps").status == 202
    assert machine.status("maps") == "removing"
    machine.later()
    assert machine.get(f"{A}/workloads/maps/status").status == 404
    assert "maps" not in machine.names()
    assert machine.delete(f"{A}/groups/travel").status == 204


def test_a_list_shows_what_runs_unless_all_are_asked_for(machine: Machine) -> None:
    assert machine.names("") == ["fetch", "github", "sqlite", "notion"]
    assert machine.names() == ["fetch", "github", "time", "sqlite", "notion"]
    assert machine.names("?group=research") == ["github", "sqlite"]
    assert machine.refused("GET", "/workloads?group=none") == (404, "group none not found")
    assert machine.refused("GET", "/workloads?group=No!")[0] == 400


def test_one_workload_in_its_four_forms(machine: Machine) -> None:
    (shown,) = [one for one in machine.get(f"{A}/workloads").json["workloads"] if one["name"] == "sqlite"]
    assert (shown["package"], shown["port"], shown["transport_type"]) == ("uvx://mcp-server-sqlite", 18004, "stdio")
    assert (shown["url"], shown["status"], shown["remote"]) == ("http://127.0.0.1:18004/sse", "running", False)
    config = machine.get(f"{A}/workloads/sqlite").json
    assert (config["image"], config["proxy_port"], config["transport"]) == ("uvx://mcp-server-sqlite", 18004, "stdio")
    assert not config.keys() & {"status", "log", "endpoint", "package"}
    exported = machine.get(f"{A}/workloads/sqlite/export").json
    assert (exported["cmd_args"], exported["port"]) == (["--db-path", "/data/papers.db"], 18004)
    secrets = machine.get(f"{A}/workloads/github/export").json["secrets"]
    assert secrets == ["github_token,target=GITHUB_PERSONAL_ACCESS_TOKEN"]
    assert machine.get(f"{A}/workloads/sqlite/status").json == {"status": "running"}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"name": "a"}, 400, "Field required"),
        ({"name": "a", "registry": "default"}, 400, "Field required"),
        ({"name": "-", "image": "x"}, 400, "pattern"),
        ({"name": "a", "image": "x", "transport": "pigeon"}, 400, "transport"),
        ({"name": "a", "image": "x", "proxy_port": 70000}, 400, "proxy_port"),
        ({"name": "a", "image": "x", "group": "none"}, 400, "group none not found"),
        ({"name": "a", "image": "x", "secrets": [{"name": "no", "target": "T"}]}, 400, "secret no not found"),
        ({"name": "fetch", "image": "x"}, 409, "workload fetch exists already"),
        ({"name": "a", "registry": "default", "server": "com.example/no"}, 404, "server com.example/no not found"),
        ({"name": "a", "registry": "other", "server": "com.notion/mcp"}, 404, "registry other not found"),
        ({"name": "a", "image": "hub.invalid/x:1"}, 404, "image hub.invalid/x:1 not found"),
    ],
)
def test_what_cannot_be_created(machine: Machine, body: dict[str, Any], status: int, said: str) -> None:
    before = machine.names()
    given, text = machine.refused("POST", "/workloads", body)
    assert (given, said in text) == (status, True), text
    assert machine.names() == before


def test_a_server_of_the_registry_brings_its_settings(machine: Machine) -> None:
    machine.post(f"{A}/workloads", {"registry": "default", "server": "io.github.stacklok/osv", "tools": ["get"]})
    config = machine.get(f"{A}/workloads/osv").json
    assert (config["image"], config["transport"]) == ("ghcr.io/stackloklabs/osv-mcp/server:0.1.3", "streamable-http")
    assert (config["target_port"], config["tools"], config["group"]) == (8080, ["get"], "default")


def test_a_remote_server_has_its_address_and_no_image(machine: Machine) -> None:
    machine.post(f"{A}/workloads", {"name": "linear", "url": "https://mcp.linear.app/mcp"})
    (shown,) = [one for one in machine.get(f"{A}/workloads").json["workloads"] if one["name"] == "linear"]
    assert (shown["remote"], shown["package"]) == (True, "")
    config = machine.get(f"{A}/workloads/linear").json
    assert config["url"] == "https://mcp.linear.app/mcp"
    assert "image" not in config
    assert machine.get(f"{A}/workloads/linear/export").json["remote_url"] == "https://mcp.linear.app/mcp"


def test_ports_are_allotted_and_kept(machine: Machine) -> None:
    ports = [machine.post(f"{A}/workloads", {"name": name, "image": "x"}).json["port"] for name in ("a", "b")]
    assert ports == [18010, 18011]
    assert machine.post(f"{A}/workloads", {"name": "c", "image": "x", "proxy_port": 4000}).json["port"] == 4000
    edited = machine.post(f"{A}/workloads/c/edit", {"image": "y"})
    assert (edited.status, edited.json) == (200, {"name": "c", "port": 4000})
    assert machine.post(f"{A}/workloads/c/edit", {"image": "y", "proxy_port": 4001}).json["port"] == 4001


def test_an_edit_replaces_the_configuration_and_starts_it_again(machine: Machine) -> None:
    machine.post(f"{A}/workloads/sqlite/edit", {"image": "example/sqlite:2", "tools": ["ask"]})
    config = machine.get(f"{A}/workloads/sqlite").json
    assert (config["image"], config["tools"], config["group"]) == ("example/sqlite:2", ["ask"], "research")
    assert not config.get("volumes")
    assert machine.status("sqlite") == "starting"
    machine.later()
    assert machine.status("sqlite") == "running"
    assert machine.refused("POST", "/workloads/none/edit", {"image": "x"})[0] == 404
    assert machine.refused("POST", "/workloads/sqlite/edit", {"group": "none"}) == (400, "group none not found")


def test_stop_and_restart_take_a_while(machine: Machine) -> None:
    assert machine.post(f"{A}/workloads/fetch/stop").status == 202
    assert machine.status("fetch") == "stopping"
    machine.later()
    assert (machine.status("fetch"), "fetch" in machine.names("")) == ("stopped", False)
    assert machine.post(f"{A}/workloads/fetch/restart").status == 202
    assert machine.status("fetch") == "starting"
    machine.later()
    assert machine.status("fetch") == "running"
    assert machine.refused("POST", "/workloads/none/stop")[0] == 404
    assert machine.refused("POST", "/workloads/-/restart")[0] == 400


def test_a_restart_overtakes_a_stop(machine: Machine) -> None:
    machine.post(f"{A}/workloads/fetch/stop")
    machine.later(0.5)
    machine.post(f"{A}/workloads/fetch/restart")
    machine.later(0.7)
    assert machine.status("fetch") == "starting"
    machine.later(0.5)
    assert machine.status("fetch") == "running"


@pytest.mark.parametrize(
    ("body", "meant"),
    [({"names": ["fetch", "none"]}, ["fetch"]), ({"group": "research"}, ["github", "sqlite"])],
)
def test_several_at_once_by_names_or_group(machine: Machine, body: dict[str, Any], meant: list[str]) -> None:
    reply = machine.post(f"{A}/workloads/stop", body)
    assert (reply.status, reply.content) == (202, b"")
    machine.later()
    assert [name for name in machine.names() if machine.status(name) == "stopped"] == sorted(
        [*meant, "time"], key=machine.names().index
    )
    machine.post(f"{A}/workloads/restart", body)
    machine.later()
    assert {machine.status(name) for name in meant} == {"running"}
    machine.post(f"{A}/workloads/delete", body)
    machine.later()
    assert not set(meant) & set(machine.names())


@pytest.mark.parametrize("verb", ["stop", "restart", "delete"])
@pytest.mark.parametrize("body", [{}, {"names": []}, {"names": ["fetch"], "group": "research"}, {"group": "none"},
                                  {"names": ["../x"]}])  # fmt: skip
def test_names_or_a_group_and_not_both(machine: Machine, verb: str, body: dict[str, Any]) -> None:
    assert machine.refused("POST", f"/workloads/{verb}", body)[0] == 400
    machine.later()
    assert [machine.status(name) for name in machine.names()] == [
        "running", "running", "stopped", "running", "unauthenticated",
    ]  # fmt: skip


def test_upgrades_compare_with_the_registry(machine: Machine) -> None:
    results = machine.get(f"{A}/workloads/upgrade-check?all=true").json["results"]
    assert {one["workload_name"]: one["status"] for one in results} == {
        "fetch": "up-to-date",
        "github": "upgrade-available",
        "time": "up-to-date",
        "sqlite": "not-registry-sourced",
        "notion": "not-registry-sourced",
    }
    running = machine.get(f"{A}/workloads/upgrade-check").json["results"]
    assert "time" not in [one["workload_name"] for one in running]
    assert machine.refused("GET", "/workloads/upgrade-check?group=none")[0] == 404
    (result,) = machine.get(f"{A}/workloads/github/upgrade-check").json.values()
    assert (result["current_image"].rpartition(":")[2], result["candidate_image"].rpartition(":")[2]) == (
        "v0.8.0",
        "v0.9.1",
    )
    assert [one["name"] for one in result["env_var_drift"]["added"]] == ["GITHUB_HOST"]
    assert machine.refused("GET", "/workloads/none/upgrade-check")[0] == 404


def test_an_upgrade_takes_the_new_image_and_keeps_the_rest(machine: Machine) -> None:
    before = machine.get(f"{A}/workloads/github").json
    done = machine.post(f"{A}/workloads/github/upgrade", {"env": {"GITHUB_HOST": "github.example.com"}})
    assert done.json["result"]["status"] == "up-to-date"
    after = machine.get(f"{A}/workloads/github").json
    assert after == {
        **before,
        "image": "ghcr.io/github/github-mcp-server:v0.9.1",
        "env_vars": {"GITHUB_HOST": "github.example.com"},
    }
    assert machine.post(f"{A}/workloads/github/upgrade").json["result"]["status"] == "up-to-date"


def test_an_upgrade_that_lacks_something_changes_nothing(machine: Machine) -> None:
    machine.post(f"{A}/workloads/github/edit", {"image": "ghcr.io/github/github-mcp-server:v0.8.0"})
    status, text = machine.refused("POST", "/workloads/github/upgrade", {})
    assert (status, "GITHUB_PERSONAL_ACCESS_TOKEN" in text) == (422, True)
    assert machine.refused("POST", "/workloads/github/upgrade", {"secrets": ["no"]})[0] == 422
    assert machine.get(f"{A}/workloads/github").json["image"].endswith("v0.8.0")
    given = {"secrets": ["github_token,target=GITHUB_PERSONAL_ACCESS_TOKEN"]}
    assert machine.post(f"{A}/workloads/github/upgrade", given).json["result"]["status"] == "up-to-date"
