"""Documents of several files as one: where that is asked for, and never from outside of the document's own folder."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from specdouble.openapi.errors import SpecError
from specdouble.openapi.pointers import escape
from specdouble.openapi.reading.document import parse
from specdouble.openapi.reading.source import TIMEOUT, is_url, read
from specdouble.openapi.references import References

FILES = "x-referenced-files"
_MOST = 1000
_PROSE = (".md", ".txt", ".html")


def bundle(
    document: dict[str, Any], source: str | os.PathLike[str], timeout: float = TIMEOUT, *, tolerant: bool = False
) -> dict[str, Any]:
    """Return the document with everything that its references name in other files, kept under `x-referenced-files`.

    Files must lie in the folder of the document or below it; a document from a URL may refer to others of its host.
    A `tolerant` bundle leaves a reference that cannot be followed as it is, and a file never refers to a URL.

    Raises:
        SpecError: a file cannot be read, or lies outside of the folder.

    """
    bundler = _Bundler(str(source), timeout, tolerant)
    made = bundler.rewritten(document, bundler.root)
    while bundler.todo:
        address = bundler.todo.pop()
        bundler.files[bundler.names[address]] = bundler.rewritten(bundler.content(address), address)
    return {**made, FILES: bundler.files} if bundler.files else document


def referred(path: Path) -> set[Path]:
    """Return the files that a document refers to, directly or by others, as far as they can be read."""
    bundler = _Bundler(str(path), TIMEOUT, tolerant=True)
    try:
        bundler.rewritten(parse(read(path), str(path)), bundler.root)
        while bundler.todo:
            address = bundler.todo.pop()
            bundler.rewritten(bundler.content(address), address)
    except SpecError:
        pass  # whoever serves it says what is wrong with it
    return {Path(one) for one in bundler.names if not is_url(one)}


class _Bundler:
    def __init__(self, source: str, timeout: float, tolerant: bool) -> None:
        self.timeout = timeout
        self.tolerant = tolerant
        self.online = is_url(source)
        self.root = source if self.online else str(Path(source).resolve())
        self.folder = Path(self.root).parent
        self.names: dict[str, str] = {}
        self.files: dict[str, Any] = {}
        self.todo: list[str] = []
        self.read: dict[str, Any] = {}

    def content(self, address: str) -> Any:
        """Return what a file says; prose, such as a description in Markdown, is a text."""
        if address not in self.read:
            data = read(address, self.timeout)
            prose = address.lower().endswith(_PROSE)
            self.read[address] = data.decode("utf-8", "replace") if prose else parse(data, address)
        return self.read[address]

    def rewritten(self, value: Any, base: str) -> Any:
        """Return a copy in which references name places of the one document."""
        if isinstance(value, list):
            return [self.rewritten(item, base) for item in value]
        if not isinstance(value, dict):
            return value
        made = {key: self.rewritten(item, base) for key, item in value.items()}
        if isinstance(value.get("$ref"), str):
            made["$ref"] = self.followed(value["$ref"], base)
        return made

    def followed(self, ref: str, base: str) -> str:
        """Return the place in the one document that a reference names."""
        if not self.tolerant:
            return self.reference(ref, base)
        location = ref.partition("#")[0]
        try:
            if location and not self.online and is_url(location):
                return ref
            if location:
                self.content(self.address(location, base))
            return self.reference(ref, base)
        except SpecError:
            return ref

    def reference(self, ref: str, base: str) -> str:
        location, _, fragment = ref.partition("#")
        address = self.address(location, base) if location else base
        if address == self.root:
            return f"#{fragment}"
        if address not in self.names:
            if len(self.names) >= _MOST:
                raise SpecError(f"more than {_MOST} files are referred to", where=self.root)
            self.names[address] = self.label(address)
            self.todo.append(address)
        if fragment and not fragment.startswith("/"):
            found = References({"": self.content(address)}).resolve(f"#{unquote(fragment)}")
            if found is None:
                raise SpecError(f"the reference {ref} names nothing", where=base, next_step="Correct the $ref")
            fragment = found[1].removeprefix("/")
        return f"#/{FILES}/{escape(self.names[address])}{fragment}"

    def label(self, address: str) -> str:
        return address if self.online or is_url(address) else str(Path(address).relative_to(self.folder))

    def address(self, location: str, base: str) -> str:
        if is_url(base) or is_url(location):
            full = urljoin(base, location) if is_url(base) else location
            if is_url(base) and urlsplit(full)[:2] != urlsplit(self.root)[:2]:
                raise SpecError(f"the reference {location} leaves the host of the document", where=base)
            return full
        if urlsplit(location).scheme and not Path(location).exists():
            raise SpecError(f"the reference {location} is neither a file nor an http(s) URL", where=base)
        path = (Path(base).parent / unquote(location)).resolve()
        if not path.is_relative_to(self.folder):
            raise SpecError(
                f"the reference {location} leaves the folder of the document",
                where=base,
                next_step="Move the file below it",
            )
        return str(path)
