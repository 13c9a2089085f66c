"""A pytest plugin (entry point): the mock of a pack or a document as fixtures, in this process or on real ports.

`specdouble_mock` is a mock as seeded for one test, as its marker says (`@pytest.mark.specdouble(api=…, world=…)`);
`specdouble_mocks` opens mocks for fixtures of any scope. `specdouble_platform` and `specdouble_server` are the engine
and the URLs of the same mock. The setting ``specdouble_pack`` (pytest's own file) or a fixture of that name says what
is served where a marker does not; without it, the bundled default pack. Nothing is imported before one is asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform
    from specdouble.mock.testing import Mock

MARKER = "specdouble"
_OWN = ("api", "world", "port", "faults")  # what a marker says beside the settings of a server


@dataclass(frozen=True)
class Urls:
    """Where the services listen: ``urls`` by name, and each as an attribute (``server.petstore``)."""

    urls: dict[str, str]

    def __getattr__(self, name: str) -> str:
        """Return the URL of a service; raises ``AttributeError``, which names the services."""
        try:
            return self.__dict__["urls"][name]  # type: ignore[no-any-return]
        except KeyError:
            known = ", ".join(self.__dict__.get("urls", ()))
            raise AttributeError(f"there is no service {name!r}; there are {known}") from None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that chooses what is served."""
    parser.addini("specdouble_pack", "Pack, folder or document that the fixtures of specdouble serve.", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    told = "specdouble(api, world=…, seed=…, faults=…, port=…, …): what the mock of this test serves, and its settings"
    config.addinivalue_line("markers", told)


@pytest.fixture(scope="session")
def specdouble_pack(pytestconfig: pytest.Config) -> str:
    """Say what is served: a pack, a folder (relative to the project) or a document; override it to choose another."""
    chosen: str = pytestconfig.getini("specdouble_pack")
    path = pytestconfig.rootpath / chosen
    return str(path) if chosen and path.exists() else chosen


@pytest.fixture(scope="session")
def specdouble_mocks() -> Iterator[Callable[..., Mock]]:
    """Give a function that opens a mock until the session ends; its arguments are those of `open_mock`."""
    with contextlib.ExitStack() as held:

        def make(api: Any = "", **said: Any) -> Mock:
            from specdouble.mock.testing import open_mock

            return held.enter_context(open_mock(api, **said))

        yield make


@pytest.fixture(scope="session")
def _specdouble_kept(specdouble_mocks: Callable[..., Mock]) -> Callable[..., Mock]:
    """Give a function that opens each mock once a session, by what it serves and its settings."""
    kept: dict[Any, Mock] = {}

    def find(api: str, settings: dict[str, Any]) -> Mock:
        key = (api, tuple(sorted((name, repr(value)) for name, value in settings.items())))
        if key not in kept:
            kept[key] = specdouble_mocks(api, **settings)
        return kept[key]

    return find


@pytest.fixture
def specdouble_mock(
    request: pytest.FixtureRequest, specdouble_pack: str, _specdouble_kept: Callable[..., Mock]
) -> Iterator[Mock]:
    """Give the mock of this test, as its markers say; its world is as seeded before, and put back afterwards.

    The marker of a function wins over that of its class, and this over that of the module.
    """
    said: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers(MARKER))):
        if len(mark.args) > 1:
            raise pytest.UsageError(f"@pytest.mark.specdouble takes one API without a name, not {len(mark.args)}")
        said |= ({"api": mark.args[0]} if mark.args else {}) | mark.kwargs
    settings = {name: value for name, value in said.items() if name not in _OWN}
    api = _found(request, str(said["api"])) if "api" in said else specdouble_pack
    mock = _specdouble_kept(api, settings)
    mock.reset(said.get("world", ""))
    for rule in _rules(request, said.get("faults", ())):
        mock.faults.add(rule)
    if said.get("port"):
        mock.listen()
    yield mock
    mock.reset()


def _rules(request: pytest.FixtureRequest, given: Any) -> Iterable[dict[str, Any]]:
    """Return the rules of a marker: one, several, or those of a file beside the test or in the project."""
    if isinstance(given, str):
        from specdouble.mock.faults.files import read_rules

        return read_rules(_found(request, given))
    return [given] if isinstance(given, dict) else given


def _found(request: pytest.FixtureRequest, api: str) -> str:
    """Return what a marker names: a file or folder beside the test or in the project, or a pack."""
    for folder in (request.path.parent, request.config.rootpath):
        if api and (folder / api).exists():
            return str(folder / api)
    return api


@pytest.fixture
def specdouble_platform(specdouble_mock: Mock) -> Platform:
    """Give the engine of the mock of this test, in this process."""
    return specdouble_mock.platform


@pytest.fixture
def specdouble_server(specdouble_mock: Mock) -> Urls:
    """Give the mock of this test on real ports, one for each service."""
    return Urls(specdouble_mock.urls)
