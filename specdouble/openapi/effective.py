"""The effective document: the published one with its overlay applied, kept on disk between runs.

Applying an overlay takes a second and four libraries. The result is kept as JSON, under a name made of everything it
depends on, so the next run reads one file and imports nothing but orjson. `SPECDOUBLE_CACHE` names another folder for
it, or says `off`.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from specdouble.openapi.operations import Mistake, Operation, Reading, read_operations
from specdouble.openapi.reading import TIMEOUT, openapi, parse, read, version_of
from specdouble.openapi.reading.json_text import decode, encode
from specdouble.openapi.validation.compiled import Schemas

_FORMAT = b"2"  # change it when the same inputs begin to give another effective document


class Document:
    """A document ready for use: its name, its effective content, its operations.

    `raw` and `json` are the same content, as data and as the bytes to hand out. `source` is where it was read, "" where
    that is not known.
    """

    def __init__(self, name: str, json: bytes, source: str = "") -> None:
        self.name = name
        self.source = source
        self.json = json

    @cached_property
    def raw(self) -> dict[str, Any]:
        """The effective document as data. It is shared: copy what you mean to change."""
        value: dict[str, Any] = decode(self.json)
        return value

    def forget(self) -> None:
        """Let go of `raw`, which takes ten times the memory of `json`; whoever asks for it again has it read again."""
        self.__dict__.pop("raw", None)

    @cached_property
    def _reading(self) -> Reading:
        return read_operations(self.raw)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that can be used, in document order."""
        return self._reading.operations

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What is left out of the operations, or was put right, because the document is wrong there."""
        return self._reading.mistakes

    @property
    def version(self) -> str:
        """The version of OpenAPI by which the document is written: 2.0, 3.0, 3.1 or 3.2."""
        return version_of(self.raw)

    @cached_property
    def schemas(self) -> Schemas:
        """The validators of the document's schemas, in the dialect that it declares."""
        return Schemas(self.raw, self.json)

    @cached_property
    def by_key(self) -> dict[str, Operation]:
        """The operations by key, such as "POST /v1/auth/login"."""
        return {operation.key: operation for operation in self.operations}

    @property
    def title(self) -> str:
        """The title the document gives itself, or else its name."""
        title: str = (self.raw.get("info") or {}).get("title") or self.name
        return title

    def __repr__(self) -> str:
        return f"<Document {self.name}>"


def effective(
    source: str | os.PathLike[str],
    overlay: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    timeout: float = TIMEOUT,
    follow: bool = False,
    tolerant: bool = False,
) -> Document:
    """Return the document at a path or URL with its overlay applied, from the cache when both are unchanged.

    `follow` reads the files that references name (see `bundle`), and a document of several files is never cached.

    Raises:
        SpecError: one of the two cannot be read, or the overlay cannot be applied.

    """
    document = read(source, timeout)
    extra = read(overlay, timeout) if overlay is not None else None
    label = name or Path(str(source)).name.partition(".")[0] or str(source)
    path = cache_path(document, extra, b"follow" if follow else b"")
    kept = recall(path) if path else None
    if kept is not None:
        return Document(label, kept, str(source))
    base = openapi(parse(document, str(source)), str(source))
    if follow:
        from specdouble.openapi.reading.bundle import FILES, bundle

        base = bundle(base, source, timeout, tolerant=tolerant)
        path = None if FILES in base else path
    built = encode(_with_overlay(base, extra, str(overlay)))
    if path:
        keep(path, built)
    return Document(label, built, str(source))


def _with_overlay(base: dict[str, Any], overlay: bytes | None, overlay_where: str) -> dict[str, Any]:
    if overlay is None:
        return base
    from specdouble.openapi.overlay import apply, check_overlay

    return apply(base, check_overlay(parse(overlay, overlay_where), overlay_where))


def cache_folder() -> Path | None:
    """Return the folder of what can be made again, or None when nothing is to be kept."""
    named = os.environ.get("SPECDOUBLE_CACHE", "")
    if named.lower() == "off":
        return None
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(named).expanduser() if named else Path(base, "specdouble")


def cache_path(document: bytes, overlay: bytes | None, how: bytes = b"") -> Path | None:
    """Return the file that holds the effective document of these inputs, or None when nothing is to be kept.

    `how` is told apart where the same inputs are read in several ways.
    """
    if (folder := cache_folder()) is None:
        return None
    from hashlib import sha256

    digest = sha256(_FORMAT + how)
    for part in (document, b"" if overlay is None else overlay):
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return folder / f"{digest.hexdigest()[:32]}.json"


def recall(path: Path) -> bytes | None:
    """Return what was kept, or None when it is absent, unreadable or damaged.

    The last line of the file is the checksum of the rest.
    """
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    body, _, checksum = kept.rpartition(b"\n")
    return body if checksum == _checksum(body) else None


def keep(path: Path, built: bytes) -> None:
    """Write the file in one step, so that nobody ever reads half of it; a cache that cannot be written is no error."""
    import tempfile
    from contextlib import suppress

    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            temporary = file.name
            file.write(built + b"\n" + _checksum(built))
        os.replace(temporary, path)
    except OSError:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def _checksum(data: bytes) -> bytes:
    from zlib import crc32

    return b"%08x" % crc32(data)
