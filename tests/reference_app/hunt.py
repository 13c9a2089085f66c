"""Hunt the faults of an app with ``specdouble verify``: which are caught, by which rule, and a table of classes.

    python -m tests.reference_app.hunt --every 4 --offset 1 --jobs 2 --out found.jsonl
    python -m tests.reference_app.hunt --app tests.second_app --healthy 4
    python -m tests.reference_app.hunt --table found.jsonl

Each fault gets a process of its own, forked when everything is imported, with the app on a port of its own. It ends with
the first fault that is confirmed; a fault that no rule finds costs a whole run.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import socket
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = "tests.reference_app"


class App:
    """An app that faults can be planted in: its catalogue, its document, its people."""

    def __init__(self, name: str) -> None:
        self.faults = importlib.import_module(f"{name}.faults")
        self.module = importlib.import_module(f"{name}.app")
        self.folder = Path(str(self.faults.__file__)).parent

    def document(self) -> dict[str, Any]:
        """Return the document that the app publishes."""
        made = self.module.create_app()
        found: dict[str, Any] = made.openapi() if hasattr(made, "openapi") else self.module.document()
        return found

    def start(self, fault: str | None) -> str:
        """Serve the app in a thread of this process; return its URL."""
        self.faults.activate(fault)
        app = self.module.create_app()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        if hasattr(app, "openapi"):
            import uvicorn

            server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
            threading.Thread(target=server.run, daemon=True).start()
            while not server.started:
                time.sleep(0.01)
        else:
            from werkzeug.serving import WSGIRequestHandler, make_server

            class Quiet(WSGIRequestHandler):
                """Keeps connections, and says nothing."""

                protocol_version = "HTTP/1.1"

                def log(self, type: str, message: str, *args: Any) -> None:
                    """Say nothing."""

            threading.Thread(
                target=make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet).serve_forever,
                daemon=True,
            ).start()
        return f"http://127.0.0.1:{port}"


def run(app: App, fault: str | None, seed: int, folder: Path, *, whole: bool, rules: list[str]) -> None:
    """Verify the app with a fault, and end the process; the result is a line of JSON in a file of the folder."""
    started = time.perf_counter()
    name = fault or f"healthy-{seed}"
    kind = app.faults.CATALOGUE[fault].kind if fault else "healthy"
    result = folder / f"{name}.result.json"

    def end(code: int, **more: Any) -> None:
        seconds = round(time.perf_counter() - started, 1)
        line = {"fault": name, "kind": kind, "exit": code, "seconds": seconds, **more}
        (folder / f"{name}.line.json").write_text(json.dumps(line))
        os._exit(0)

    def told(one: dict[str, Any]) -> str:
        return f"{one['rule']} {one.get('op') or one.get('operation')}: {one['message']}"[:200]

    url = app.start(fault)
    if not whole:
        from specdouble.verify.generated.grading import FAULT, settle
        from specdouble.verify.running.run import Running

        reported = Running.pytest_runtest_logreport

        def first(self: Any, report: Any) -> None:
            reported(self, report)
            found = [dict(one) for one in self.result.findings.values()]
            settle(found, self.result.proof.judged)
            for one in found:
                if one["kind"] == FAULT:
                    end(1, found=[told(one)])

        Running.pytest_runtest_logreport = first  # type: ignore[method-assign]
    from specdouble.cli.main import main as command

    words = ["verify", "--spec", str(folder / "document.json"), url, "--auth", str(app.folder / "auth.yaml")]
    words += [word for one in rules for word in ("--only", one)]
    words += ["--seed", str(seed), "--json", str(result), "--journal", str(folder / name), "-q"]
    code = 0
    with contextlib.redirect_stdout(open(folder / f"{name}.txt", "w")):
        try:
            sys.argv = ["specdouble", *words]
            command()
        except SystemExit as error:
            code = int(error.code or 0)
    data = json.loads(result.read_text())
    of = {one: [told(f) for f in data["findings"] if f.get("kind") == one] for one in ("fault", "drift")}
    more = {"summary": data["summary"], "crashes": data.get("crashes", [])} if whole else {}
    end(code, found=of["fault"][:4], drift=of["drift"][:4], **more)


def hunt(
    app: App, wanted: list[tuple[str | None, int]], jobs: int, folder: Path, *, whole: bool, rules: list[str]
) -> Iterator[Any]:
    """Yield the result of each fault, as it comes."""
    _warm()
    running: dict[int, str] = {}
    left = list(wanted)
    while left or running:
        while left and len(running) < jobs:
            fault, seed = left.pop(0)
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                try:
                    run(app, fault, seed, folder, whole=whole, rules=rules)
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(2)
            running[child] = fault or f"healthy-{seed}"
        child, _status = os.wait()
        name = running.pop(child)
        line = folder / f"{name}.line.json"
        yield json.loads(line.read_text()) if line.exists() else {"fault": name, "kind": "?", "exit": 99, "found": []}


def _warm() -> None:
    """Import what a run needs, once for all."""
    import pytest  # noqa: F401

    import specdouble.cli.main
    import specdouble.verify.generated.session  # noqa: F401
    from specdouble.verify.suites import model

    base = Path(str(model.__file__)).parent
    for path in sorted(base.rglob("*.py")):
        importlib.import_module(".".join([model.__name__, *path.relative_to(base).with_suffix("").parts]))


def table(lines: list[dict[str, Any]]) -> str:
    """Return the caught share of each class as a Markdown table."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for one in lines:
        kinds[one["kind"]].append(one["exit"] == 1)
    rows = [f"| {kind} | {sum(hits)}/{len(hits)} |" for kind, hits in sorted(kinds.items())]
    every = [hit for hits in kinds.values() for hit in hits]
    rows.append(f"| **all** | **{sum(every)}/{len(every)}** ({100 * sum(every) // max(1, len(every))} %) |")
    return "\n".join(["| class | caught |", "|---|--:|", *rows])


