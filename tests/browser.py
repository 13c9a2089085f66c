"""Headless Chromium, driven by WebDriver, as much of it as a walk through pages needs.

Needs `chromium` and `chromedriver` (Debian: apt-get install chromium chromium-driver); tests that use it are left out
where they are not installed. Screenshots go into the folder that SPECDOUBLE_SCREENSHOTS names, if it is set.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from specdouble.sockets import listen, port_of

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference in the protocol WebDriver
SECONDS = 30

needs_chromium = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")), reason="chromium is not installed"
)


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
        time.sleep(0.05)


def free_port() -> int:
    held = listen("127.0.0.1", 0)
    port = port_of(held)
    for one in held:
        one.close()
    return port


class Browser:
    """A session of WebDriver."""

    def __init__(self, driver: str, width: int = 800, height: int = 600) -> None:
        flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        flags += ["--disable-background-networking", f"--window-size={width},{height}"]
        wanted = {
            "goog:chromeOptions": {"args": flags, "binary": shutil.which("chromium")},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
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

    def clear(self, selector: str) -> None:
        self._call("POST", f"{self._element(selector)}/clear")

    def click(self, selector: str) -> None:
        self._call("POST", f"{self._element(selector)}/click")

    def text(self, selector: str) -> str:
        return str(self._call("GET", f"{self._element(selector)}/text"))

    def url(self) -> str:
        return str(self._call("GET", f"{self._session}/url"))

    def run(self, script: str, *given: Any) -> Any:
        """Run a script, which returns a value or a promise of one."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": list(given)})

    def size(self, width: int, height: int) -> None:
        self._call("POST", f"{self._session}/window/rect", {"width": width, "height": height})

    def dark(self, on: bool) -> None:
        """Prefer the dark scheme, or the light one."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]
        self._call(
            "POST",
            f"{self._session}/goog/cdp/execute",
            {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}},
        )

    def complaints(self) -> list[str]:
        """Return what the console of the browser says in warnings and errors since the last time."""
        lines = self._call("POST", f"{self._session}/se/log", {"type": "browser"})
        return [one["message"] for one in lines if one["level"] in ("WARNING", "SEVERE")]

    def screenshot(self, name: str = "") -> bytes:
        """Return a picture of the window; with a name it is also kept where pictures are wanted."""
        shot = base64.b64decode(self._call("GET", f"{self._session}/screenshot"))
        folder = os.environ.get("SPECDOUBLE_SCREENSHOTS")
        if folder and name:
            Path(folder).joinpath(f"{name}.png").write_bytes(shot)
        return shot

    def close(self) -> None:
        self._http.request("DELETE", self._session)
        self._http.close()


@contextlib.contextmanager
def chromium(home: Path, width: int = 800, height: int = 600) -> Iterator[Browser]:
    """Start a browser with a folder of its own."""
    port = free_port()
    quiet = subprocess.DEVNULL
    environ = {**os.environ, "HOME": str(home)}
    driver = subprocess.Popen(["chromedriver", f"--port={port}"], env=environ, stdout=quiet, stderr=quiet)
    try:
        url = f"http://127.0.0.1:{port}"
        soon(lambda: httpx.get(f"{url}/status").status_code == 200)
        session = Browser(url, width, height)
        try:
            yield session
        finally:
            session.close()
    finally:
        driver.terminate()
        driver.wait(15)
