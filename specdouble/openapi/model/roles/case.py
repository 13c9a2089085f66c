"""One operation as its role is looked for: where it stands, what it takes and gives, and what it is called."""

from dataclasses import dataclass

from specdouble.openapi.extensions.effects import Effect
from specdouble.openapi.model.collect import Collection, Draft
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.bodies import Bodies
from specdouble.openapi.model.evidence.shapes import Shape
from specdouble.openapi.model.evidence.tree import Node
from specdouble.openapi.model.evidence.verbs import verb_of
from specdouble.openapi.model.evidence.view import Operation, main_schema
from specdouble.openapi.pointers import escape


@dataclass(frozen=True, slots=True)
class Found:
    """A role with what it is about and why."""

    role: str
    draft: Draft | None
    reason: str
    style: str = ""
    effects: tuple[Effect, ...] = ()


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
        expect = "item" if self.item is not None else "list" if self.list is not None and self.node.variable else ""
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

    def adds_member(self) -> bool:
        """Whether PUT without a body at this path only puts what it names into a set, and DELETE takes it out.

        It may be a POST where another path is that of the item.
        """
        elsewhere = self.item is not None and self.item.item is not self.target
        adds = self.target.get("PUT") or (self.target.get("POST") if elsewhere else None)
        if adds is None or adds.body or self.target.get("DELETE") is None or not self.gives_nothing("GET"):
            return False
        return not any(one.place == "query" and one.required for one in adds.parameters)

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


def relation(case: Case) -> Found | None:
    """Return the role of a write to a member of an item whose path says which one, None for any other operation."""
    pointer, part = relation_of(case)
    if not pointer or case.node.get("GET") is not None:
        return None
    given = f"$request.body#{part}" if part else "$request.body"
    effect = {
        "POST": Effect(append={pointer: given}),
        "DELETE": Effect(remove={pointer: given}),
    }.get(case.operation.method, Effect(set={pointer: given}))
    return Found(
        "action", case.inside, f"{case.operation.method} of {pointer} of an item, as the path says", "", (effect,)
    )


def relation_of(case: Case) -> tuple[str, str]:
    """Return which member of an item a path behind it names, and the part of the request that belongs there.

    Both are JSON pointers; the first is "" where the path names none. `/articles/{id}/relationships/author` with a
    request `{data}` is `/relationships/author/data` and `/data` where the item has these members (JSON:API).
    """
    statics: list[str] = []
    node = case.node
    while not node.variable and node.above is not None:
        statics.insert(0, node.segment)
        node = node.above
    draft = case.collection.of_item.get(node)
    if draft is None or len(statics) < 2:
        return "", ""
    shapes, schema, pointer = case.bodies.shapes, draft.schema, ""
    for word in statics:
        inside = shapes.members(schema)
        name = next((one for one in inside if words.plain(one) == words.plain(word)), None)
        if name is None:
            return "", ""
        schema, pointer = inside[name], f"{pointer}/{escape(name)}"
    sent = shapes.members(main_schema(case.operation.body))
    if len(sent) == 1 and (only := next(iter(sent))) in shapes.members(schema):
        return f"{pointer}/{escape(only)}", f"/{escape(only)}"
    return (pointer, "") if case.operation.body else ("", "")


_MEMBERS = frozenset({"ids", "uris", "uids", "keys", "names", "members", "items"})


def members_parameter(operation: Operation, bodies: Bodies, node: Node) -> str:
    """Return the query parameter or body member that names members of a set, "" where there is none."""
    given = [one.name for one in operation.query]
    request = bodies.request(operation, node)
    fitting = (one for one in (*given, *request.around) if words.plain(one) in _MEMBERS or one.lower().endswith("_ids"))
    return next(fitting, "")
