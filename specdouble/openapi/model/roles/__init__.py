"""The role of each operation."""

from specdouble.openapi.model.collect import Collection
from specdouble.openapi.model.evidence.tree import Node
from specdouble.openapi.model.evidence.view import Operation
from specdouble.openapi.model.roles.case import Case, Found
from specdouble.openapi.model.roles.changes import delete, put
from specdouble.openapi.model.roles.gets import get
from specdouble.openapi.model.roles.posts import post

_BY_METHOD = {"GET": get, "HEAD": get, "QUERY": get, "POST": post, "PUT": put, "PATCH": put, "DELETE": delete}


def role_of(collection: Collection, node: Node, operation: Operation) -> Found:
    """Return the role of an operation."""
    if operation.method == "HEAD" and (reader := node.get("GET")) is not None:
        found = role_of(collection, node, reader)
        return Found(found.role, found.draft, f"the headers of {reader.key}", found.style)
    find = _BY_METHOD.get(operation.method)
    if find is None:
        return Found("none", None, f"{operation.method} is about the path, not about data")
    return find(Case(collection, node, operation))
