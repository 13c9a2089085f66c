"""Which resources a document has: item paths first, then the collections that belong to them, then the rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.bodies import Bodies, nouns, speaks_of
from specdouble.openapi.model.evidence.shapes import Shape
from specdouble.openapi.model.evidence.tree import Node
from specdouble.openapi.model.evidence.verbs import VERBS, about
from specdouble.openapi.model.evidence.view import Operation
from specdouble.openapi.model.joining import join

_PREFIXES = frozenset({"api", "rest", "internal", "public"})


@dataclass(eq=False, slots=True)
class Draft:
    """A resource while it is being found."""

    noun: str
    name: str = ""
    item: Node | None = None
    items: list[Node] = field(default_factory=list)
    collection: Node | None = None
    collections: list[Node] = field(default_factory=list)
    schema: Any = None
    identities: set[str] = field(default_factory=set)
    listed: Shape | None = None
    single: Shape | None = None
    implicit: bool = False
    reasons: list[str] = field(default_factory=list)
    declared: dict[str, Any] = field(default_factory=dict)


def _depth(draft: Draft) -> tuple[bool, int]:
    """Return what decides which of two resources has the plain noun for its name: the known one, the upper one."""
    node = draft.item or draft.collection
    return draft.schema is None, len(node.chain) if node is not None else 0


class Collection:
    """The resources of one document, by node."""

    def __init__(self, root: Node, bodies: Bodies) -> None:
        self.root, self.bodies = root, bodies
        self.drafts: list[Draft] = []
        self.of_item: dict[Node, Draft] = {}
        self.of_list: dict[Node, Draft] = {}
        self.of_scope: dict[Node, Draft] = {}

    def collect(self) -> None:
        """Find them all."""
        nodes = tuple(self.root.walk())
        self.bodies.learn([*self._read_items(nodes)])
        self.bodies.learn([*self._read_items(nodes)])  # without those that are seen to be lists of others by now
        leftover = [node for node in nodes if node.variable and not self._own(node)]
        join(self)
        self.bodies.learn([one for draft in self.drafts for one in draft.identities])
        for listing in (False, True):
            for node in leftover:
                if listing is self._lists(node):
                    self._refer(node)
        for _ in range(2):  # what the first round lists is known in the second
            for node in nodes:
                if node not in self.of_list and node not in self.of_item:
                    self._attach(node)
            self.bodies.learn([one for draft in self.drafts for one in draft.identities])
        self._name()

    def _read_items(self, nodes: Iterable[Node]) -> Iterator[str]:
        """Yield what names the schemas that item paths give."""
        for node in nodes:
            shape = self.shape(node, "item") if node.variable else None
            if shape is not None and shape.kind == "item" and not self._lists_known(node, shape):
                yield shape.identity

    def _lists_known(self, node: Node, shape: Shape) -> bool:
        known = self.bodies.known - {shape.identity}
        found = self.reader(node)
        return found is not None and self.bodies.seen(found, node, known).kind == "list"

    def reader(self, node: Node) -> Operation | None:
        """Return the operation that reads what a node stands for."""
        found = node.get("GET")
        return found or next((one for one, intent in about(node) if intent in ("read", "list")), None)

    def shape(self, node: Node, expect: str = "") -> Shape | None:
        """Return what reading a node gives, None where it cannot be read."""
        operation = self.reader(node)
        return None if operation is None else self.bodies.response(operation, node, expect)

    def is_scoped_list(self, node: Node) -> bool:
        """Tell whether a path that ends in a parameter lists things: `/repositories/{owner}`."""
        if any(node.get(method) for method in ("PUT", "PATCH", "DELETE")):
            return False
        if node.variable and self._makes_below(node):
            return True
        shape = self.shape(node)
        if shape is None or shape.kind != "list":
            return False
        upper = self.shape(node.above, "list") if node.above is not None else None
        return upper is None or not self.bodies.same_list(shape, upper) or self._is_read_below(node, shape.identity)

    def _makes_below(self, node: Node) -> bool:
        """Tell whether POST at a path that ends in a parameter makes what one more parameter names."""
        makes = node.get("POST")
        made = self.bodies.response(makes, node, "item") if makes is not None else None
        return made is not None and made.kind == "item" and self._is_read_below(node, made.identity)

    def _is_read_below(self, node: Node, identity: str) -> bool:
        """Tell whether a path with one more parameter reads one thing of a schema that has a name."""
        reads = ((one.get("GET"), one) for one in node.children if identity.startswith("/"))
        return any(
            read is not None and self.bodies.response(read, below, "item").identity == identity for read, below in reads
        )

    def _own(self, node: Node) -> bool:
        """Make a resource of an item path that has operations, or whose collection lists or makes things."""
        if self.is_scoped_list(node):
            return False
        above = node.above
        top = above
        while top is not None and top.variable and not top.operations:
            top = top.above
        if top is None:
            return False
        upper = self.shape(top, "list")
        makes = any(one.method == "POST" for one, intent in about(top) if intent in ("", "create"))
        if not about(node) and not (upper is not None and upper.kind == "list") and not makes:
            return False
        if top is not above and not about(node):
            return False
        draft = Draft(self._noun(node), item=node, items=[node], collection=top, collections=[top])
        draft.reasons.append(f"{node.path} is an item path")
        self._take_schema(draft, node, top)
        self.drafts.append(draft)
        self.of_item[node] = draft
        self.of_list.setdefault(top, draft)
        return True

    def _take_schema(self, draft: Draft, node: Node, top: Node) -> None:
        """Find the representation: what is read, else listed, else answered to a change, else sent."""
        read, listed = self.shape(node, "item"), self.shape(top, "list")
        if listed is not None and listed.kind in ("list", "map") and not top.variable:
            draft.listed = listed
            draft.identities.add(listed.identity)
        if read is not None and read.kind == "list":
            read = Shape("item", f"{read.pointer}/0", read.schema, read.identity, read.member)
        chosen, why = read, "what is read"
        if (chosen is None or chosen.kind != "item") and draft.listed is not None:
            chosen, why = draft.listed, "a member of the list"
        if chosen is None or chosen.kind not in ("item", "list"):
            chosen, why = self._written(node, top)
        if chosen is None:
            return
        draft.schema, draft.single = chosen.schema, read if read is not None and read.kind == "item" else None
        draft.identities.add(chosen.identity)
        draft.identities.discard("")
        name = self.bodies.shapes.name(chosen.schema)
        draft.reasons.append(f"{f'{name} is' if name else 'its schema is'} {why}")

    def _written(self, node: Node, top: Node) -> tuple[Shape | None, str]:
        writes = [(one, node) for one, _ in about(node) if one.method in ("PUT", "PATCH", "POST")]
        writes += [(one, top) for one, _ in about(top) if one.method == "POST"]
        responses = [(self.bodies.response(one, at, "item"), "what a change answers") for one, at in writes]
        sent = [(self.bodies.request(one, at), "what a client sends") for one, at in writes]
        for shape, why in (*responses, *sent):
            if shape.kind == "item" and not self.bodies.shapes.only_tells(shape.schema):
                return shape, why
        return None, ""

    def _noun(self, node: Node) -> str:
        """Return what an item path is about: the segment before it unless that is a verb, the parameter, the schema."""
        before = [one.segment for one in reversed(node.chain[:-1]) if not one.variable]
        literal = next((one for one in before if one not in _PREFIXES), before[0] if before else "")
        things = [thing for name in node.parameters if (thing := words.thing(name))]
        found = words.words(literal)
        if literal and node.above is not None and node.above.segment == literal and found and found[0] in VERBS:
            outer = next((one.segment for one in reversed(node.chain[:-2]) if not one.variable), "")
            reads = found[0] in words.FIND | words.READ and bool(things)
            if not words.is_plural(literal) and outer not in _PREFIXES and not reads:
                return "-".join(one for one in (words.noun(outer), words.noun(literal)) if one)
            return things[-1] if things else words.noun(literal)
        direct = node.above is not None and not node.above.variable
        if literal and (direct or not things or any(words.related(words.noun(literal), one) for one in things)):
            return words.noun(literal)
        if things:
            return things[-1] if things[-1] not in ("path", "rest") else words.noun(literal) or things[-1]
        return words.noun(literal) or self._schema_noun(node)

    def _schema_noun(self, node: Node) -> str:
        for one in (*node.operations, *(node.above.operations if node.above else ())):
            name = self.bodies.shapes.name(self.bodies.response(one, node).schema)
            if name:
                return words.noun(name)
        tags = [str(one.value["tags"][0]) for one in node.operations if one.value.get("tags")]
        return words.noun(tags[0]) if tags else "item"

    def _refer(self, node: Node) -> None:
        """Take a parameter in the middle of a path for the key of a known resource, or of one that nothing makes."""
        listed = self._lists(node)
        table = self.of_scope if listed else self.of_item
        things = [thing for name in node.parameters if (thing := words.thing(name))]
        above = node.above
        literal = self._noun(node) if not listed and above is not None and not above.variable else ""
        for what in dict.fromkeys((*things, *filter(None, map(words.without_ending, things)), literal)):
            others = [draft for draft in self.drafts if node not in draft.collections]
            exact = [draft for draft in others if draft.noun == what]
            close = [draft for draft in others if words.related(draft.noun, what)]
            if what and (found := next(iter((*exact, *close)), None)):
                table[node] = found
                if found.implicit and not listed:
                    found.items.append(node)
                return
        if listed and things and any(one in self.of_item for one in node.children):
            table[node] = draft = Draft(things[0], item=node, items=[node], implicit=True)
            draft.reasons.append(f"{node.path} lists what it holds, and no operation makes or lists it")
            self.drafts.append(draft)
            return
        if listed or (above is not None and above.variable) or self._in_key(node):
            return
        draft = Draft(things[0] if things else literal, item=node, items=[node], implicit=True)
        draft.reasons.append(f"{node.path} is part of longer paths, and no operation makes or lists it")
        self.drafts.append(draft)
        self.of_item[node] = draft

    def _lists(self, node: Node) -> bool:
        return self.is_scoped_list(node) or node in self.of_list

    def _in_key(self, node: Node) -> bool:
        """Tell whether a parameter is the first part of a key of several parts."""
        return not node.operations and any(one in self.of_item for one in node.children)

    def _attach(self, node: Node) -> None:
        """Give a collection without an item path to the resource that it lists, or make one of it."""
        shape = self.shape(node, "list" if not node.variable and words.is_plural(node.segment) else "")
        if shape is None or shape.kind != "list":
            self._attach_maker(node)
            return
        name = self.bodies.shapes.name(shape.schema)
        found, why = self._match(node, shape, name)
        if found is not None:
            self._take(found, node, shape, why)
            return
        whole = node.get("PUT")
        if whole is not None and not node.get("POST") and not node.below:
            sent = self.bodies.request(whole, node)
            if sent.kind == "list" and not sent.pointer:
                return
        above = node.above
        sibling = above is not None and bool(above.children or above.operations) and not node.variable
        if self.bodies.shapes.kind(shape.schema) not in ("object", "") or (sibling and not name and not node.below):
            return
        draft = Draft(words.noun(node.literal) or "item", collection=node, collections=[node])
        draft.listed, draft.schema = shape, shape.schema
        draft.identities |= {shape.identity} - {""}
        draft.reasons.append(f"GET {node.path} gives a list, and no path leads to one item")
        self.drafts.append(draft)
        self.of_list[node] = draft

    def _attach_maker(self, node: Node) -> None:
        """Give a path that only makes things to the resource of its noun: `POST /boxes/{id}/exec`, `/exec/{id}`."""
        if node.variable or node.get("POST") is None or node.get("GET") is not None:
            return
        what = words.noun(node.segment)
        for draft in self.drafts:
            if draft.noun == what and draft.item is not None and not draft.implicit and not self._is_made(draft):
                self._take(draft, node, None, f"POST {node.path} has the same noun")
                return

    def _is_made(self, draft: Draft) -> bool:
        return any(one.method == "POST" for node in draft.collections for one, _ in about(node))

    def _match(self, node: Node, shape: Shape, name: str) -> tuple[Draft | None, str]:
        what = nouns(node)
        same = [one for one in self.drafts if shape.identity and shape.identity in one.identities]
        same.sort(key=lambda one: not any(words.related(one.noun, noun) for noun in what))
        if same and (shape.identity.startswith("/") or any(words.related(same[0].noun, noun) for noun in what)):
            return same[0], f"GET {node.path} lists the same schema"
        for one in (draft for draft in self.drafts if draft.item is not None):
            spoken = one.noun in what[:1] or speaks_of(shape, name, one.noun)
            if spoken and not one.implicit and one.schema is not None and self.alike(one.schema, shape.schema):
                return one, f"GET {node.path} lists the same noun and like members"
        for one in self.drafts:
            if one.implicit and one.noun in what[:1]:
                return one, f"GET {node.path} has the same noun"
        return None, ""

    def alike(self, one: Any, other: Any) -> bool:
        """Tell whether two schemas may be the same thing: both have members, and most of them are the same."""
        shapes = self.bodies.shapes
        return bool(shapes.members(one)) and bool(shapes.members(other)) and shapes.alike(one, other)

    def _take(self, draft: Draft, node: Node, shape: Shape | None, why: str) -> None:
        self.of_list[node] = draft
        draft.collections.append(node)
        own = draft.collection is not None and any(about(draft.collection))
        if not own:
            draft.collection = node
        if shape is not None and draft.listed is None:
            draft.listed = shape
            draft.schema = shape.schema if draft.schema is None else draft.schema
        draft.identities |= ({shape.identity} - {""}) if shape is not None else set()
        if draft.implicit and draft.schema is not None:
            draft.implicit = False
            draft.reasons = [one.partition(", and no operation")[0] for one in draft.reasons]
        draft.reasons.append(why)

    def _name(self) -> None:
        """Name every resource after its noun; where two have the same, segments before it tell them apart."""
        taken: set[str] = set()
        for draft in sorted(self.drafts, key=_depth):
            node = draft.collection or draft.item
            before = [one.segment for one in node.chain[:-1] if not one.variable] if node is not None else []
            useful = [words.noun(one) for one in reversed(before)]
            name = draft.noun
            for one in useful:
                if name not in taken:
                    break
                if one and one not in _PREFIXES and not one.startswith("v") and one != draft.noun:
                    name = f"{one}-{name}"
            number = 2
            base = name
            while name in taken:
                name, number = f"{base}-{number}", number + 1
            taken.add(name)
            draft.name = name
