"""The roles of PUT, PATCH and DELETE."""

from specdouble.openapi.model.collect import Draft
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.roles.case import Case, Found, relation
from specdouble.openapi.model.roles.posts import makers, post


def put(case: Case) -> Found:
    """Return the role of a PUT or PATCH."""
    if case.bodies.is_file(case.operation, request=True) and case.item is None:
        return Found("upload", case.nearest, "the request is a file")
    if case.item is not None:
        return _on_item(case, case.item)
    if case.operation.method == "PUT" and case.is_set():
        return Found("set-add", case.list or case.nearest, "PUT and DELETE of one path, and nothing below it")
    if case.list is not None and case.given.kind != "value":
        return _on_collection(case, case.list)
    return relation(case) or _single(case)


def _on_item(case: Case, draft: Draft) -> Found:
    operation = case.operation
    if operation.method == "PATCH":
        return Found("update", draft, f"PATCH of an item path{_patch_note(case)}", patch_style(case))
    if case.intent == "update":
        return Found("update", draft, f"PUT of an item with {case.node.segment} behind it", "merge")
    if case.adds_member():
        return Found("set-add", draft, "PUT of an item path without a body")
    style, why = _whole_or_merge(case)
    if _says_both(case) or case.said & words.UPSERT:
        return Found("upsert", draft, "PUT of an item path that is said to create as well", style)
    if operation.declares("201"):
        return Found("upsert", draft, "PUT of an item path that may respond with 201", style)
    if not makers(case, draft) and case.verb not in ("update", "change", "edit", "modify"):
        return Found("upsert", draft, "PUT of an item path, and nothing else makes items", style)
    return Found("replace", draft, f"PUT of an item path; {why}", style)


def _whole_or_merge(case: Case) -> tuple[str, str]:
    """Return the style of a PUT of an item, and why: it merges where its body may be a part of the item."""
    if case.bodies.shapes.required(case.taken.schema):
        return "whole", "its body has required members"
    words_of = frozenset(map(words.stem, case.said))
    if case.target.get("PATCH") is None:
        return "merge", "no member of its body is required"
    if words_of & _PARTLY and not words_of & _WHOLLY:
        return "merge", "it is said to modify the item, and no member of its body is required"
    return "whole", "PATCH of the same path changes it in part"


_PARTLY = frozenset({"modify", "change", "edit", "adjust"})
_WHOLLY = frozenset({"replace", "overwrite", "whole", "complete", "full"})


def _says_both(case: Case) -> bool:
    return bool({"create", "add"} & case.said) and bool({"update", "replace", "edit"} & case.said)


def patch_style(case: Case) -> str:
    """Return `json-patch` where the body is a list of steps (RFC 6902), else `merge`."""
    if any("json-patch" in kind for kind in case.operation.body):
        return "json-patch"
    steps = case.bodies.shapes.members(case.taken.schema) if case.taken.kind == "list" else {}
    return "json-patch" if {"op", "path"} <= steps.keys() else "merge"


def _patch_note(case: Case) -> str:
    if patch_style(case) != "json-patch":
        return ""
    merges = any("json-patch" not in kind for kind in case.operation.body) and len(case.operation.body) > 1
    return " with steps of JSON Patch" + (", or merged, by the media type of the body" if merges else "")


def _on_collection(case: Case, draft: Draft) -> Found:
    method = case.operation.method
    if method == "PUT" and case.verb in words.CREATE and not _says_both(case):
        style = "many" if case.taken.kind == "list" else ""
        return Found("create", draft, f"PUT of a collection, called {case.verb}", style)
    if case.taken.kind == "list":
        role = "replace" if method == "PUT" else "update"
        return Found(role, draft, f"{method} of a collection with a list of items", "many")
    members = case.bodies.shapes.members(case.taken.schema)
    if case.taken.identity in draft.identities and members:
        role = "replace" if method == "PUT" else "update"
        return Found(role, draft, f"{method} of a collection: the body holds the key of the item", "body-key")
    if _says_both(case) and case.node.get("POST"):
        return Found("upsert", draft, f"{method} of a collection that is said to add as well as to change", "many")
    if not draft.items and not case.node.get("POST") and case.given.kind in ("list", "nothing", "item"):
        return Found("singleton-write", draft, f"{method} of a list as a whole")
    return Found("replace" if method == "PUT" else "update", draft, f"{method} of a collection", "many")


def _single(case: Case) -> Found:
    node, method = case.node, case.operation.method
    owner = case.same_schema(case.given) if case.given.kind == "item" else None
    if case.above_item is not None and owner is case.above_item and case.operation.body:
        return Found("update", owner, f"{method} below an item; the response is that item", patch_style(case))
    if node.get("GET") is not None:
        return Found("singleton-write", case.inside, f"{method} of a thing that GET reads", patch_or_put(case))
    if case.above_list is not None and case.taken.identity in case.above_list.identities - {""}:
        return Found("update", case.above_list, "the body holds the item with its key", "body-key")
    if not case.operation.body or case.word in words.ACTION | words.UPDATE:
        return Found("action", case.nearest, f"{method} of {node.segment}, which nothing reads")
    if case.inside is not None:
        return Found("action", case.inside, f"{method} of {node.segment} of an item, which nothing reads")
    return Found("singleton-write", None, f"{method} of a thing that nothing reads", patch_or_put(case))


def patch_or_put(case: Case) -> str:
    """Return the style of a write to a singleton."""
    return patch_style(case) if case.operation.method == "PATCH" else "whole"


def delete(case: Case) -> Found:
    """Return the role of a DELETE."""
    node = case.node
    if case.item is not None:
        if case.adds_member():
            return Found("set-remove", case.item, "DELETE beside a PUT without a body")
        return Found("delete", case.item, "DELETE of an item path")
    if case.is_set():
        return Found("set-remove", case.list or case.nearest, "PUT and DELETE of one path, and nothing below it")
    if case.list is not None:
        keyed = [one.name for one in case.operation.query if one.required and words.words(one.name)[-1:] == ("id",)]
        if keyed:
            return Found("delete", case.list, f"the query parameter {keyed[0]} names the item", "query")
        return Found("delete-many", case.list, "DELETE of a collection")
    if (found := relation(case)) is not None:
        return found
    makes = node.get("POST")
    if makes is not None and len(node.operations) == 2 and post(Case(case.collection, node, makes)).role == "action":
        return Found("action", case.nearest, f"DELETE of what {makes.key} does")
    if node.get("GET") or node.get("PUT") or node.get("POST") or node.get("PATCH"):
        return Found("singleton-delete", case.inside, "DELETE of a thing that is read or written at its path")
    if case.above_list is not None:
        return Found("delete-many", case.above_list, f"DELETE of {node.segment} behind a collection")
    return Found("action", case.nearest, f"DELETE of {node.segment or '/'}, which nothing reads")
