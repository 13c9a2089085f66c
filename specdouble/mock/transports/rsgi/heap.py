"""What the process gives back to the system, where glibc is the allocator; elsewhere nothing happens."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

# M_ARENA_MAX; M_MMAP_THRESHOLD, what is larger goes back when it is freed; M_TRIM_THRESHOLD, so much may stay free at
# the end of the heap. The last two would grow to 32 and 64 MiB once a large body was freed.
_SETTINGS = {-8: 1, -3: 1024 * 1024, -1: 2 * 1024 * 1024}


@cache
def _library() -> Any:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None


def let_go_of_large_bodies() -> None:
    """Let freed bodies go back to the system.

    Threads of the server parse and hold bodies. With an arena for each of them, what is left in one is of no use to the
    others, and the process grows by some MiB with every few large bodies.
    """
    if _library() is not None:
        for setting, value in _SETTINGS.items():
            _library().mallopt(setting, value)


def give_back() -> None:
    """Give back what is free between what is not: texts come and go, and leave holes of all sizes."""
    if _library() is not None:
        _library().malloc_trim(0)
