"""The fixtures for other people's suites: what is served, where, and what a marker says of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from specdouble import packs
from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = ROOT / "docs" / "examples" / "library.yaml"


def test_each_service_has_a_url_by_name_and_as_an_attribute(specdouble_server: Urls) -> None:
    assert list(specdouble_server.urls) == ["auth_gateway", "registry"]
    assert specdouble_server.urls["registry"] == specdouble_server.registry
    assert httpx.get(f"{specdouble_server.registry}/v1/health").status_code == 200


def test_a_service_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match="there is no service 'shop'; there are stock, front"):
        _ = Urls({"stock": "http://a", "front": "http://b"}).shop


def test_the_default_pack_is_served_unless_another_is_chosen(
    specdouble_pack: str, specdouble_platform: Platform
) -> None:
    assert specdouble_pack == ""
    assert specdouble_platform.contract.name == packs.default()


SUITE = """
import httpx
import pytest


@pytest.mark.specdouble("library.yaml", items=0)
class TestOfOneDocument:
    def test_begins_empty(self, specdouble_mock):
        assert list(specdouble_mock.data["book"]) == []
        specdouble_mock.data["book"].add({"id": 1, "title": "Emma", "author": "Jane Austen"})
        with specdouble_mock.client() as client:
            assert client.get("/books/1").json()["book"]["title"] == "Emma"

    def test_begins_empty_again(self, specdouble_mock):
        assert list(specdouble_mock.data["book"]) == []

    @pytest.mark.specdouble(items=2, port=True)
    def test_the_function_wins(self, specdouble_mock):
        assert len(httpx.get(specdouble_mock.url + "/books").json()["books"]) == 2


@pytest.mark.specdouble(world="overdrawn", seed=3)
def test_a_world_of_a_pack(specdouble_mock, specdouble_platform):
    assert specdouble_mock.platform is specdouble_platform
    assert specdouble_mock.control("POST /__mock__/reset")["world"] == "overdrawn"


@pytest.mark.specdouble(seed=3)
def test_the_next_begins_from_the_usual_one(specdouble_mock):
    assert specdouble_mock.control("POST /__mock__/reset")["world"] == "default"


@pytest.mark.specdouble("library.yaml", faults={"operation": "GET /books", "status": 503, "times": 1})
def test_a_call_that_fails_once(specdouble_mock):
    with specdouble_mock.client() as client:
        assert [client.get("/books").status_code for _ in range(2)] == [503, 200]
    assert [one.status for one in specdouble_mock.calls("GET /books")] == [503, 200]


@pytest.mark.specdouble("library.yaml")
def test_and_the_next_knows_nothing_of_it(specdouble_mock):
    assert not specdouble_mock.calls()
    with specdouble_mock.client() as client:
        assert client.get("/books").status_code == 200


@pytest.fixture(scope="session")
def shop(specdouble_mocks):
    return specdouble_mocks("library.yaml", items=1)


def test_a_mock_of_the_session_goes_on(shop):
    shop.data["book"].add({"id": 5, "title": "Emma", "author": "Jane Austen"})


def test_a_mock_of_the_session_goes_on_still(shop):
    assert 5 in shop.data["book"]
"""
ASYNC = """
import httpx
import pytest
from specdouble.mock.respx_bridge import mount


@pytest.mark.asyncio
async def test_under_pytest_asyncio(specdouble_mock, respx_mock):
    mount(respx_mock, "https://library.example", specdouble_mock.app())
    assert httpx.get("https://library.example/books").status_code == 200  # a sync client inside of a loop
    async with httpx.AsyncClient() as client:
        assert (await client.get("https://library.example/books")).status_code == 200


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.anyio
async def test_under_anyio(specdouble_mock, anyio_backend):
    async with specdouble_mock.async_client() as client:
        assert (await client.get("/books")).status_code == 200
    async with httpx.AsyncClient() as client:
        assert (await client.get(specdouble_mock.url + "/books")).status_code == 200
"""
INI = "[pytest]\naddopts = --strict-markers -p no:schemathesis -p no:cacheprovider\nfilterwarnings = error\n"


def write(pytester: pytest.Pytester, suite: str, ini: str = INI) -> None:
    pytester.path.joinpath("pytest.ini").write_text(ini)
    pytester.path.joinpath("library.yaml").write_bytes(LIBRARY.read_bytes())
    pytester.makepyfile(suite)


def test_a_marker_says_what_is_served_and_processes_of_a_run_do_not_meet(pytester: pytest.Pytester) -> None:
    write(pytester, SUITE)
    pytester.runpytest_subprocess("-n", "2", "--dist", "loadfile", "-p", "no:asyncio").assert_outcomes(passed=9)


def test_async_suites_of_both_kinds_are_at_home(pytester: pytest.Pytester) -> None:
    ini = INI + "asyncio_default_fixture_loop_scope = function\nspecdouble_pack = library.yaml\n"
    write(pytester, ASYNC, ini)
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


WRONG = {
    '"library.yaml", sede=3': "there is no setting 'sede'. Did you mean seed?",
    '"library.yaml", port=True, world="overdrwn"': "overdrwn",
    '"libary.yaml"': "libary.yaml",
    '"a", "b"': "takes one API without a name, not 2",
}


def test_a_marker_that_cannot_be_used_is_told(pytester: pytest.Pytester) -> None:
    tests = [
        f"@pytest.mark.specdouble({marker})\ndef test_{number}(specdouble_mock): pass\n"
        for number, marker in enumerate(WRONG)
    ]
    write(pytester, "\n".join(["import pytest", *tests]))
    done = pytester.runpytest_subprocess("-p", "no:asyncio")
    done.assert_outcomes(errors=len(WRONG))
    for said in WRONG.values():
        assert said in done.stdout.str()


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    program = (
        "import sys, pytest; code = pytest.main(['-q', '--collect-only', '-p', 'no:schemathesis', '.']);"
        "print(sorted(name for name in sys.modules if name.startswith('specdouble')), code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT / "docs" / "images"
    )
    loaded = done.stdout.splitlines()[-1]
    assert "specdouble.mock.pytest_plugin" in loaded
    assert not [name for name in ("boot", "testing", "control", "state") if f"specdouble.mock.{name}" in loaded]
