"""Verbs at the end of paths: what an operation is about, and what its last segment asks for."""

from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.tree import Node
from specdouble.openapi.model.evidence.view import Operation

VERBS = words.CREATE | words.UPDATE | words.DELETE | words.FIND | words.ACTION | words.UPSERT | words.READ


def verb_of(node: Node, operation: Operation) -> tuple[Node, str]:
    """Return the node that an operation is about and what its last segment asks for: `/pets/create` makes a pet."""
    found, above = words.words(node.segment), node.above
    if node.variable or above is None or not found:
        return node, ""
    word, method = found[0], operation.method
    if len(found) > 1 and not (word in words.CREATE and method == "POST"):
        return node, ""
    if method in ("GET", "HEAD") and above.get("GET") is None:
        if above.variable and word in words.READ and not node.children:
            return above, "read"
        if not above.variable and word in words.LISTING and above.children:
            return above, "list"
    elif method == "POST" and not above.variable and word in words.CREATE:
        if above.children or above.get("GET") is not None:
            return above, "create"
    elif method == "POST" and word in ("update", "edit", "modify") and not above.variable and not above.children:
        if above.get("GET") is not None and not above.get("PUT") and not above.get("PATCH") and not above.get("POST"):
            return above, "change"
    elif method in ("POST", "PUT", "PATCH") and above.variable:
        changes = word in ("update", "edit", "modify", "patch")
        if changes and above.get("PUT") is None and above.get("PATCH") is None:
            return above, "update"
        if method == "POST" and word in ("delete", "remove", "destroy") and above.get("DELETE") is None:
            return above, "delete"
    return node, ""


def about(node: Node) -> tuple[tuple[Operation, str], ...]:
    """Return the operations about a node: those that end there, and those of its verbs, with what they ask for."""
    found = [(one, "") for one in node.operations]
    for inner in node.below.values():
        for one in inner.operations:
            target, intent = verb_of(inner, one)
            if target is node:
                found.append((one, intent))
    return tuple(found)
