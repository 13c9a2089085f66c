"""The files of requests, kept beside the items that they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind
from specdouble.mock.inferred.items.placing import is_json_value
from specdouble.mock.inferred.items.store import FILES
from specdouble.mock.state.collections import Doc
from specdouble.openapi.bodies.base import File
from specdouble.openapi.media_types import is_json, kind_of
from specdouble.openapi.model.evidence.words import plain

_TAILS = ("upload", "download", "content", "raw", "file", "data", "media")


def keep_file(act: Act, kind: Kind, record: Doc) -> None:
    """Keep the file of a request that makes or changes an item, if it has one."""
    if isinstance(act.call.body, bytes) or _first(act.call.body) is not None:
        file = file_of(act)
        if file is not None:
            of = {**record["within"], kind.name: record["key"]}
            keep(act, file, stem(act.place), of)
            keep(act, file, f"{kind.name}/{record['key']}", of)


def file_of(act: Act) -> File | None:
    """Return the file of a request: the first in a form, or the whole body."""
    body = act.call.body
    found = _first(body)
    if found is not None:
        return found
    media = act.call.headers.get("content-type") or "application/octet-stream"
    if kind_of(media) == "multipart/form-data" or is_json(media) or not act.call.raw:
        return None
    return File(act.call.raw, None, media)


def _first(value: Any) -> File | None:
    """Return the first file in a body, None where there is none, as in all that came as JSON."""
    return None if is_json_value(value) else next(_files(value), None)


def _files(value: Any) -> Iterator[File]:
    if isinstance(value, File):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _files(one)


def keep(act: Act, file: File, place: str, of: dict[str, str]) -> None:
    """Keep a file under a place; `of` are the items with which it goes."""
    act.world.state[act.api.store(FILES)].put(
        {"key": place, "data": file.data, "type": file.media_type, "name": file.name or "", "of": act.of(of)}
    )


def stem(place: str) -> str:
    """Return a path without a last word that only says what is done with the file."""
    outer, _, last = place.rstrip("/").rpartition("/")
    return outer if plain(last) in _TAILS else place
