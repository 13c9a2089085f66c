"""Lets go of many documents a few at a time: to free a hundred thousand at once would hold up every request."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

FEW = 2_000  # entries that are freed at once
_SLICE = 500  # of more entries, between two pauses
_PAUSE_SECONDS = 0.001

_waiting: deque[dict[Any, Any]] = deque()
_starting = threading.Lock()
_worker: threading.Thread | None = None


def dispose(*dicts: dict[Any, Any], ending: Callable[[], bool] = sys.is_finalizing) -> None:
    """Empty dicts that nobody else holds; large ones in the background.

    When the process ends nothing is done: a thread that is started then never runs, and would be waited for for ever.
    """
    global _worker
    if ending():
        return
    large = [one for one in dicts if len(one) > FEW]
    if not large:
        return
    _waiting.extend(large)
    with _starting:
        if _worker is None or not _worker.is_alive():
            _worker = threading.Thread(target=_work, name="specdouble-disposal", daemon=True)
            _worker.start()


def _work() -> None:
    global _worker
    while True:
        while _waiting:
            held = _waiting.popleft()
            while held:
                for _ in range(min(_SLICE, len(held))):
                    held.popitem()
                time.sleep(_PAUSE_SECONDS)
        with _starting:
            if not _waiting:
                _worker = None
                return
