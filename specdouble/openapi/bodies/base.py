"""What every kind of body has: limits, errors, files."""

from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a body may be: bytes, levels of nesting, and fields, parts or elements."""

    size: int = 10_000_000
    depth: int = 200
    fields: int = 1000


class BodyError(ValueError):
    """A body that cannot be decoded or encoded.

    `kind` is `syntax`, `media-type` (not one that is declared), `size` (above a limit) or `value` (it cannot be
    written in that media type); `place` leads to the member it is about, or is an offset in the text.
    """

    def __init__(self, reason: str, kind: str = "syntax", place: Place = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.place = place


@dataclass(frozen=True, slots=True)
class File:
    """A file in a form: its bytes, and its name and media type as the sender gave them."""

    data: bytes
    name: str | None = None
    media_type: str = "application/octet-stream"


def without_files(value: Any) -> Any:
    """Return a value for validators, which know JSON only: files and bytes as texts of the same length."""
    if isinstance(value, File):
        return value.data.decode("latin-1")
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {key: without_files(one) for key, one in value.items()}
    return [without_files(one) for one in value] if isinstance(value, list) else value


def check_depth(value: Any, deepest: int) -> None:
    """Refuse a value that nests deeper than that."""
    level = [value]
    for _ in range(deepest + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise BodyError(f"deeper than {deepest} levels", "size")
