"""The small app on a port, and the suites of the model run against it in this process."""

from __future__ import annotations

import importlib
import inspect
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn

from specdouble.verify.generated.grading import settle
from specdouble.verify.problems import TargetError, Unmet
from specdouble.verify.responses.record import Record
from specdouble.verify.running.gather import gather
from specdouble.verify.running.opening import make_session
from specdouble.verify.session.check import Check, Stop
from specdouble.verify.suites import model
from tests.verify.generated.small_app import make_app

HERE = Path(__file__).parent
AUTH = HERE / "auth.yaml"
_open: list[Any] = []  # sessions, closed with the app


def document(folder: Path) -> Path:
    """Write the document of the healthy app and return its path."""
    path = folder / "shelves.json"
    if not path.exists():
        path.write_text(json.dumps(make_app().openapi()))
    return path


@contextmanager
def served(fault: str = "none", make: Callable[[str], Any] = make_app) -> Iterator[str]:
    """Serve the app (or another one) with a fault; give its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(make(fault), host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        while _open:
            made = _open.pop()
            made.client.http.close()
            made.control.http.close()
        server.should_exit = True
        thread.join()


def session_for(url: str, folder: Path, **more: Any) -> Any:
    """Return the session of a run about the app."""
    given = {"spec": str(document(folder)), "target": url, "journal": str(folder), "auth": str(AUTH), "seed": 3, **more}
    made = make_session(gather({name: value for name, value in given.items() if value}, {}))
    _open.append(made)
    return made


def suites() -> Iterator[tuple[str, Any, Any]]:
    """Yield the tests of the model: their rule, the test, and which operations they are made for."""
    base = Path(str(model.__file__)).parent
    for path in sorted(base.rglob("test_*.py")):
        module = importlib.import_module(".".join([model.__name__, *path.relative_to(base).with_suffix("").parts]))
        for name, test in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and test.__module__ == module.__name__:
                marks = {one.name: one for one in test.pytestmark}
                yield marks["rule"].args[0], test, marks["operations"].kwargs["wanted"]


def findings(session: Any, *rules: str) -> list[dict[str, Any]]:
    """Run the tests of some rules (by their beginning; all without any), and return what they found, settled."""
    found: dict[str, dict[str, Any]] = {}
    judged: dict[str, dict[str, int]] = {}
    for rule, test, wanted in suites():
        if rules and not rule.startswith(rules):
            continue
        for op in session.contract.ops:
            if not wanted(op, session.api):
                continue
            record = Record(test=f"{test.__name__}[{op.id}]", rules=(rule,), ops=(op.id,))
            session.client.begin(record)
            with suppress(Stop, Unmet, TargetError):
                test(op=op, session=session, check=Check(session, rule, (op.id,), rule))
            for identity, one in record.findings.items():
                found.setdefault(identity, one)
            for operation, made in record.judged.items():
                judged.setdefault(operation, {}).update(made)
    settle(found.values(), judged)
    return list(found.values())


def faults(session: Any, *rules: str) -> list[str]:
    """Return the faults that the tests of some rules find, as lines."""
    return [
        f"{one['rule']} {one['op']}: {one['message']}" for one in findings(session, *rules) if one["kind"] == "fault"
    ]
