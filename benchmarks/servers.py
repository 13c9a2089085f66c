"""Our mock behind different HTTP servers, with the same work and in turn: what it costs to be served by which.

    python -m benchmarks.servers

Choices whose package is not installed are skipped. Nothing here is used by the mock itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import io
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

if not __package__:  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.compare import FIRST, JSON, LOGIN, ME, WRITES, positive, token_of
from benchmarks.measure import (
    BenchmarkError,
    Load,
    Process,
    Work,
    end_on_signals,
    free_port,
    loaded,
    middle,
    require,
    running,
)
from benchmarks.report import table

HERE = "benchmarks.servers"
PATCH = WRITES[0]
WORKS: tuple[Work, ...] = (ME, PATCH, LOGIN)
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

# name -> (packages it needs, command; {port} is filled in)
CHOICES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "granian RSGI, our adapter": (("granian",), ["-m", HERE, "--serve", "adapter", "{port}"]),
    "- on uvloop": (("granian", "uvloop"), ["-m", HERE, "--serve", "adapter-uvloop", "{port}"]),
    "granian RSGI, Flask inline": (("granian",), ["-m", HERE, "--serve", "flask", "{port}"]),
    "granian RSGI, constant answer": (("granian",), ["-m", HERE, "--serve", "constant", "{port}"]),
    "gunicorn gthread 16, Flask": (
        ("gunicorn",),
        ["-m", "gunicorn", "--workers=1", "--worker-class=gthread", "--threads=16", "--keep-alive=60",
         "--bind=127.0.0.1:{port}", f"{HERE}:wsgi()"],
    ),
    "uvicorn, Flask inline": (
        ("uvicorn",),
        ["-m", "uvicorn", "--factory", f"{HERE}:asgi", "--port={port}", "--log-level=error", "--no-access-log"],
    ),
}  # fmt: skip


# -- the applications ----------------------------------------------------------------------------------------------


def wsgi() -> Any:
    """Return the gateway as the Flask application it is."""
    from specdouble.mock.boot import boot
    from specdouble.mock.transports.app import create_app
    from specdouble.packs.documents import contract

    return create_app(boot(contract("imperal")), "auth_gateway")


def asgi() -> Any:
    """Return the gateway's Flask application behind a thin ASGI function that calls it in the event loop."""
    app = wsgi()

    async def call(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": scope["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": scope["path"],
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "0",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": scope["client"][0],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        for name, value in scope["headers"]:
            key = name.decode("latin-1").upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value.decode("latin-1")
        begun: list[Any] = []
        content = b"".join(app.wsgi_app(environ, lambda status, headers, _exc=None: begun.extend((status, headers))))
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in begun[1]]
        await send({"type": "http.response.start", "status": int(begun[0][:3]), "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return call


class Constant:
    """Always the same answer: what granian costs by itself."""

    HEADERS = (("content-type", "application/json"),)

    async def __rsgi__(self, _scope: Any, proto: Any) -> None:
        """Answer."""
        proto.response_bytes(200, list(self.HEADERS), b'{"access_token":"constant"}')


def serve(what: str, port: int) -> None:
    """Serve one of the choices with granian's embedded server until interrupted."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from specdouble.mock.boot import boot
    from specdouble.mock.transports.rsgi.adapter import RsgiAdapter
    from specdouble.packs.documents import contract

    application: Any
    application = Constant() if what == "constant" else RsgiAdapter(boot(contract("imperal")), "auth_gateway")
    if what == "flask":
        adapter = application

        class Inline:
            """Every request the ordinary way through Flask."""

            async def __rsgi__(self, scope: Any, proto: Any) -> None:
                adapter._through_flask(scope, proto, b"" if scope.method == "GET" else bytes(await proto()))

        application = Inline()

    async def main() -> None:
        options: dict[str, Any] = {"interface": Interfaces.RSGI, "websockets": False, "log_enabled": False}
        await Server(application, address="127.0.0.1", port=port, backlog=2048, **options).serve()

    if what == "adapter-uvloop":
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())


# -- measuring -----------------------------------------------------------------------------------------------------


def measure(seconds: int, connections: int, rounds: int) -> str:
    """Give every choice the same work in turn; returns a table of medians."""
    require("wrk", "install it (Debian and Ubuntu: apt-get install wrk)")
    rows: dict[str, list[str]] = {}
    with contextlib.ExitStack() as stack:
        processes: dict[str, Process] = {}
        for name, (packages, command) in CHOICES.items():
            missing = [package for package in packages if importlib.util.find_spec(package) is None]
            if missing:
                print(f"skipped {name}: {', '.join(missing)} not installed", file=sys.stderr)
                continue
            port = free_port()
            full = [sys.executable, *(part.replace("{port}", str(port)) for part in command)]
            processes[name] = stack.enter_context(running(name, full, port))
        headers = {}
        for name, process in processes.items():
            process.first_answer(FIRST, {})
            headers[name] = {"authorization": f"Bearer {token_of(process)}", **JSON}
            rows[name] = [name]
        for work in WORKS:
            loads: dict[str, list[Load]] = {name: [] for name in processes}
            for number in range(rounds + 1):
                for name, process in processes.items():
                    load = loaded(process, work, headers[name], seconds if number else 1, connections)
                    if load.refused:
                        raise BenchmarkError(f"{name} refused {load.refused} of {load.requests} {work.name}")
                    if number:
                        loads[name].append(load)
            for name, seen in loads.items():
                load = middle(seen)
                rows[name] += [f"{load.rps:,.0f}", f"{load.p99_ms:.1f}", f"{load.cpu_us:.0f}"]
        for name, process in processes.items():
            rows[name].append(f"{process.rss_mb():.0f}")
    head = ["served by"]
    for name in ("me", "PATCH", "login"):
        head += [f"{name}: requests/s", "p99, ms", "CPU, µs"]
    return table([*head, "RSS, MB"], list(rows.values()))


def main() -> None:
    """Measure and print, or serve one choice (what the measuring run starts)."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.servers", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=positive, default=3, help="of each run of wrk (default 3)")
    parser.add_argument("--connections", type=positive, default=16, help="of wrk (default 16)")
    parser.add_argument("--rounds", type=positive, default=3, help="how often each run is repeated (default 3)")
    parser.add_argument("--serve", nargs=2, metavar=("WHAT", "PORT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve[0], int(given.serve[1]))
        return
    end_on_signals()
    try:
        print(measure(given.seconds, given.connections, given.rounds))
    except (BenchmarkError, OSError) as error:
        sys.exit(f"servers: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
