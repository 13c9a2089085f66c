"""Files that may hold what is nobody else's business: reports, journals and saved states are their owner's alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

OWN_FILE, OWN_FOLDER = 0o600, 0o700


def private_folder(path: Path) -> Path:
    """Make a folder with what is missing above it, all of it open to its owner alone; one that exists stays as it is.

    Raises:
        OSError: it cannot be made.

    """
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(OWN_FOLDER, exist_ok=True)
    if not path.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(path))
    return path


def private_file(path: Path, *, append: bool = False) -> BinaryIO:
    """Open a file for writing that its owner alone may read; what is there already is closed to others.

    Raises:
        OSError: it cannot be written.

    """
    private_folder(path.parent)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, OWN_FILE)
    with contextlib.suppress(OSError, AttributeError):  # a device such as /dev/stdout; Windows
        if path.is_file():
            os.fchmod(handle, OWN_FILE)
    return os.fdopen(handle, "ab" if append else "wb")


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that its owner alone may read, with the folders that are missing.

    Raises:
        OSError: it cannot be written.

    """
    with private_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)
