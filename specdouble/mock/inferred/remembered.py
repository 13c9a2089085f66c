"""The resource model of a large document, from the cache beside the effective document when neither has changed."""

from __future__ import annotations

import pickle
from importlib import import_module
from pathlib import Path

from specdouble.openapi import Document
from specdouble.openapi.effective import cache_path, keep, recall
from specdouble.openapi.model import infer
from specdouble.openapi.model.parts import Model

LARGE = 200_000  # bytes of a document; to infer from a smaller one takes no longer than to read what was kept


def model_of(document: Document) -> Model:
    """Return the model of a document."""
    if len(document.json) < LARGE:
        return infer(document.raw)
    path = cache_path(document.json, _code())
    kept = recall(path) if path is not None else None
    if kept is not None:
        try:
            found = pickle.loads(kept)  # noqa: S301 - from the user's own cache, as compiled Python is
        except Exception:  # whatever is wrong with it, it can be made again
            found = None
        if isinstance(found, Model):
            return found
    made = infer(document.raw)
    if path is not None:
        keep(path, pickle.dumps(made))
    return made


def _code() -> bytes:
    """Return what tells one state of the code that infers from another: names, sizes and times of its files."""
    folder = Path(str(import_module("specdouble.openapi.model").__file__)).parent
    files = ((one.relative_to(folder), one.stat()) for one in sorted(folder.rglob("*.py")))
    return "".join(f"{name} {about.st_size} {about.st_mtime_ns}\n" for name, about in files).encode()
