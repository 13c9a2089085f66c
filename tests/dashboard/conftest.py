"""A server of the bundled default pack and of a plain document, and a browser that looks at their dashboards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target
from tests.browser import Browser, chromium

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("home"), 1200, 900) as session:
        yield session


@pytest.fixture
def browser(window: Browser) -> Browser:
    window.size(1200, 900)
    window.dark(on=False)
    window.open("about:blank")  # the page of the test before asks for its server, which is gone
    window.complaints()
    return window


@pytest.fixture
def cloud() -> Iterator[str]:
    """The URL of the bundled default pack."""
    with serving(boot(contract_of_target(""))) as urls:
        yield next(iter(urls.values())).replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def library_platform() -> Platform:
    """A plain document."""
    return boot(contract_of_target(str(ROOT / "docs" / "examples" / "library.yaml")))


@pytest.fixture
def library(library_platform: Platform) -> Iterator[str]:
    """The URL of a plain document."""
    library_platform.worlds.restart()
    with serving(library_platform) as urls:
        yield next(iter(urls.values())).replace("127.0.0.1", "localhost")
