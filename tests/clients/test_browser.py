"""A page of another origin in headless Chromium works with a plain document: logs in, makes, lists, changes, deletes.

Needs `chromium` and `chromedriver` (Debian: apt-get install chromium chromium-driver); it is left out where they are
not installed. The screenshot of the walk goes into the folder that SPECDOUBLE_SCREENSHOTS names, if it is set.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import web

PAGE = Path(__file__).parent / "page"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference in the protocol WebDriver
SECONDS = 30

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")), reason="chromium is not installed"
)


class Browser:
    """A session of WebDriver, as much of it as a walk needs."""

    def __init__(self, driver: str) -> None:
        flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=800,600"]
        wanted = {"goog:chromeOptions": {"args": flags, "binary": shutil.which("chromium")}}
        self._http = httpx.Client(base_url=driver, timeout=60)
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        reply = self._http.request(method, path, json=body if body is not None or method == "GET" else {})
        assert reply.status_code == 200, reply.text
        return reply.json()["value"]

    def _element(self, selector: str) -> str:
        found = self._call("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        return f"{self._session}/element/{found[ELEMENT]}"

    def open(self, url: str) -> None:
        self._call("POST", f"{self._session}/url", {"url": url})

    def type(self, selector: str, text: str) -> None:
        self._call("POST", f"{self._element(selector)}/value", {"text": text})

    def click(self, selector: str) -> None:
        self._call("POST", f"{self._element(selector)}/click")

    def text(self, selector: str) -> str:
        return str(self._call("GET", f"{self._element(selector)}/text"))

    def url(self) -> str:
        return str(self._call("GET", f"{self._session}/url"))

    def screenshot(self) -> bytes:
        return base64.b64decode(self._call("GET", f"{self._session}/screenshot"))

    def close(self) -> None:
        self._http.request("DELETE", self._session)
        self._http.close()


def soon(what: Callable[[], Any]) -> Any:
    """Wait until something is so, and return it."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            found = what()
            if found:
                return found
        except (AssertionError, httpx.TransportError):
            if time.monotonic() > until:
                raise
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.1)


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def api(tmp_path: Path) -> Iterator[str]:
    """The document beside the page, served."""
    chosen = port()
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
    chosen = port()
    environ = {**os.environ, "HOME": str(tmp_path)}
    driver = subprocess.Popen(
        ["chromedriver", f"--port={chosen}"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{chosen}"
        soon(lambda: httpx.get(f"{url}/status").status_code == 200)
        session = Browser(url)
        try:
            yield session
        finally:
            session.close()
    finally:
        driver.terminate()
        driver.wait(15)


def log_in(browser: Browser, page: str, api: str, *, only_read: bool = False) -> None:
    browser.open(f"{page}?api={api}")
    browser.type("#user", "ann")
    browser.type("#password", "secret")
    if only_read:
        browser.click("#reader")
    browser.click("#login button")
    soon(lambda: browser.text("#total") == "3 notes")


def test_a_page_logs_in_makes_lists_changes_and_deletes(browser: Browser, page: str, api: str, tmp_path: Path) -> None:
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
    shot = browser.screenshot()
    assert shot.startswith(b"\x89PNG")
    assert len(shot) > 5_000
    folder = os.environ.get("SPECDOUBLE_SCREENSHOTS")
    (Path(folder) if folder else tmp_path).joinpath("board.png").write_bytes(shot)

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
    assert browser.text("h1") == "specdouble"
    assert "Board" in browser.text("p")
