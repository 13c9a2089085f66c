"""The wheel, outside the checkout: what it puts into an environment, what it does there, and whom it leaves alone.

Two fresh environments: the mock alone, which pip installs, and the mock with its verifier. The projects of other people
run there with several versions of pytest, which lie in folders of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import installing
from tests.installing import ROOT, environment, pip
from tests.verify import own_shop

MEGABYTES, PACKAGES = 80, 30  # of the mock alone; packages without pip and setuptools
HEAVY = ("specdouble.openapi", "specdouble.packs", "flask", "httpx", "hypothesis", "schemathesis", "rich")


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mock alone."""
    return environment(tmp_path_factory.mktemp("alone"), str(wheel))


@pytest.fixture(scope="module")
def verifier(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mock and its verifier."""
    return installing.verifier(tmp_path_factory.mktemp("verifier"), wheel)


@pytest.fixture(scope="module")
def pytests(alone: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Folders for PYTHONPATH, each with a pytest and pytest-xdist; the newest is the one that runs these tests."""
    folders = {name: tmp_path_factory.mktemp("pytest") for name in ("8", "newest")}
    pip(alone, "install", "-q", "--no-compile", "--target", folders["8"], "pytest>=8.4,<9", "pytest-xdist")
    installing.link(folders["newest"], "pytest", "pytest-xdist")
    return {name: str(folder) for name, folder in folders.items()}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables without the checkout and what this run set, and with an empty cache."""
    dropped = ("PYTHONPATH", "VIRTUAL_ENV")
    kept = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith(("SPECDOUBLE_", "PYTEST_"))}
    return {**kept, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


def call(command: list[str | Path], folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


# -- what is installed -------------------------------------------------------------------------------------------------


def test_it_puts_one_name_into_site_packages(wheel: Path) -> None:
    files = zipfile.ZipFile(wheel).namelist()
    assert {one.partition("/")[0] for one in files} == {"specdouble", wheel.name.rpartition("-py3")[0] + ".dist-info"}
    for layer in ("specs/auth-gateway.json", "fixtures/worlds/empty/world.json", "mockserver/registry/users.py"):
        assert f"specdouble/packs/imperal/{layer}" in files
    assert any(one.startswith("specdouble/packs/imperal/contract_tests/recipes/") for one in files)
    assert "specdouble/py.typed" in files


def test_the_mock_alone_is_small(alone: Path) -> None:
    (site,) = alone.parent.glob("lib/python3*/site-packages")
    known = {one["name"].lower() for one in json.loads(pip(alone, "list", "--format=json"))} - {"pip", "setuptools"}
    assert len(known) <= PACKAGES, sorted(known)
    assert not known & {"pytest", "hypothesis", "schemathesis", "httpx", "rich"}
    brought = [
        path
        for path in site.iterdir()
        if not path.name.startswith(("pip", "setuptools", "pkg_resources", "_distutils"))
    ]
    files = [file for path in brought for file in (path, *path.rglob("*")) if file.is_file()]  # no folders' own entries
    size = sum(file.stat().st_size for file in files)
    assert size <= MEGABYTES * 1_000_000, f"{size / 1e6:.2f} MB"


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("verify", "http://127.0.0.1:9"), "verify"),
        (("cleanup", "r-1"), "verify"),
        (("spec", "lint"), "verify"),
        (("serve", "--reload"), "reload"),
        (("serve", "--port", "0", "--traces"), "otel"),
    ],
)
def test_a_command_whose_extra_is_missing_says_what_brings_it(
    words: tuple[str, ...], extra: str, alone: Path, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    done = call([alone / "specdouble", *words], tmp_path, elsewhere)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert f"pip install 'specdouble[{extra}]'" in done.stderr


# -- what it does ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(alone: Path, elsewhere: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """The ports of gateway and Registry, served by the mock alone."""
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    command = [alone / "specdouble", "serve", "--port", str(ports[0]), "--registry-port", str(ports[1])]
    with (tmp_path_factory.mktemp("log") / "log").open("w+") as log:
        folder = tmp_path_factory.mktemp("empty")
        server = subprocess.Popen(command, cwd=folder, env=elsewhere, stdout=log, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 30
            while True:
                try:
                    answers(ports[0], "/healthz")
                    break
                except OSError:
                    assert server.poll() is None, Path(log.name).read_text()
                    assert time.monotonic() < until, "the server did not come up"
                    time.sleep(0.1)
            yield ports
        finally:
            server.terminate()
            server.wait(20)


def answers(port: int, path: str) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return dict(json.load(answer))


def test_the_mock_alone_serves(served: list[int]) -> None:
    assert answers(served[0], "/healthz") == {"status": "ok"}
    assert answers(served[1], "/v1/health") == {"status": "ok"}
    paths = answers(served[0], "/v1/openapi.json")["paths"]
    assert isinstance(paths, dict)
    assert len(paths) == 134
    login = json.dumps({"email": "user@example.com", "password": "s3cure!"}).encode()
    url = f"http://127.0.0.1:{served[0]}/v1/auth/login"
    with urllib.request.urlopen(urllib.request.Request(url, login, {"content-type": "application/json"})) as answer:
        assert json.load(answer)["token_type"] == "bearer"


def test_two_commands_of_the_readme_lead_from_nothing_to_a_post_that_is_there_on_get(
    alone: Path, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    part = (ROOT / "README.md").read_text().partition("## Any document")[2]
    serve, _, ask = part.partition("```sh\n")[2].partition("\n```")[0].partition("\n")
    shutil.copy(ROOT / "docs" / "examples" / "library.yaml", tmp_path)
    assert serve == "specdouble serve library.yaml"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    variables = {**elsewhere, "PATH": f"{alone}:{elsewhere['PATH']}", "SPECDOUBLE_PORT": port}
    with (tmp_path / "log").open("w+") as log:
        server = subprocess.Popen(serve.split(), cwd=tmp_path, env=variables, stdout=log, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 30
            while not listens(int(port)):
                assert server.poll() is None, Path(log.name).read_text()
                assert time.monotonic() < until, "the server did not come up"
                time.sleep(0.1)
            done = call(["sh", "-ec", ask.replace("localhost:8080", f"localhost:{port}")], tmp_path, elsewhere)
        finally:
            server.terminate()
            server.wait(20)
    made, _, listed = done.stdout.partition("}}")
    book = json.loads(made + "}}")["book"]
    assert book == {"title": "Emma", "author": "Jane Austen", "id": book["id"]}
    assert json.loads(listed) == {"books": [book], "total": 1}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_verifies(served: list[int], verifier: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{served[0]}"
    done = call(
        [verifier / "specdouble", "verify", url, "--only", "api-keys", "--journal", "state"], tmp_path, elsewhere
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONFORM 2/2 paths 3/3 operations" in done.stdout


def test_tests_of_one_s_own_and_recorded_traffic_are_judged(
    verifier: Path, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    own_shop.project(tmp_path)
    journal = ["--journal", str(tmp_path / "runs"), "-q"]
    with own_shop.shop() as url:
        command = [verifier / "specdouble", "verify", url, "--spec", "shop.json", "--tests", "contract_tests", *journal]
        done = subprocess.run(command, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=False)
        assert (done.returncode, "2/2 operations" in done.stdout) == (0, True), done.stdout + done.stderr
    request = {"method": "GET", "url": "https://shop.example/orders"}
    answer = {"status": 200, "content": {"text": '[{"id": "one"}]', "mimeType": "application/json"}}
    (tmp_path / "t.har").write_text(json.dumps({"log": {"entries": [{"request": request, "response": answer}]}}))
    command = [verifier / "specdouble", "verify", "--har", "t.har", "--spec", "shop.json", "--fail-on", "drift"]
    done = subprocess.run(command, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "body[0].id: expected an integer" in done.stdout


def test_it_lints_the_bundled_documents(verifier: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    done = call([verifier / "specdouble", "spec", "lint"], tmp_path, elsewhere)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "162 operations" in done.stdout


# -- whom it leaves alone ----------------------------------------------------------------------------------------------

TAKEN = ("contract_tests", "mockserver", "specs", "fixtures")
TWO = ("-n", "2", "--dist", "loadfile")
CONFTEST = """
import pytest

def pytest_addoption(parser):
    for name in ("--target", "--only", "--registry", "--admin", "--safety"):
        parser.addoption(name)

@pytest.fixture
def stage(request):
    return request.config.getoption("--target")
"""
PLAIN = f"""
import sys
import contract_tests, fixtures, mockserver, specs

def test_packages_are_theirs():
    assert [one.MINE for one in (contract_tests, fixtures, mockserver, specs)] == [True] * 4

def test_the_option_is_theirs(stage, request):
    assert stage == "theirs"
    assert not hasattr(request.config.option, "contract_target")

def test_nothing_of_ours_was_loaded():
    assert [name for name in {HEAVY!r} if name in sys.modules] == []
"""
SERVED = """
import urllib.request

def test_the_mock_is_a_fixture(specdouble_server):
    assert urllib.request.urlopen(specdouble_server.auth_gateway + "/healthz").status == 200
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody's project, with the names that we use ourselves."""
    folder = tmp_path_factory.mktemp("project")
    for one in TAKEN:
        (folder / one).mkdir()
        (folder / one / "__init__.py").write_text("MINE = True\n")
    (folder / "contract_tests" / "test_contract.py").write_text("def test_it(): pass\n")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_plain.py").write_text(PLAIN)
    (folder / "test_served.py").write_text(SERVED)
    return folder


@pytest.mark.parametrize(
    ("version", "words", "passed"),
    [
        ("newest", ("test_plain.py", "contract_tests", "-W", "error"), 4),
        ("newest", ("test_plain.py", "test_served.py", "contract_tests", "-W", "error", *TWO), 5),
        ("8", ("test_plain.py", "test_served.py", "contract_tests", "-W", "error", *TWO), 5),
    ],
    ids=["newest", "newest, xdist and the mock", "8, xdist and the mock"],
)
def test_other_people_s_tests_run_as_without_it(
    version: str, words: tuple[str, ...], passed: int, alone: Path, pytests: dict[str, str],
    elsewhere: dict[str, str], project: Path,
) -> None:  # fmt: skip
    variables = {**elsewhere, "PYTHONPATH": pytests[version], "SPECDOUBLE_TARGET": "http://127.0.0.1:9"}
    command = [alone / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, "--target", "theirs"]
    done = call(command, project, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{passed} passed" in done.stdout


@pytest.mark.parametrize(("version", "processes"), [("8", ()), ("newest", TWO)], ids=["8", "newest, xdist"])
def test_the_suites_run_beside_them(
    version: str, processes: tuple[str, ...], served: list[int], verifier: Path, pytests: dict[str, str],
    elsewhere: dict[str, str], project: Path, tmp_path: Path,
) -> None:  # fmt: skip
    only = "test_reach.py::test_a_valid_request_is_taken[GET /v1/keys]"
    command = [verifier / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "specdouble.verify"]
    command += ["--contract-target", f"http://127.0.0.1:{served[0]}", "--contract-only", only, *processes]
    command += ["--contract-journal", str(tmp_path)]
    done = call(command, project, {**elsewhere, "PYTHONPATH": pytests[version]})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONFORM 1/1 paths 1/1 operations" in done.stdout
