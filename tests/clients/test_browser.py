"""A page of another origin in Chromium works with a plain document: logs in, lists, makes, changes, deletes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser import Browser, chromium, free_port, needs_chromium, soon
from tests.ports import web

PAGE = Path(__file__).parent / "page"
pytestmark = needs_chromium


@pytest.fixture
def api(tmp_path: Path) -> Iterator[str]:
    """The document beside the page, served."""
    chosen = free_port()
    command = [sys.executable, "-m", "specdouble", "serve", str(PAGE / "notes.yaml"), "--port", str(chosen)]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
        try:
            soon(lambda: httpx.get(f"http://127.0.0.1:{chosen}/openapi.json").status_code == 200)
            yield f"http://127.0.0.1:{chosen}"
        finally:
            server.terminate()
            server.wait(15)


@pytest.fixture
def page() -> Iterator[str]:
    """The page, served from an origin of its own."""
    with web(PAGE, "localhost") as url:
        yield f"{url}/index.html"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with chromium(tmp_path) as session:
        yield session


def log_in(browser: Browser, page: str, api: str, *, only_read: bool = False) -> None:
    browser.open(f"{page}?api={api}")
    browser.type("#user", "ann")
    browser.type("#password", "secret")
    if only_read:
        browser.click("#reader")
    browser.click("#login button")
    soon(lambda: browser.text("#total") == "3 notes")


def test_a_page_logs_in_makes_lists_changes_and_deletes(browser: Browser, page: str, api: str) -> None:
    log_in(browser, page, api)
    browser.type("#text", "Water the beds & the “herbs”")
    browser.click("#colour option:nth-child(3)")
    browser.click("#add button")
    soon(lambda: browser.text("#total") == "4 notes")
    soon(lambda: browser.text("li.green:first-child span, li.green:last-child span") == "Water the beds & the “herbs”")

    token = httpx.post(f"{api}/oauth/token", data={"grant_type": "password", "username": "a", "password": "b"}).json()
    headers = {"authorization": f"Bearer {token['access_token']}"}
    notes = httpx.get(f"{api}/notes", headers=headers).json()["notes"]
    (made,) = [one for one in notes if one["text"].startswith("Water")]
    assert (made["colour"], made["done"]) == ("green", False)

    line = f'li[data-id="{made["id"]}"]'
    browser.click(f"{line} button:nth-of-type(1)")
    soon(lambda: httpx.get(f"{api}/notes/{made['id']}", headers=headers).json()["done"] is True)
    soon(lambda: browser.text(f"{line}.done span"))
    shot = browser.screenshot("board")
    assert shot.startswith(b"\x89PNG")
    assert len(shot) > 5_000

    browser.click(f"{line} button:nth-of-type(2)")
    soon(lambda: browser.text("#total") == "3 notes")
    assert httpx.get(f"{api}/notes/{made['id']}", headers=headers).status_code == 404


def test_what_is_refused_reaches_the_page(browser: Browser, page: str, api: str) -> None:
    log_in(browser, page, api, only_read=True)
    browser.type("#text", "mine")
    browser.click("#add button")
    assert soon(lambda: browser.text("#said")) == "403: The token lacks write."
    assert browser.text("#total") == "3 notes"


def test_a_browser_that_opens_the_server_sees_its_dashboard(browser: Browser, api: str) -> None:
    browser.open(api)
    assert browser.url() == f"{api}/__mock__/"
    assert browser.text("h1") == "Overview"
    assert browser.text(".brand") == "specdouble Board"
