"""The role of a POST: it makes, changes, deletes, asks, or does something."""

from specdouble.openapi.model.collect import Draft
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.verbs import about
from specdouble.openapi.model.roles.case import Case, Found, relation

_COMMANDS = frozenset({"action", "command", "operation", "task", "job", "event", "transition", "control", "request"})
_QUESTIONS = words.FIND | {"count", "explore"}


def post(case: Case) -> Found:
    """Return the role of a POST."""
    operation = case.operation
    response = operation.success
    if operation.declares("101"):
        return Found("stream", case.nearest, "the connection is taken over")
    if response is not None and any("event-stream" in one for one in response.content):
        return Found("stream", case.nearest, "the response is a stream of events")
    if case.item is not None:
        return _on_item(case, case.item)
    if case.list is None and (found := relation(case)) is not None:
        return found
    if case.list is not None and (case.intent == "create" or case.target is case.node):
        return _on_collection(case, case.list)
    return _elsewhere(case)


def _on_item(case: Case, draft: Draft) -> Found:
    if case.intent == "delete":
        return Found("delete", draft, f"POST of an item with {case.node.segment} behind it")
    if case.intent == "update":
        return Found("update", draft, f"POST of an item with {case.node.segment} behind it", "post")
    if case.bodies.is_file(case.operation, request=True):
        return Found("upload", draft, "the request is a file")
    alone = all(one.method == "POST" for one in case.target.operations)
    if alone and draft.listed is None and not case.collection.reader(case.target):
        return Found("action", draft, "POST of a path that ends in a parameter and that nothing reads or writes")
    if case.node is not draft.item and case.target is case.node and (verb := _before(case, draft)):
        return Found("action", draft, f"POST of {verb} before the key of an item")
    if case.adds_member():
        return Found("set-add", draft, "POST of an item path without a body, and DELETE takes back")
    if _makes_by_path(case, draft):
        why = "POST of an item path that is said to create it, and may respond with 409"
        return Found("create", draft, why, "path-key")
    if not makers(case, draft) and case.target.get("PUT") is None:
        return Found("upsert", draft, "POST of an item path, and nothing else makes items", "post")
    changed = any(case.target.get(method) for method in ("PUT", "PATCH"))
    if changed and case.verb not in words.UPDATE:
        return Found("action", draft, "POST of an item path beside PUT or PATCH")
    return Found("update", draft, "POST of an item path", "post")


def _before(case: Case, draft: Draft) -> str:
    """Return the static segment before the key where it does not name the resource, "" for none."""
    above = case.node.above
    if above is None or above.variable or words.related(words.noun(above.segment), draft.noun):
        return ""
    return above.segment


def makers(case: Case, draft: Draft) -> bool:
    """Tell whether a collection of the resource has a POST, or whether POST of the item path makes it."""
    if _is_made(draft):
        return True
    made = case.target.get("POST") if case.target in draft.items else None
    return made is not None and _makes_by_path(Case(case.collection, case.target, made), draft)


def _is_made(draft: Draft) -> bool:
    return any(one.method == "POST" for node in draft.collections for one, _ in about(node))


def _makes_by_path(case: Case, draft: Draft) -> bool:
    """Tell whether POST of an item path only makes the item: it says so, and refuses one that is there."""
    if case.target is not case.node or _is_made(draft):
        return False
    said = {words.stem(one) for one in case.said}
    return bool(said & words.CREATE) and not said & words.UPDATE and case.operation.declares("409")


def _on_collection(case: Case, draft: Draft) -> Found:
    found = set(words.words(case.node.segment))
    if case.intent != "create" and case.word in _QUESTIONS and len(found) == 1:
        return Found("find", draft, f"the path says {case.node.segment}")
    if case.verb in words.FIND and case.given.kind == "list":
        return Found("find", draft, f"it is called {case.verb}, and the response is a list")
    if case.taken.kind == "list":
        return Found("create", draft, "POST of a collection with a list of items", "many")
    if case.verb in words.UPSERT or ({"create", "update"} <= set(case.named)):
        return Found("upsert", draft, f"POST of a collection, called {case.operation.operation_id}", "body-key")
    behind = f" with {case.node.segment} behind it" if case.intent == "create" else ""
    return Found("create", draft, f"POST of a collection{behind}")


def _elsewhere(case: Case) -> Found:
    node, operation, above = case.node, case.operation, case.above_list
    first, found = case.word, set(words.words(node.segment))
    if first == "count":
        return Found("derived", above or case.nearest, "the path says count")
    if found & words.FIND and not found & words.DELETE:
        return Found("find", above or case.nearest, f"the path says {node.segment}")
    if first in words.DELETE and above is not None:
        return Found("delete-many", above, f"{node.segment} behind a collection")
    if first in words.DELETE and (draft := _mentioned(case)) is not None:
        return Found("delete-many", draft, f"{node.segment} behind an item, and its words name {draft.name}")
    if case.bodies.is_file(operation, request=True):
        return Found("upload", case.nearest, "the request is a file")
    if above is not None and case.taken.kind == "list" and _things(case, above):
        return Found("create", above, "a list of items is posted beside the collection", "many")
    made = case.same_schema(case.given)
    if made is not None and (operation.declares("201") or (case.verb in words.CREATE and made is not case.above_item)):
        sent = made is not case.above_item or first not in words.ACTION
        if sent and made.item is not None:
            return Found("create", made, "the response is a new item of the resource")
    reader = node.get("GET")
    if case.intent == "change":
        return Found("singleton-write", case.inside, f"POST of a thing with {node.segment} behind it", "post")
    if reader is not None and first not in words.ACTION and case.verb not in words.CREATE:
        return Found("singleton-write", case.inside, "POST of a thing that GET reads", "post")
    if case.given.kind == "list" and case.verb in words.FIND | words.READ:
        return Found("find", case.nearest, f"it is called {case.verb}, and the response is a list")
    if above is not None and case.inside is not None and set(words.words(above.noun)) & _COMMANDS:
        return Found("action", case.inside, f"POST of {node.segment} among the {above.noun}s of an item")
    what = "an item" if case.above_item else "a collection" if above else "no resource"
    return Found("action", case.nearest, f"POST of {node.segment or '/'} behind {what}")


def _things(case: Case, draft: Draft) -> bool:
    """Tell whether a list in the request is one of items of a resource."""
    mine = case.bodies.shapes.members(case.taken.schema)
    theirs = case.bodies.shapes.members(draft.schema)
    return case.taken.identity in draft.identities or len(mine.keys() & theirs.keys()) * 2 > len(mine)


def _mentioned(case: Case) -> Draft | None:
    """Return a collection below the item that the words of the operation name."""
    above = case.node.above
    said = {words.singular(one) for one in case.said}
    for node in above.below.values() if above is not None else ():
        draft = case.collection.of_list.get(node)
        if draft is not None and draft.noun in said:
            return draft
    return None
