"""The compose file: rendered as a compose program renders it, valid, and true to the server and the files beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml

from specdouble.mock.transports.rsgi.draining import ENDING_SECONDS
from tests.deploy.settings import open_paths, variables
from tests.deploy.wiring import DEPLOY, ROOT, needed

LIBRARY = ROOT / "docs" / "examples" / "library.yaml"
PASSWORD = "not-in-any-file"
REPLICAS = ("replica-1", "replica-2")


@pytest.fixture(scope="module")
def rendering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what podman-compose asks for its version; to render, it needs nothing else of it."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "podman").write_text("#!/bin/sh\necho podman version 5.4.0\n")
    (folder / "podman").chmod(0o755)
    return folder


def render(rendering: Path, **given: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SPECDOUBLE_", "POSTGRES_"))}
    path = f"{rendering}{os.pathsep}{os.environ['PATH']}"
    program = [str(Path(sys.executable).parent / "podman-compose"), "-f", str(DEPLOY / "compose.yaml"), "config"]
    return subprocess.run(program, env={**clean, "PATH": path, **given}, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def compose(rendering: Path) -> dict[str, Any]:
    done = render(rendering, POSTGRES_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert compose_spec.PyCompose.from_yaml(done.stdout).service_names()
    found: dict[str, Any] = yaml.safe_load(done.stdout)
    return found


def test_it_is_valid_and_a_wrong_word_is_found(rendering: Path) -> None:
    text = render(rendering, POSTGRES_PASSWORD=PASSWORD).stdout
    assert set(compose_spec.PyCompose.from_yaml(text).service_names()) == {*REPLICAS, "balancer", "postgres"}
    with pytest.raises(ValueError, match="healthchek"):
        compose_spec.PyCompose.from_yaml(text.replace("healthcheck:", "healthchek:"))


def test_without_a_password_it_says_what_to_do(rendering: Path) -> None:
    done = render(rendering)
    assert done.returncode != 0
    assert "write POSTGRES_PASSWORD=... into .env" in done.stderr


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    assert re.findall(r"(?im)^\s*\w*password\w*: *[^$/\s{]", text) == []
    assert re.findall(r"postgresql://[^@\s]*:[^@\s]*@", text) == []
    assert compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres-password"
    assert compose["secrets"]["postgres-password"] == {"environment": "POSTGRES_PASSWORD"}


def test_replicas_are_alike_and_set_what_the_server_knows(compose: dict[str, Any]) -> None:
    first, second = (compose["services"][name] for name in REPLICAS)
    assert {**first, "container_name": ""} == {**second, "container_name": ""}
    known = variables([str(LIBRARY)])
    named = {name for name in first["environment"] if name.startswith("SPECDOUBLE_")}
    assert named == {"SPECDOUBLE_PORT", "SPECDOUBLE_STATE", "SPECDOUBLE_DRAIN_SECONDS"}
    assert named <= known
    assert first["command"] == ["/api"]
    assert [one.rpartition(":")[0].rpartition(":")[2] for one in first["volumes"]] == ["/api"]
    assert first["environment"]["PGPASSWORD"] == PASSWORD


def test_the_state_is_the_database_beside_it(compose: dict[str, Any]) -> None:
    url = compose["services"]["replica-1"]["environment"]["SPECDOUBLE_STATE"]
    database = compose["services"]["postgres"]["environment"]
    assert url == f"postgresql://{database['POSTGRES_USER']}@postgres/{database['POSTGRES_DB']}"
    assert compose["services"]["replica-1"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert compose["services"]["postgres"]["volumes"] == ["postgres:/var/lib/postgresql/data"]


def test_the_healthcheck_asks_what_the_server_answers(compose: dict[str, Any]) -> None:
    test = compose["services"]["replica-1"]["healthcheck"]["test"]
    (path,) = re.findall(r"'(/__mock__/[^']*)'", test[-1])
    assert path in open_paths(str(LIBRARY))
    assert f"uri {path}" in (DEPLOY / "haproxy.cfg").read_text()


def test_a_stop_waits_longer_than_a_server_drains(compose: dict[str, Any]) -> None:
    replica = compose["services"]["replica-1"]
    grace = float(replica["stop_grace_period"].removesuffix("s"))
    assert grace > float(replica["environment"]["SPECDOUBLE_DRAIN_SECONDS"]) + 2 * ENDING_SECONDS


@pytest.mark.parametrize("ports", ["8080", "8085-8086"])
def test_the_balancer_gets_all_that_its_file_names(rendering: Path, ports: str) -> None:
    given = {"SPECDOUBLE_PORTS": ports, "SPECDOUBLE_PORT": ports[:4], "POSTGRES_PASSWORD": PASSWORD}
    services = yaml.safe_load(render(rendering, **given).stdout)["services"]
    balancer = services["balancer"]
    named = set(re.findall(r'"\$\{(\w+)\}"', (DEPLOY / "haproxy.cfg").read_text()))
    assert set(balancer["environment"]) == named
    assert {balancer["environment"][f"REPLICA_{number}"] for number in (1, 2)} == set(REPLICAS)
    assert balancer["ports"] == [f"127.0.0.1:{ports}:{ports}"]
    needed("haproxy")
    asked = {**os.environ, **balancer["environment"], "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    command = ["haproxy", "-c", "-f", str(DEPLOY / "haproxy.cfg")]  # names that nobody knows yet are looked up later
    done = subprocess.run(command, env=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_image_has_what_the_files_need() -> None:
    extras = re.search(r"'\.\[([^\]]+)\]'", (ROOT / "Containerfile").read_text())
    assert extras is not None
    installed = set(extras[1].split(","))
    assert {"postgresql", "metrics", "fast"} <= installed
    assert installed <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
