"""A platform served from a thread of this process, on free ports, for tests and scripts."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from specdouble.mock.boot import Platform
from specdouble.mock.transports.server import serve
from specdouble.sockets import listen, port_of

_SECONDS = 10.0  # that the thread has to end


@contextlib.contextmanager
def serving(platform: Platform, host: str = "127.0.0.1") -> Iterator[dict[str, str]]:
    """Serve every service of a platform as long as the block runs; gives their URLs by name."""
    sockets = {name: listen(host, 0) for name in platform.services}
    loop = asyncio.new_event_loop()
    task = loop.create_task(serve(platform, sockets))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run, daemon=True)
    urls = {name: f"http://{host}:{port_of(held)}" for name, held in sockets.items()}
    thread.start()
    try:
        yield urls
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(_SECONDS)
        if not thread.is_alive():
            loop.close()
