"""What the bodies of one operation hold, seen from its path: asked often, worked out once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from specdouble.openapi.model.evidence.shapes import NOTHING, Place, Shape, Shapes
from specdouble.openapi.model.evidence.tree import Node
from specdouble.openapi.model.evidence.view import Operation, is_text, main_schema
from specdouble.openapi.model.evidence.words import is_plural, noun, plain, related, thing, without_ending, words


def nouns(node: Node) -> tuple[str, ...]:
    """Return what a path speaks of, the nearest first."""
    found = [noun(node.literal)] if node.literal else []
    found += [thing(name) for name in node.parameters]
    found += [without_ending(one) for one in found[1:]]
    return tuple(dict.fromkeys(one for one in found if one))


def _keys(node: Node) -> frozenset[str]:
    """Return how a member that is the key of an item may be called, as the parameters of its path say."""
    names = [one for inner in ((node,) if node.variable else node.children) for one in inner.parameters]
    ends = [words(one)[-1] for one in names if words(one)]
    return frozenset({*map(plain, names), *ends, "id", "uid", "uuid", "guid", "gid", "sid"})


class Bodies:
    """The shapes of requests and responses."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.known: frozenset[str] = frozenset()
        self._responses: dict[tuple[str, str], Shape] = {}
        self._requests: dict[str, Shape] = {}

    def response(self, operation: Operation, node: Node, expect: str = "") -> Shape:
        """Return what a successful response holds; `expect` is `list` or `item` where the path says so."""
        if not expect and not node.variable:
            expect = "list" if node.children or is_plural(node.segment) else ""
        known = self._responses.get((operation.key, expect))
        if known is None:
            response = operation.success
            known = NOTHING
            if response is not None and response.content:
                known = self.shapes.shape(main_schema(response.content), self._place(node), expect)
            self._responses[operation.key, expect] = known
        return known

    def seen(self, operation: Operation, node: Node, known: frozenset[str]) -> Shape:
        """Return what a response holds where only these schemas are known as those of items."""
        response = operation.success
        schema = main_schema(response.content) if response is not None and response.content else None
        return self.shapes.shape(schema, replace(self._place(node), known=known))

    def request(self, operation: Operation, node: Node) -> Shape:
        """Return what the request holds, without an envelope that names the thing."""
        known = self._requests.get(operation.key)
        if known is None:
            schema = main_schema(operation.body)
            place = replace(self._place(node), asks=True)
            known = self.shapes.shape(schema, place, "item") if operation.body else NOTHING
            if known.kind == "list" and known.pointer:
                members = self.shapes.members(schema)
                known = Shape("item", "", schema, self.shapes.identity(schema), "", tuple(members))
            self._requests[operation.key] = known
        return known

    def learn(self, identities: Iterable[str]) -> None:
        """Know these schemas as those of items: an object with a list of them is an envelope, and they are none."""
        self.known = frozenset(one for one in identities if one.startswith("/"))
        self._responses.clear()
        self._requests.clear()

    def _place(self, node: Node) -> Place:
        return Place(nouns(node), _keys(node), self.known)

    def is_file(self, operation: Operation, *, request: bool) -> bool:
        """Tell whether a body is a file: binary, of a type that is no data, or a form with a file in it."""
        response = operation.success
        content = operation.body if request else (response.content if response is not None else {})
        if not content or any("json" in kind for kind in content):
            return False
        if request and any("multipart" in kind for kind in content):
            return self._has_file(main_schema(content))
        if all(is_text(kind) for kind in content):
            return self.shapes.kind(main_schema(content)) == "binary" and "text/plain" not in content
        return not any(is_text(kind) and "*/*" not in kind for kind in content)

    def _has_file(self, schema: Any) -> bool:
        members = self.shapes.members(schema).values()
        kinds = [self.shapes.kind(one) for one in members]
        return "binary" in kinds or any(self.shapes.kind(self.shapes.items(one)) == "binary" for one in members)

    def same_list(self, one: Shape, other: Shape) -> bool:
        """Tell whether two shapes are lists of the same things."""
        return one.kind == other.kind == "list" and bool(one.identity) and one.identity == other.identity


def speaks_of(shape: Shape, schema_name: str, what: str) -> bool:
    """Tell whether a shape speaks of a noun, by the member that holds it or by the name of its schema."""
    return related(noun(shape.member), what) or related(noun(schema_name), what)
