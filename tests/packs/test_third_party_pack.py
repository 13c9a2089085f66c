"""A stranger's pack works as docs/write-a-pack.md prints it: built, installed beside our wheel, served and called."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installing import ROOT, build, environment, packages, pip
from tests.ports import free_ports

PAGE = (ROOT / "docs" / "write-a-pack.md").read_text()
BLOCKS = dict(re.findall(r'```\w+ title="(.+?)"\n(.*?)```', PAGE, re.DOTALL))
Run = Callable[..., str]
FILES = {name: text for name, text in BLOCKS.items() if "." in name}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def scripts(project: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with both wheels; our dependencies come from where they are."""
    folder = tmp_path_factory.mktemp("environment")
    found = environment(folder / "env")
    # A folder that a .pth file adds has no .pth files read: the checkout, which is one, stays out.
    (packages(found) / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    pip(found, "install", "-q", "--no-deps", wheel, build(project, folder))
    return found


@pytest.fixture(scope="module")
def variables(scripts: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    dropped = ("PYTHONPATH", "VIRTUAL_ENV")
    kept = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith(("SPECDOUBLE_", "PYTEST_"))}
    return {**kept, "PATH": f"{scripts}:{kept['PATH']}", "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="module")
def run(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def call(line: str, folder: Path = elsewhere) -> str:
        done = subprocess.run(shlex.split(line), cwd=folder, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="module")
def served(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port on which the page's own command serves the pack, and what it printed."""
    (port,) = free_ports(1)
    folder = tmp_path_factory.mktemp("served")
    line = BLOCKS["serve"].splitlines()[1].replace("8080", str(port))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(shlex.split(line), cwd=folder, env=variables, stdout=log, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 30
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/loaves", timeout=5).close()
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text()
                    assert time.monotonic() < until, "the server did not come up"
                    time.sleep(0.1)
            yield port, folder / "log"
        finally:
            server.terminate()
            server.wait(20)


def test_the_routes_say_what_answers(run: Run) -> None:
    said = run(BLOCKS["serve"].splitlines()[0])
    found = dict(re.findall(r"^  (\S+ /\S*) +(\w+) ", said, re.MULTILINE))
    handled = [key for key, fidelity in found.items() if fidelity == "handler"]
    assert handled == ["GET /loaves", "POST /orders", "GET /orders/{order_id}"]
    assert found["GET /opening-hours"] in ("inferred", "example")
    assert "bakery_pack/mockserver/orders.py:" in said


def test_the_folder_is_a_pack_before_it_is_installed(project: Path, run: Run) -> None:
    assert "handler 3, " in run("specdouble routes bakery_pack", project)


def test_its_settings_are_options(run: Run) -> None:
    said = run("specdouble serve bakery --help")
    assert "--bake-seconds" in said
    assert "--till-key" in said
    assert "--registry-port" not in said
    assert "--registry-port" in run("specdouble serve --help")


def test_it_is_called_as_the_page_says(served: tuple[int, Path], variables: dict[str, str]) -> None:
    port, log = served
    replies = []
    for line in BLOCKS["call"].splitlines():
        command = shlex.split(line.replace("8080", str(port)))
        done = subprocess.run([*command, "-w", "\n%{http_code}"], capture_output=True, text=True, check=True)
        body, _, status = done.stdout.rpartition("\n")
        replies.append((int(status), json.loads(body)))
    loaves, ordered, sold_out, refused, _clock, orders, hours = replies
    assert loaves == (200, [{"name": "rye", "price": 4.2, "left": 3}, {"name": "spelt", "price": 5.1, "left": 0}])
    assert ordered[0] == 201
    assert ordered[1]["state"] == "baking"
    assert sold_out == (409, {"error": "There are 1 left of rye. Order fewer."})
    assert refused == (401, {"error": "Send X-Till-Key."})
    assert [(one["pieces"], one["state"]) for one in orders[1]] == [(2, "ready")]
    assert hours == (200, {"from": "07:00", "to": "18:30"})
    assert "X-Till-Key  dev-till" in log.read_text()


def test_a_test_suite_is_served_it_by_a_setting(project: Path, scripts: Path, variables: dict[str, str]) -> None:
    command = [scripts / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    command += ["-p", "no:asyncio", "test_bakery.py"]  # which is there for our own tests, and warns
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_handlers_pass_the_type_checker(project: Path, variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "bakery_pack", "--cache-dir", "/dev/null"]
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
