"""What people name to `specdouble spec`: a file, a URL, a bundled document, an operation in one of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specdouble.openapi import Document

SOURCE_HELP = "SOURCE is a file, an http(s) URL or the name of a bundled document (`specdouble spec lint` lists them)."
_ENDINGS = (".json", ".yaml", ".yml")


def read_source(source: str, overlay: str | None, *, published: bool = False, allow_refs: bool = False) -> "Document":
    """Return a document with its overlay: the given one, or of a bundled document its own.

    Raises:
        SpecError: one of them cannot be read, or there is no such bundled document.

    """
    from specdouble.openapi import effective
    from specdouble.packs.documents import bundled, bundled_documents

    extra = overlay_file(overlay) if overlay and not published else None
    if source in bundled_documents():
        if published or extra:
            return effective(bundled_documents()[source].published, extra, name=source)
        return bundled(source)
    return effective(known(source), extra, follow=allow_refs)


def overlay_file(overlay: str) -> str:
    """Return the file of an overlay; the name of a bundled document stands for its own."""
    from specdouble.packs.documents import bundled_documents

    return str(bundled_documents()[overlay].overlay) if overlay in bundled_documents() else overlay


def known(source: str) -> str:
    """Return a source, unless it is neither a file nor a URL and looks like the name of a bundled document.

    Raises:
        SpecError: there is no bundled document of that name.

    """
    from specdouble.openapi.reading import is_url
    from specdouble.packs.documents import find, piped

    source = piped(source)
    if not is_url(source) and not Path(source).exists() and "/" not in source and "." not in source:
        find(source)
    return source


def pick(
    source: str | None, operation: str | None, overlay: str | None, *, published: bool, allow_refs: bool
) -> tuple["Document", str | None]:
    """Return the document that is meant and the operation in it; one argument alone may be either.

    Raises:
        SpecError: the document cannot be read.

    """
    from specdouble.packs.documents import bundled_documents

    names = list(bundled_documents())
    if source is None:
        return read_source(names[0], overlay, published=published), None
    if operation is None and _is_operation(source):
        found = (read_source(name, overlay, published=published) for name in names)
        meant = next((document for document in found if matches(document, source)), None)
        return meant or read_source(names[0], overlay, published=published), source
    return read_source(source, overlay, published=published, allow_refs=allow_refs), operation


def _is_operation(text: str) -> bool:
    """Tell an operation from a source: it has a method, is a path, or an operationId of a bundled document."""
    from specdouble.openapi.reading import is_url
    from specdouble.packs.documents import bundled, bundled_documents

    if text in bundled_documents() or is_url(text) or Path(text).exists() or text.lower().endswith(_ENDINGS):
        return False
    method, space, path = text.partition(" ")
    if text.startswith("/") or (space and method.isalpha() and path.startswith("/")):
        return True
    return any(matches(bundled(name), text) for name in bundled_documents())


def matches(document: "Document", text: str) -> list[tuple[str, str]]:
    """Return path and method of the operations that `text` names: by method and path, path, or operationId."""
    method, _, path = text.partition(" ")
    key = f"{method.upper()} {path.strip()}"
    return [
        (operation.path, operation.method)
        for operation in document.operations
        if operation.key == key or text in (operation.path, operation.operation_id)
    ]


def cut(document: "Document", raw: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the path items of `raw` cut down to the operations that `text` names.

    Raises:
        SpecError: there is no such operation; the message names the closest one.

    """
    from specdouble.openapi import SpecError
    from specdouble.openapi.errors import closest
    from specdouble.openapi.references import References

    found: dict[str, Any] = {}
    for path, method in matches(document, text):
        item, _ = References(raw).follow(raw["paths"][path])
        further = item.get("additionalOperations")
        operation = item.get(method.lower())
        if operation is None and isinstance(further, dict):
            operation = further.get(method)
        found.setdefault(path, {})[method.lower()] = operation
    if found:
        return found
    names = [name for operation in document.operations for name in (operation.key, operation.path)]
    names += [operation.operation_id for operation in document.operations]
    raise SpecError(
        f"{document.name} has no such operation",
        where=text,
        closest=closest(text, names),
        next_step="Name it by method and path, by path, or by operationId",
    )
