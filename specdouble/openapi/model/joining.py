"""Item paths that lead to the same things are one resource."""

from typing import TYPE_CHECKING

from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.tree import Node

if TYPE_CHECKING:
    from specdouble.openapi.model.collect import Collection, Draft


def join(collection: "Collection") -> None:
    """Join resources: by the same schema, by the same noun where one is only written, by a verb before the key."""
    _join_same(collection)
    _join_twins(collection)
    _join_verbs(collection)


def _join_same(collection: "Collection") -> None:
    """Make one resource of item paths with the same noun and the same named schema."""
    kept: dict[tuple[str, str], Draft] = {}
    for draft in list(collection.drafts):
        named = sorted(one for one in draft.identities if one.startswith("/"))
        same = next((kept[draft.noun, one] for one in named if (draft.noun, one) in kept), None)
        if same is None:
            kept.update({(draft.noun, one): draft for one in named})
            continue
        _merge(collection, same, draft)
        kept.update({(same.noun, one): same for one in named})


def _join_twins(collection: "Collection") -> None:
    """Give item paths that nothing reads to the resource of the same noun, as far from the root, that is read."""
    for draft in list(collection.drafts):
        if draft.item is None or draft.listed is not None or collection.reader(draft.item) is not None:
            continue
        same = [
            one
            for one in collection.drafts
            if one is not draft
            and one.noun == draft.noun
            and one.item is not None
            and _same_end(one.item, draft.item)
            and (_inside_of(one) == _inside_of(draft) or _is_relation(draft))
            and collection.reader(one.item) is not None
            and (draft.schema is None or collection.alike(draft.schema, one.schema))
        ]
        if len(same) == 1:
            _merge(collection, same[0], draft)
            same[0].reasons[-1] = f"{draft.item.path} has the same noun, and nothing reads it there"


def _join_verbs(collection: "Collection") -> None:
    """Give `POST /hooks/resend/{id}` to the hooks: what stands before the key is what is done to an item."""
    for draft in list(collection.drafts):
        node, above = draft.item, draft.item.above if draft.item is not None else None
        if node is None or above is None or above.variable or above.operations or len(draft.items) > 1:
            continue
        found = collection.of_list.get(above.above) if above.above is not None else None
        methods = {one.method for one in node.operations}
        if found is None or found is draft or found.item is None or not methods or methods - {"POST", "PUT"}:
            continue
        about_it = all(what in ("", found.noun) for what in map(words.thing, node.parameters))
        given = {collection.bodies.response(one, node, "item").identity for one in node.operations} - {""}
        if about_it and _same_end(node, found.item) and given <= found.identities:
            found.items.append(node)
            collection.of_item[node] = found
            collection.of_list.pop(above, None)
            collection.drafts.remove(draft)
            found.reasons.append(f"{node.path} names an item behind {above.segment}")


def _is_relation(draft: "Draft") -> bool:
    """Tell whether an item path only puts things somewhere and takes them out: no body, and DELETE."""
    methods = {one.method: one for one in draft.item.operations} if draft.item is not None else {}
    puts = methods.get("PUT") or methods.get("POST")
    return draft.schema is None and len(methods) == 2 and "DELETE" in methods and puts is not None and not puts.body


def _inside_of(draft: "Draft") -> int:
    """Return how many parameters stand before the last segment of an item path."""
    return sum(one.variable for one in draft.item.chain[:-1]) if draft.item is not None else 0


def _rank(collection: "Collection", draft: "Draft") -> tuple[bool, int]:
    shape = collection.shape(draft.item, "item") if draft.item is not None else None
    reads = shape is not None and shape.kind == "item"
    return reads, 0 if reads else -_inside_of(draft)


def _merge(collection: "Collection", one: "Draft", other: "Draft") -> None:
    """Make one resource of two; the main path the one that reads an item, else the one nearer to the root."""
    if _rank(collection, other) > _rank(collection, one):
        for name in ("item", "items", "collection", "collections", "schema", "single", "listed", "reasons"):
            mine, theirs = getattr(one, name), getattr(other, name)
            setattr(one, name, theirs)
            setattr(other, name, mine)
    one.items += other.items
    one.collections += [node for node in other.collections if node not in one.collections]
    one.identities |= other.identities
    listed_here = one.collection is not None and collection.reader(one.collection) is not None
    if not listed_here and other.collection is not None and collection.reader(other.collection) is not None:
        one.collection, one.listed = other.collection, other.listed or one.listed
    collection.drafts.remove(other)
    for table in (collection.of_item, collection.of_list):
        table.update({node: one for node, draft in table.items() if draft is other})
    one.reasons.append(f"{other.items[0].path} has the same schema")


def _same_end(one: Node, other: Node) -> bool:
    """Tell whether the last parameters of two paths may mean the same: `{id}` means any, `{name}` is no `{petId}`."""
    ends = {words.words(node.parameters[-1])[-1:] for node in (one, other) if node.parameters}
    return len(ends - {("id",)}) < 2 and (
        len(ends) < 2 or any(words.words(n.parameters[-1]) == ("id",) for n in (one, other))
    )
