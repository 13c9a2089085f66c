"""Doing in threads, beside an event loop, what takes long and reads nothing that changes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 2  # threads: each may hold Python's lock for some milliseconds, for which everybody else waits


class Aside:
    """Does work in threads, some of it at a time; the rest waits. What is not done when the process ends is left."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    async def do(self, work: Callable[[], T]) -> T:
        """Return what work gives, or raise what it raises, while the loop goes on."""
        async with self._free:
            loop = asyncio.get_running_loop()
            done: asyncio.Future[T] = loop.create_future()

            def tell(value: T | None, error: BaseException | None) -> None:
                if done.done():  # nobody waits any more
                    return
                if error is not None:
                    done.set_exception(error)
                else:
                    done.set_result(value)  # type: ignore[arg-type]

            def run() -> None:
                value, failed = None, None
                try:
                    value = work()
                except BaseException as error:  # whoever waits has to hear of it
                    failed = error
                with suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(tell, value, failed)

            threading.Thread(target=run, name="specdouble-aside", daemon=True).start()
            return await done
