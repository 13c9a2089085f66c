"""One operation as its role is looked for: where it stands, what it takes and gives, and what it is called."""

from dataclasses import dataclass

from specdouble.openapi.model.collect import Collection, Draft, verb_of
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.bodies import Bodies
from specdouble.openapi.model.evidence.shapes import Shape
from specdouble.openapi.model.evidence.tree import Node
from specdouble.openapi.model.evidence.view import Operation


@dataclass(frozen=True, slots=True)
class Found:
    """A role with what it is about and why."""

    role: str
    draft: Draft | None
    reason: str
    style: str = ""


class Case:
    """One operation where it stands."""

    def __init__(self, collection: Collection, node: Node, operation: Operation) -> None:
        self.collection, self.node, self.operation = collection, node, operation
        self.bodies = collection.bodies
        self.target, self.intent = verb_of(node, operation)
        self.item = collection.of_item.get(self.target) if self.target.variable else None
        self.list = collection.of_list.get(self.target)
        above = node.above
        self.above_item = collection.of_item.get(above) if above is not None else None
        self.above_list = collection.of_list.get(above) if above is not None else None
        self.word = (words.words(node.segment) or ("",))[0] if not node.variable else ""
        self.named = words.words(operation.operation_id)
        self.said = frozenset((*self.named, *words.words(operation.text)))

    @property
    def given(self) -> Shape:
        """What the response holds."""
        expect = "item" if self.item is not None else ""
        return self.bodies.response(self.operation, self.target, expect)

    @property
    def taken(self) -> Shape:
        """What the request holds."""
        return self.bodies.request(self.operation, self.node)

    @property
    def verb(self) -> str:
        """The first word of the operationId, or else of the summary."""
        return next(iter((*self.named, *words.words(self.operation.text))), "")

    @property
    def nearest(self) -> Draft | None:
        """The resource that the path is in, the nearest one."""
        for node in reversed(self.node.chain):
            found = self.collection.of_item.get(node) or self.collection.of_list.get(node)
            if found is not None:
                return found
        return None

    @property
    def inside(self) -> Draft | None:
        """The resource whose item the path goes through, the nearest one."""
        above = (self.collection.of_item.get(node) for node in reversed(self.node.chain) if node.variable)
        return next((draft for draft in above if draft is not None), None)

    def same_schema(self, shape: Shape) -> Draft | None:
        """Return the resource that a shape is an item of, by the name of its schema."""
        named = shape.identity.startswith("/")
        fitting = (one for one in self.collection.drafts if named and shape.identity in one.identities)
        return next(fitting, None)

    def gives_nothing(self, method: str) -> bool:
        """Whether the operation of a method at the same path gives no content, or is not there."""
        one = self.target.get(method)
        return one is None or self.bodies.response(one, self.target).kind == "nothing"

    def is_set(self) -> bool:
        """Whether PUT and DELETE at this path put members in and take them out: nothing is made, no items below."""
        node = self.node
        if node.variable or node.children or node.get("POST") or not (node.get("PUT") and node.get("DELETE")):
            return False
        reader = node.get("GET")
        if reader is None:
            return True
        return self.bodies.response(reader, node).kind == "list" and any(
            members_parameter(one, self.bodies, node) for one in (node.get("PUT"), node.get("DELETE")) if one
        )


_MEMBERS = frozenset({"ids", "uris", "uids", "keys", "names", "members", "items"})


def members_parameter(operation: Operation, bodies: Bodies, node: Node) -> str:
    """Return the query parameter or body member that names members of a set, "" where there is none."""
    given = [one.name for one in operation.query]
    request = bodies.request(operation, node)
    fitting = (one for one in (*given, *request.around) if words.plain(one) in _MEMBERS or one.lower().endswith("_ids"))
    return next(fitting, "")
