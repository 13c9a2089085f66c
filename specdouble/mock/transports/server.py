"""Running a platform: granian serves every service of one world from one event loop, on a port each.

granian's embedded server calls ``RsgiAdapter.__rsgi__`` in our own loop, so several ports share one world without locks
across processes, short requests run without a thread hop, and an open event stream costs a coroutine. The adapter
finds the operation of a path itself and hands it straight to dispatch; what is no operation (the control plane, the
document) is Flask's, which is loaded when that is first asked for. Measured reasons: benchmarks/README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from specdouble.mock.boot import Platform
from specdouble.mock.options import Options, urls
from specdouble.mock.state.worlds import below
from specdouble.mock.transports.certificates import Certificate
from specdouble.mock.transports.rsgi.adapter import Prefixes, RsgiAdapter
from specdouble.mock.transports.rsgi.connections import Idle, room
from specdouble.mock.transports.rsgi.draining import ENDING_SECONDS, Gates, drain, ended
from specdouble.mock.transports.rsgi.heap import let_go_of_large_bodies
from specdouble.mock.transports.rsgi.ticking import tick
from specdouble.sockets import ServeError, listen, port_of, server_on

if TYPE_CHECKING:
    pass

log = logging.getLogger("specdouble")


Sockets = dict[str, list[socket.socket]]


def open_sockets(options: Options, option: Callable[[str], str] = lambda _name: "--port") -> Sockets:
    """Bind the port of every service, or the first one's where all share it; `option` names what sets a port.

    Raises:
        ServeError: a port is taken, or the host is none of this machine.

    """
    found: Sockets = {}
    try:
        for name, port in list(options.ports.items())[: 1 if options.prefix else None]:
            found[name] = listen(options.host, port, option(name))
    except ServeError:
        for one in (one for held in found.values() for one in held):
            one.close()
        raise
    return found


def ports_of(sockets: Sockets, options: Options) -> dict[str, int]:
    """Return the port of every service whose sockets were opened."""
    shared = port_of(next(iter(sockets.values())))
    return {name: port_of(sockets[name]) if name in sockets else shared for name in options.ports}


async def serve(platform: Platform, sockets: Sockets, certificate: Certificate | None = None) -> None:
    """Serve each named service on its sockets until cancelled, with TLS where there is a certificate.

    Meanwhile the world knows where.

    When cancelled, it drains (`draining`): what was asked and what comes meanwhile is still answered.
    """
    options = platform.world.options
    ports = ports_of(sockets, options)
    adapters = {name: RsgiAdapter(platform, name) for name in ports}
    apps: dict[str, Any] = {next(iter(sockets)): Prefixes(adapters)} if options.prefix else dict(adapters)
    files = (certificate.chain, certificate.key) if certificate else None
    gates = Gates(held for mine in sockets.values() for held in mine)
    listening = [(held, apps[name]) for name, mine in sockets.items() for held in mine]
    most = room(options.max_connections, len(listening))
    servers = [server_on(held, app, certificate=files, connections=most) for held, app in listening]
    _tell_urls(platform, urls(options, ports))
    idle = Idle(options.idle_seconds)
    for one in adapters.values():
        one.idle = idle  # several may share a port
    ticking = asyncio.create_task(tick(platform, [one.patience for one in adapters.values()]))
    watching = asyncio.create_task(idle.watch({*ports.values()}))
    running = [asyncio.create_task(server.serve()) for server in servers]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for each in running:
            if each.done():
                each.result()
    finally:
        await drain(platform, list(adapters.values()), gates)
        ticking.cancel()
        watching.cancel()
        _tell_urls(platform, {})
        for server in servers:
            server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait(running, timeout=ENDING_SECONDS)
        for each in running:
            each.cancel()
        ended(platform)


def _tell_urls(platform: Platform, found: dict[str, str]) -> None:
    """Let every world know where its services listen."""
    for world in platform.worlds.alive():
        world.urls = found if world is platform.world else {name: below(url, world.name) for name, url in found.items()}


async def _serve_until_signal(platform: Platform, sockets: Sockets, certificate: Certificate | None) -> None:
    """Serve until Ctrl+C or a container's stop; a second signal does what it does by default.

    The loop takes the signals, because an exception raised wherever Python happens to be could get lost in the server.
    """
    loop, serving = asyncio.get_running_loop(), asyncio.ensure_future(serve(platform, sockets, certificate))

    def stop(number: int) -> None:
        signal.signal(number, signal.SIG_DFL)
        serving.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, _stop_once, loop, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda got, _frame: loop.call_soon_threadsafe(stop, got))
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _stop_once(loop: asyncio.AbstractEventLoop, stop: Callable[[int], None], number: int) -> None:
    loop.remove_signal_handler(number)
    stop(number)


def _run_loop(serving: Coroutine[Any, Any, None]) -> None:
    """Run the server on uvloop where it is installed (a third less CPU a request), else on asyncio's own loop."""
    start: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run
    with contextlib.suppress(ImportError):
        import uvloop

        start = uvloop.run
    start(serving)  # not while an import error is handled: every traceback of the server would begin with it


def run(platform: Platform, sockets: Sockets, certificate: Certificate | None = None) -> None:
    """Serve every service on its sockets until interrupted."""
    let_go_of_large_bodies()
    # The seeded world lives as long as the process, and documents hold no cycles: let the collector look rarely.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    _run_loop(_serve_until_signal(platform, sockets, certificate))
