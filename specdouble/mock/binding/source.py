"""Where a handler stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent.parent  # the checkout, or site-packages


def where(handler: Any) -> str:
    """Return ``file:line`` of a handler, relative to the project where it stands inside; empty where it has no code."""
    code = getattr(handler, "__code__", None)
    if code is None:
        return ""
    path = Path(code.co_filename)
    for folder in (ROOT, Path.cwd()):
        if path.is_relative_to(folder):
            path = path.relative_to(folder)
            break
    return f"{path.as_posix()}:{code.co_firstlineno}"
