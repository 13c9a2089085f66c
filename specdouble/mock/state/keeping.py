"""How the documents of a collection are shown and changed by hand, whatever keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World

Wrong = tuple[tuple[str | int, ...], str, str]  # where, what, and of which kind, as in a refused request


class TakenError(Exception):
    """There is a document with that id already."""


class Keeper(Protocol):
    """Shows and changes the documents of one collection as people see them."""

    def schema(self, world: World) -> Any:
        """Return the JSON schema of what is shown; its references point into the document of the service."""

    def key(self) -> str:
        """Return the member of what is shown that holds its id, "" where none does."""

    def id_of(self, doc: Doc) -> str:
        """Return the text that names a document in a path."""

    def shown(self, doc: Doc) -> Any:
        """Return a document as people see it."""

    def named(self, world: World, key: str, params: Mapping[str, Any]) -> list[Doc]:
        """Return the documents that a text in a path names; `params` say which, where there are several."""

    def completed(self, world: World, value: Doc, params: Mapping[str, Any]) -> Doc:
        """Return a value that is to be added with what the server itself writes into a new one."""

    def wrong(self, world: World, value: Doc, params: Mapping[str, Any], old: Doc | None) -> list[Wrong]:
        """Return what is wrong with a value that is to be kept, in the place of a document if there is one."""

    def add(self, world: World, value: Doc, params: Mapping[str, Any]) -> Doc:
        """Keep a new document; raises `TakenError`."""

    def change(self, world: World, doc: Doc, value: Doc) -> Doc:
        """Keep a value in the place of a document."""

    def remove(self, world: World, doc: Doc) -> None:
        """Remove a document, with what belongs to it."""

    def records(self, world: World) -> tuple[str, list[Any] | None]:
        """Return the name of a file of seed data and its records, from which the same is made; None where none are."""
