"""A pytest plugin (entry point): the mock of a pack as fixtures, in-process or on real ports.

``specdouble_platform`` gives the world and its services, reset before each test; ``specdouble_server`` the URLs of the
services by name, served by granian in a thread of this process. The setting ``specdouble_pack`` (pytest's own file) or
a fixture of that name says which pack, folder or document is served; without it, the bundled default pack.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform


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


@pytest.fixture(scope="session")
def specdouble_pack(pytestconfig: pytest.Config) -> str:
    """Say what is served: a pack, a folder (relative to the project) or a document; override it to choose another."""
    chosen: str = pytestconfig.getini("specdouble_pack")
    path = pytestconfig.rootpath / chosen
    return str(path) if chosen and path.exists() else chosen


@pytest.fixture(scope="session")
def _specdouble_booted(specdouble_pack: str) -> Platform:
    from specdouble.mock.boot import boot
    from specdouble.packs.target import contract_of_target

    return boot(contract_of_target(specdouble_pack))


@pytest.fixture
def specdouble_platform(_specdouble_booted: Platform) -> Iterator[Platform]:
    """Give the mock in this process, as seeded."""
    _specdouble_booted.world.reset()
    yield _specdouble_booted
    _specdouble_booted.world.reset()


@pytest.fixture(scope="session")
def _specdouble_urls(_specdouble_booted: Platform) -> Iterator[Urls]:
    from specdouble.mock.transports.thread import serving

    with serving(_specdouble_booted) as urls:
        yield Urls(urls)


@pytest.fixture
def specdouble_server(_specdouble_urls: Urls, specdouble_platform: Platform) -> Urls:
    """Give the mock on real ports, one for each service; the world is as seeded."""
    return _specdouble_urls
