"""Space for schemas that are nested more deeply than Python's usual limit of calls."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_DEEP = 50_000


@contextmanager
def deep() -> Iterator[None]:
    """Raise the limit of calls for a while."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(max(usual, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)