def main() -> int:
    """Read the command line, hunt, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference_app.hunt", description=__doc__)
    parser.add_argument("--app", default=HERE, help="the package of the app")
    parser.add_argument("--every", type=int, default=1, help="each so many faults")
    parser.add_argument("--offset", type=int, default=0, help="from which fault on")
    parser.add_argument("--only", nargs="*", default=[], help="faults or classes")
    parser.add_argument("--rules", nargs="*", default=[], help="these rules alone")
    parser.add_argument("--healthy", type=int, default=0, help="so many seeds of the healthy app instead")
    parser.add_argument("--whole", action="store_true", help="do not end with the first fault")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="lines of JSON, appended")
    parser.add_argument("--table", type=Path, help="print the table of such a file, and end")
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / f"hunt-{os.getpid()}")
    options = parser.parse_args()
    if options.table:
        found = {one["fault"]: one for one in map(json.loads, options.table.read_text().splitlines())}
        sys.stdout.write(table(list(found.values())) + "\n")
        return 0
    app = App(options.app)
    names = [
        one
        for one in list(app.faults.CATALOGUE)[options.offset :: options.every]
        if not options.only or one in options.only or app.faults.CATALOGUE[one].kind in options.only
    ]
    wanted: list[tuple[str | None, int]] = [(one, options.seed) for one in names]
    if options.healthy:
        wanted = [(None, seed) for seed in range(1, options.healthy + 1)]
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "document.json").write_text(json.dumps(app.document()))
    lines = []
    whole = options.whole or bool(options.healthy)
    for one in hunt(app, wanted, options.jobs, options.folder, whole=whole, rules=options.rules):
        lines.append(one)
        said = one["found"] or one.get("drift") or ["-"]
        sys.stdout.write(f"{one['fault']}\t{one['exit']}\t{one.get('seconds')}\t{' ; '.join(said[:2])}\n")
        sys.stdout.flush()
        if options.out:
            with options.out.open("a") as file:
                file.write(json.dumps(one) + "\n")
    sys.stdout.write(table(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
