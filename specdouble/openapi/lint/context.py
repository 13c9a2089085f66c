"""What the rules need: the document in the form of 3.x, its places, its operations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from specdouble.openapi.dialects import current
from specdouble.openapi.places import METHODS, Place, places
from specdouble.openapi.pointers import escape, lookup
from specdouble.openapi.reading import version_of
from specdouble.openapi.references import References
from specdouble.openapi.schemas.subset import PLAIN, Subset
from specdouble.openapi.validation.validity import Validity


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it stands in the document; webhooks have no path."""

    method: str
    path: str
    value: dict[str, Any]
    item: dict[str, Any]
    pointer: str
    item_pointer: str


class Context:
    """One document while it is checked."""

    def __init__(self, document: dict[str, Any], source: str = "") -> None:
        self.source = source
        self.published = document
        self.version = version_of(document)
        self.document, self.dialect = current(document)
        self.references = References(self.document)
        self.validity = Validity(self.document, self.dialect)

    @cached_property
    def subset(self) -> Subset:
        """Compares the schemas of the document."""
        return Subset(self.validity.universe, self.validity.values.cutter, PLAIN)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every object of the document."""
        return tuple(places(self.document))

    def follow(self, value: Any) -> dict[str, Any]:
        """Return the object behind references, {} where there is none."""
        found, _ = self.references.follow(value)
        return found if isinstance(found, dict) else {}

    def mapping(self, value: Any) -> dict[str, Any]:
        """Return a mapping without its extensions, {} for anything else."""
        if not isinstance(value, dict):
            return {}
        return {key: item for key, item in value.items() if not key.startswith("x-")}

    def published_pointer(self, pointer: str) -> str:
        """Return where something of the document in the form of 3.x stands in the published one of 2.0.

        Parts that were rewritten are named by the next one around them that was not.
        """
        value: Any = self.document
        best, rest = "", pointer
        tokens = pointer.split("/")[1:]
        for depth, token in enumerate(tokens):
            try:
                value = lookup(value, f"/{token}")
            except KeyError:
                break
            if isinstance(value, dict | list) and id(value) in self._published:
                best, rest = self._published[id(value)], "".join(f"/{one}" for one in tokens[depth + 1 :])
        return best + rest if best else pointer

    @cached_property
    def _published(self) -> dict[int, str]:
        found: dict[int, str] = {}
        todo: list[tuple[Any, str]] = [(self.published, "")]
        while todo:
            value, pointer = todo.pop()
            found.setdefault(id(value), pointer)
            items = value.items() if isinstance(value, dict) else enumerate(value)
            todo += [(one, f"{pointer}/{escape(str(key))}") for key, one in items if isinstance(one, dict | list)]
        return found

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations of paths and webhooks."""
        return tuple(self._operations())

    def _operations(self) -> Iterator[Operation]:
        for part in ("paths", "webhooks"):
            for path, raw in self.mapping(self.document.get(part)).items():
                item, pointer = self.references.follow(raw, f"/{part}/{escape(path)}")
                if not isinstance(item, dict):
                    continue
                name = path if part == "paths" else ""
                for method in METHODS:
                    one, at = self.references.follow(item.get(method), f"{pointer}/{method}")
                    if isinstance(one, dict):
                        yield Operation(method.upper(), name, one, item, at, pointer)
                for method, one in self.mapping(item.get("additionalOperations")).items():
                    if isinstance(one, dict):
                        at = f"{pointer}/additionalOperations/{escape(method)}"
                        yield Operation(method.upper(), name, one, item, at, pointer)

    def parameters(self, operation: Operation) -> Iterator[tuple[dict[str, Any], str, bool]]:
        """Yield the parameters of an operation with their places, and whether they stand in the path item."""
        for source, pointer in ((operation.item, operation.item_pointer), (operation.value, operation.pointer)):
            given = source.get("parameters")
            for index, raw in enumerate(given if isinstance(given, list) else ()):
                one = self.follow(raw)
                if isinstance(one.get("name"), str) and isinstance(one.get("in"), str):
                    yield one, f"{pointer}/parameters/{index}", source is operation.item
