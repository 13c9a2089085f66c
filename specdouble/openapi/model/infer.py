"""The resource model of a document: made once, used by whoever has to know what its operations do."""

from typing import Any

from specdouble.openapi.extensions import EFFECT, ROLE
from specdouble.openapi.model.collect import Collection, Draft
from specdouble.openapi.model.declared import Corrections
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.bodies import Bodies
from specdouble.openapi.model.evidence.shapes import Shape, Shapes
from specdouble.openapi.model.evidence.tree import Node, tree
from specdouble.openapi.model.evidence.verbs import about
from specdouble.openapi.model.evidence.view import Operation as View
from specdouble.openapi.model.evidence.view import mapping, operations
from specdouble.openapi.model.keys import chosen_by, find_key
from specdouble.openapi.model.parts import Envelope, Key, Model, Operation, Parent, Resource
from specdouble.openapi.model.queries import filters_of, paging_of, sorting_of
from specdouble.openapi.model.roles import role_of
from specdouble.openapi.model.roles.case import Found, members_parameter
from specdouble.openapi.pointers import escape

_LISTING = frozenset({"list", "find", "delete-many"})
_WRITES = frozenset({"create", "replace", "update", "upsert"})


def infer(document: dict[str, Any]) -> Model:
    """Return the model of an effective document of any version, its own declarations included.

    Nothing is raised for a document that is broken: what cannot be read is left out.
    """
    views, references = operations(document)
    return _Inference(views, Shapes(references)).model()


