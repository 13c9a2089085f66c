"""Servers of a test, in threads of this process, and runs of the suites against them."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from apis import Settings

from specdouble.cli.progress import Follower
from specdouble.verify.api import places
from specdouble.verify.running.preflight import preflight
from tests.ports import free_ports, wait_for

ROOT = str(Path(__file__).resolve().parent.parent.parent)


@contextlib.contextmanager
def asgi(app: Any) -> Iterator[str]:
    """Serve an ASGI application; gives its URL."""
    (port,) = free_ports(1)
    config = uvicorn.Config(
        app, "127.0.0.1", port, log_level="critical", lifespan="off", ws="none", access_log=False, proxy_headers=False
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def verify(
    target: str, only: tuple[str, ...] = (), *, suites: tuple[str, ...] = (), fast: bool = False, **more: Any
) -> dict[str, Any]:
    """Verify a server with the suites, or with some modules of them, in this process; return the result.

    `more` are settings; `fast` ends the run with the first violation.
    """
    journal = tempfile.mkdtemp(prefix="specdouble-")
    settings = preflight(Settings(target=target, only=only, journal=journal, seed=1, **more))
    follower = Follower(settings, quiet=True)
    files = [str(path) for path in places.files(settings.api.folder) if path.stem in suites] or [places.NAMES[0]]
    arguments = ["--pyargs", *files, "-p", "no:cacheprovider", "-p", "no:terminal", "-W", "ignore"]
    arguments += ["-p", "no:unraisableexception"]  # it collects garbage for longer than a short run takes
    arguments += ["-c", os.devnull, "--rootdir", ROOT, "-p", "specdouble.verify.plugin", *(["-x"] if fast else [])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        pytest.main(arguments, plugins=[follower])
    assert follower.result is not None, "the suite did not run"
    return follower.result


def told(result: dict[str, Any], severity: str = "violation") -> list[str]:
    """Return the findings of a result, a line for each."""
    return [
        f"{one['rule']} {one['key']}: {one['message']} (got {one['got'][:150]})"
        for one in result["findings"]
        if one["severity"] == severity
    ]


def verdicts(result: dict[str, Any], verdict: str) -> dict[str, list[str]]:
    """Return the operations with a verdict, with the reasons."""
    return {one["key"]: one["reasons"] for one in result["operations"] if one["verdict"] == verdict}
