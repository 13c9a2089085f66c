"""Following `$ref` inside one document: by JSON pointer, by anchor, by `$id`."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from specdouble.openapi.pointers import join, lookup

_LONGEST_CHAIN = 50


class References:
    """The places of one document that a reference may name. Nothing outside of the document is ever read."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._own = str(document.get("$self") or "")

    def resolve(self, ref: str) -> tuple[Any, str] | None:
        """Return what a reference names, with its JSON pointer, or None where it names nothing in this document."""
        base, _, fragment = ref.partition("#")
        if base and base != self._own:
            return self._named.get(ref.removesuffix("#")) or self._below(base, unquote(fragment))
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._named.get(f"#{fragment}")
        try:
            return lookup(self.document, fragment), fragment
        except KeyError:
            return self._in_embedded(fragment)

    def _in_embedded(self, fragment: str) -> tuple[Any, str] | None:
        """Return what a pointer names that is meant from a schema with an `$id` of its own."""
        for name, (value, pointer) in self._named.items():
            if not name.startswith("#"):
                try:
                    return lookup(value, fragment), pointer + fragment
                except KeyError:
                    continue
        return None

    def _below(self, base: str, fragment: str) -> tuple[Any, str] | None:
        """Return what a pointer names below a schema with an `$id`."""
        found = self._named.get(base)
        if found is None or not fragment.startswith("/"):
            return None
        try:
            return lookup(found[0], fragment), found[1] + fragment
        except KeyError:
            return None

    def follow(self, value: Any, pointer: str = "") -> tuple[Any, str]:
        """Follow `$ref` until something else stands there; a reference that leads nowhere stays as it is."""
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                return value, pointer
            found = self.resolve(value["$ref"])
            if found is None:
                return value, pointer
            value, pointer = found
        return {}, pointer

    @cached_property
    def _named(self) -> dict[str, tuple[Any, str]]:
        """Schemas by `$id`, `#anchor` and `#dynamicAnchor`; the first of a name counts."""
        found: dict[str, tuple[Any, str]] = {}
        for value, tokens in walk(self.document):
            for keyword in ("$id", "$anchor", "$dynamicAnchor"):
                name = value.get(keyword)
                if isinstance(name, str):
                    key = name.removesuffix("#") if keyword == "$id" else f"#{name}"
                    found.setdefault(key, (value, join(tokens)))
        return found


def walk(value: Any) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Yield every mapping inside a value with the keys that lead to it, outer ones first."""
    todo: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while todo:
        item, tokens = todo.pop()
        if isinstance(item, dict):
            yield item, tokens
            todo += [(inner, (*tokens, str(key))) for key, inner in reversed(item.items()) if _holds(inner)]
        elif isinstance(item, list):
            todo += [(inner, (*tokens, str(i))) for i, inner in reversed(list(enumerate(item))) if _holds(inner)]


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list)
