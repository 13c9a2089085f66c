"""The command `specdouble verify` in this process, as a test calls it: its exit code, output and errors."""

from __future__ import annotations

from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]