class _Inference:
    def __init__(self, views: tuple[View, ...], shapes: Shapes) -> None:
        self.views, self.shapes = views, shapes
        self.root = tree(views)
        self.bodies = Bodies(shapes)
        self.collection = Collection(self.root, self.bodies)
        self.corrections = Corrections(self.root)
        self.found: dict[str, tuple[View, Node, Found]] = {}

    def model(self) -> Model:
        self.collection.collect()
        self.corrections.resources(self.collection)
        for node in self.root.walk():
            for view in node.operations:
                self.found[view.key] = view, node, role_of(self.collection, node, view)
        links = self.links()
        resources = {id(draft): self.resource(draft, links) for draft in self.collection.drafts}
        names = [one.name for one in resources.values()]
        made = (self.operation(view, names, resources) for view in self.views)
        return Model(tuple(resources.values()), tuple(made), tuple(self.corrections.remarks))

    # ------------------------------------------------------------------------------------------------- operations
    def operation(self, view: View, names: list[str], resources: dict[int, Resource]) -> Operation:
        _, node, found = self.found[view.key]
        resource = resources.get(id(found.draft))
        draft, given = found.draft, self.given(found, view, node)
        listing = found.role in _LISTING or (found.role == "set-check")
        sent = self.bodies.request(view, node).schema if found.role == "find" and view.body else None
        paging = paging_of(view, given, self.shapes, sent) if found.role in ("list", "find") else None
        schema = draft.schema if draft is not None else given.schema
        made = Operation(
            view.key,
            found.role,
            draft.name if draft is not None else "",
            found.style,
            self.answers(found, given, view),
            self.at(found, given),
            self.key_at(found, given, view, resource),
            self.within(view, node, found),
            paging,
            filters_of(view, schema, paging, self.shapes) if listing and found.role != "set-check" else (),
            sorting_of(view) if found.role in ("list", "find") else (),
            self.members(found, view, node),
            found.reason,
            effects=found.effects,
        )
        return self.corrections.operation(made, view.value.get(ROLE), view.value.get(EFFECT), names)

    def given(self, found: Found, view: View, node: Node) -> Shape:
        """Return what a response holds; what is about one item gives that item, if the document allows it."""
        if found.role in _WRITES | {"read", "delete"} and found.style != "many":
            one = self.bodies.response(view, node, "item")
            if one.kind == "item" and found.draft is not None and one.identity in found.draft.identities:
                return one
        return self.bodies.response(view, node)

    def answers(self, found: Found, given: Shape, view: View) -> str:
        """Return what comes back from a write: `item`, `list`, `receipt` or `nothing`."""
        if found.role not in _WRITES | {"delete", "delete-many", "singleton-write"}:
            return ""
        if given.kind in ("nothing", "list"):
            return given.kind
        draft = found.draft
        if draft is not None and given.kind == "item":
            mine, theirs = self.shapes.members(given.schema), self.shapes.members(draft.schema)
            if given.identity in draft.identities or not (mine or theirs):
                return "item"
            if mine and len(mine.keys() & theirs.keys()) * 2 > len(mine) and len(mine) * 2 >= len(theirs):
                return "item"
        return "item" if draft is None and found.role == "singleton-write" else "receipt"

    def members(self, found: Found, view: View, node: Node) -> str:
        """Return the parameter, or the member of the body, that names members of a set."""
        if not found.role.startswith("set-"):
            return ""
        if node.variable and found.draft is not None and node is not found.draft.item:
            return node.named(view.segments)[-1]
        return members_parameter(view, self.bodies, node)

    def at(self, found: Found, given: Shape) -> str:
        """Return where the item or list sits in the response."""
        if found.role in ("list", "find"):
            return given.pointer
        return given.pointer if given.kind == "item" and found.role in _WRITES | {"read", "delete"} else ""

    def key_at(self, found: Found, given: Shape, view: View, resource: Resource | None) -> str:
        """Return where the key of an item stands in the response to what makes it."""
        if found.role not in ("create", "upsert") or found.draft is None or resource is None:
            return ""
        field = resource.key.parts[-1].field if resource.key.parts else ""
        if given.kind == "item":
            inside = self.shapes.members(given.schema)
            outer, _, inner = field[1:].partition("/")
            if outer in inside and (not inner or inner in self.shapes.members(inside[outer])):
                return f"{given.pointer}{field}"
            members = {words.plain(one): one for one in reversed(inside)}
            name, what = words.plain(field.rpartition("/")[2] or "id"), found.draft.noun.rpartition("-")[2]
            for one in (name, f"{what}{name}", *(f"{what}{end}" for end in ("id", "uid", "name", "key")), "id", what):
                if one in members and not self.shapes.members(inside[members[one]]):
                    return f"{given.pointer}/{escape(members[one])}"
        response = view.success
        return "header Location" if response is not None and "location" in response.headers else ""

    def within(self, view: View, node: Node, found: Found) -> dict[str, str]:
        """Return the resources that the path goes through, by the names that this path has for their keys.

        The key of the item itself is none.
        """
        passed = [(one, draft) for one in node.chain if one.variable and (draft := self.above(one)) is not None]
        own = [one for one, draft in passed if draft is found.draft]
        if found.role not in ("list", "find", "create", "delete-many") or found.style == "path-key":
            itself = node if node in self.collection.of_item else own[-1] if own else None
            passed = [(one, draft) for one, draft in passed if one is not itself]
        return {name: draft.name for one, draft in passed for name in one.named(view.segments)[:1]}

    def above(self, node: Node) -> Draft | None:
        """Return the resource that a parameter in a path names an item of."""
        return self.collection.of_item.get(node) or self.collection.of_scope.get(node)

    # -------------------------------------------------------------------------------------------------- resources
    def resource(self, draft: Draft, links: dict[int, dict[str, str]]) -> Resource:
        uses = [(view, node, found) for view, node, found in self.found.values() if found.draft is draft]
        types = {}
        for view, _, _ in uses:
            types.update({one.name: self.shapes.kind(one.schema) for one in view.parameters if one.place == "path"})
        parts, why = find_key(draft, self.shapes, links.get(id(draft), {}), types)
        makes = [(view, node) for view, node, found in uses if found.role == "create" and found.style != "path-key"]
        bodies = [self.made_of(view, node) for view, node in makes if view.body]
        queries = [one.name for view, _ in makes for one in view.query]
        upserts = any(found.role == "upsert" or found.style == "path-key" for _, _, found in uses)
        chosen, because = chosen_by(draft, parts, self.shapes, bodies, upserts, queries)
        adds = any(found.role == "set-add" and node is draft.item for _, node, found in uses)
        draft.implicit = not makes and not upserts and not adds
        parents = self.parents(draft)
        below = any(one.implicit and not one.optional for one in parents)  # then the lists are made up as well
        implicit = draft.implicit and (below or not self.is_listed(draft, uses))
        item = draft.item.path if draft.item is not None else ""
        top = draft.collection.path if draft.collection is not None else ""
        _, schema = self.shapes.plain(draft.schema)
        paths = [node.path for node in (*draft.items, *draft.collections)]
        made = Resource(
            draft.name,
            top,
            item,
            Key(parts, chosen, "; ".join(one for one in (why, because) if one)),
            schema if self.shapes.name(draft.schema) else "",
            self.envelope(draft, uses),
            parents,
            self.owner(draft, uses),
            tuple(one for one in dict.fromkeys(paths) if one not in (item, top)),
            "; ".join(dict.fromkeys(draft.reasons)),
            implicit=implicit,
        )
        return self.corrections.resource(made, draft.declared)

    def is_listed(self, draft: Draft, uses: list[tuple[View, Node, Found]]) -> bool:
        """Tell whether the collection above the items gives all that there are, without being told their keys."""
        top = draft.item.above if draft.item is not None else draft.collection
        return any(
            found.role == "list" and node is top and not any(one.required for one in view.query)
            for view, node, found in uses
            if found.style != "set"
        )

    def made_of(self, view: View, node: Node) -> Any:
        taken = self.bodies.request(view, node)
        return taken.schema

    def envelope(self, draft: Draft, uses: list[tuple[View, Node, Found]]) -> Envelope:
        request = next(
            (
                p
                for view, node, found in uses
                if found.role in _WRITES and (p := self.bodies.request(view, node).pointer)
            ),
            "",
        )
        single = draft.single.pointer if draft.single is not None else ""
        return Envelope(draft.listed.pointer if draft.listed is not None else "", single, request)

    def parents(self, draft: Draft) -> tuple[Parent, ...]:
        """Return what the paths of a resource go through: its own path first, then other paths to it."""
        own = draft.collection if draft.collection is not None and any(about(draft.collection)) else draft.item
        found: dict[str, Parent] = {}
        for node in (own, *draft.items, *draft.collections):
            for one in node.chain if node is not None else ():
                above = self.above(one) if one.variable else None
                if above is None or above is draft:
                    continue
                name = self.name_in(draft, node, one)
                field = self.reference(draft, above, name)
                made = Parent(above.name, name, field, not self.is_made(above), node is not own)
                found.setdefault(above.name, made)
        return tuple(found.values())

    def name_in(self, draft: Draft, node: Node | None, one: Node) -> str:
        """Return how the item's path, or else the path of a node, calls a parameter that it goes through."""
        for path in filter(None, (draft.item, node)):
            if path.operations and one in path.chain:
                return one.named(path.operations[0].segments)[0]
        return one.parameters[0]

    def is_made(self, draft: Draft) -> bool:
        """Tell whether an operation makes items of a resource."""
        return any(found.draft is draft and found.role in ("create", "upsert") for _, _, found in self.found.values())

    def reference(self, draft: Draft, above: Draft, name: str) -> str:
        """Return the member that holds a parent's key: `petId`, `pet`, `appid` of an application."""
        inside = self.shapes.members(draft.schema)
        members = {words.plain(one): one for one in reversed(inside)}
        what = above.noun.rpartition("-")[2]
        wanted = [words.plain(name)] if words.plain(name) not in ("id", "name", "key", "slug") else []
        wanted += [f"{one}{end}" for one in (words.plain(above.noun), what) for end in ("id", "uid", "name", "key", "")]
        own = {words.plain(one) for one in self.shapes.members(above.schema)}
        for one in wanted:
            if one.endswith("key") and {one, "id"} <= own:
                continue  # what the parent has beside its id is a secret of each of them
            if one in members:
                return self.reference_inside(members[one], inside[members[one]], name)
        for one, inner in inside.items():
            if self.shapes.identity(inner) in above.identities:
                return self.reference_inside(one, inner, name)
        short = [one for one in members if one.endswith("id") and len(one) > 4 and what.startswith(one[:-2])]
        return f"/{escape(members[short[0]])}" if len(short) == 1 else ""

    def reference_inside(self, member: str, schema: Any, name: str) -> str:
        """Return the pointer to a parent's key, which may be inside of an object that stands for the parent."""
        inner = {words.plain(one): one for one in reversed(self.shapes.members(schema))}
        end = words.words(name)[-1] if words.words(name) else ""
        key = next((inner[one] for one in (words.plain(name), end, "id", "uid", "slug", "name") if one in inner), None)
        return f"/{escape(member)}/{escape(key)}" if key is not None else f"/{escape(member)}"

    def owner(self, draft: Draft, uses: list[tuple[View, Node, Found]]) -> str:
        """Return `caller` where the collection is that of whoever calls."""
        for view, node, found in uses:
            own = found.role in ("list", "create") and draft.collection in (node, node.above)
            if own and (set(view.segments) & words.ME or set(words.words(view.text)) & {"my", "your", "caller"}):
                return "caller"
        return ""

    def links(self) -> dict[int, dict[str, str]]:
        """Return by resource which member of an item links put into which parameter of its path."""
        by_id = {view.operation_id: key for key, (view, _, _) in self.found.items() if view.operation_id}
        result: dict[int, dict[str, str]] = {}
        for view, node, found in self.found.values():
            for response in view.responses:
                for raw in response.links.values():
                    link, _ = self.shapes.references.follow(raw)
                    self._link(mapping(link), by_id, found.draft, self.bodies.response(view, node), result)
        return result

    def _link(self, link: dict[str, Any], by_id: dict[str, str], draft: Draft | None, given: Shape,
              result: dict[int, dict[str, str]]) -> None:  # fmt: skip
        target = by_id.get(str(link.get("operationId")))
        if target is None and isinstance(link.get("operationRef"), str):
            tokens = link["operationRef"].rpartition("#")[2].split("/")
            if len(tokens) == 4:
                target = f"{tokens[3].upper()} {tokens[2].replace('~1', '/').replace('~0', '~')}"
        if target not in self.found or draft is None:
            return
        for name, expression in mapping(link.get("parameters")).items():
            prefix, _, pointer = str(expression).partition("#")
            if prefix != "$response.body" or not pointer:
                continue
            parameter = str(name).removeprefix("path.")
            followed, node, _ = self.found[target]
            for one in node.chain:
                if parameter in one.named(followed.segments) and self.collection.of_item.get(one) is draft:
                    inside = pointer.removeprefix(given.pointer)
                    for name in one.parameters[:1]:
                        result.setdefault(id(draft), {}).setdefault(name, inside)
