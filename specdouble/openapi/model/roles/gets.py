"""The role of a GET: it reads an item, lists, finds, or gives the one thing at its path."""

from specdouble.openapi.model.collect import Draft
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.roles.case import Case, Found


def get(case: Case) -> Found:
    """Return the role of a GET."""
    operation, node, given = case.operation, case.node, case.given
    if operation.redirects:
        return Found("action", case.nearest, "it only redirects")
    response = operation.success
    kinds = tuple(response.content) if response is not None else ()
    if operation.declares("101") or any("event-stream" in one or "raw-stream" in one for one in kinds):
        return Found("stream", case.nearest, "the response is a stream")
    if case.word in words.STREAM and given.kind != "list":
        return Found("stream", case.nearest, f"the path ends in {node.segment}")
    first = next(iter(words.words(operation.text)), "")
    if first in words.STREAM and given.kind != "list":
        return Found("stream", case.nearest, f"its summary begins with {first}")
    stored = [one for one in (node.get("PUT"), node.get("POST")) if one and case.bodies.is_file(one, request=True)]
    unsaid = given.kind == "nothing" and (stored or case.word in words.DOWNLOAD)
    if unsaid or case.bodies.is_file(operation, request=False):
        return Found("download", case.nearest, "the response is a file")
    if case.item is not None:
        return _read(case)
    if case.list is not None:
        return _list(case)
    return _single(case)


def _read(case: Case) -> Found:
    if other := _figures_of(case):
        return Found(
            "derived", other, f"figures of one {other.noun}: the parameter is its key, and nothing writes them"
        )
    style = "query" if case.operation.method == "QUERY" else ""
    adds = case.target.get("PUT")
    if case.given.kind == "nothing" and adds is not None and not adds.body:
        return Found("set-check", case.item, "the response has no content, only a status")
    if case.intent == "read":
        return Found("read", case.item, f"GET of an item with {case.node.segment} behind it, which alone reads it")
    if case.given.kind == "list":
        return Found("read", case.item, "GET of an item path; the response is a list of one", style)
    return Found("read", case.item, "GET of an item path", style)


def _figures_of(case: Case) -> Draft | None:
    """Return the resource that a path of figures ends with the key of: `/stats/apps/{appId}`."""
    said = {word for segment in case.operation.segments if "{" not in segment for word in words.words(segment)}
    if any(one.method != "GET" for one in case.target.operations) or not said & words.DERIVED or case.item is None:
        return None
    above = case.collection.of_list.get(case.target.above) if case.target.above is not None else None
    if above is None or (case.target.above is not None and case.target.above.get("POST") is not None):
        return None
    things = [words.thing(name) for name in case.target.parameters]
    others = (one for one in case.collection.drafts if one is not case.item and one.noun in things)
    return next(others, None)


def _list(case: Case) -> Found:
    given, draft, node = case.given, case.list, case.target
    if given.kind not in ("list", "map"):
        return _single(case)
    where = f" at {given.pointer}" if given.pointer else ""
    if given.kind == "map":
        of_things = case.bodies.shapes.kind(given.schema) == "object"
        return Found("list", draft, "a map of items by key") if of_things else _figures(case)
    if case.is_set():
        return Found("list", draft, "the members of a set, which PUT and DELETE of the path change", "set")
    for one in node.children:
        adds = one.get("PUT") or one.get("POST")
        if adds is not None and Case(case.collection, one, adds).adds_member():
            return Found("list", draft, f"the members of a set, which {adds.key} puts in", "set")
    upper = node.above
    beside = upper is not None and not node.variable and not node.children and bool(upper.children)
    if upper is not None and beside and case.collection.of_list.get(upper) is draft:
        return Found("find", draft, f"a list beside the items of {upper.path}")
    if set(words.words(node.segment)) & (words.FIND - {"list", "fetch", "browse"}):
        return Found("find", draft, f"a list, and the path says {node.segment}")
    return Found("list", draft, f"the response is a list of the resource{where}")


def _figures(case: Case) -> Found:
    return Found("derived", case.nearest, "the response is a map of figures")


def _single(case: Case) -> Found:
    """Return the role of a GET that is neither of an item nor of a known collection."""
    given, node, shapes = case.given, case.node, case.bodies.shapes
    if node.segment.lower() in words.CONTAINS:
        return Found("set-check", case.nearest, f"the path says {node.segment}")
    writers = [one.method for one in node.operations if one.method in ("PUT", "PATCH", "POST", "DELETE")]
    changers = set(writers) - {"POST"} if case.word in words.FIND else set(writers)  # its POST asks the same
    schema = case.same_schema(given)
    if given.kind == "list":
        if schema is not None or (case.above_list is not None and set(words.words(node.segment)) & words.FIND):
            return Found("find", schema or case.above_list, "a list of the resource, beside its items")
        if {case.word, case.verb} & words.FIND and not changers and case.verb != "list":
            return Found("find", case.nearest, "a list, and it is called a search")
        return Found("singleton-read", case.inside, "a list without items of its own" + _written(writers))
    if given.kind == "item" and schema is not None and schema is case.above_item and not node.variable:
        return Found("read", schema, f"{node.segment} behind an item; the response is that item")
    ends = set(words.words(node.segment))
    if not writers and ends & words.DERIVED:
        return Found("derived", case.nearest, f"nothing writes it, and the path says {node.segment}")
    if given.kind == "map" and not writers and shapes.kind(given.schema) in ("integer", "number"):
        return _figures(case)
    if case.word in words.FIND and not changers:
        return Found("find", case.nearest, f"the path says {node.segment}")
    asked = [one for one in case.operation.query if one.required and _is_key(one.name, given.schema, case)]
    if given.kind == "item" and asked:
        return Found("find", schema or case.nearest, f"the query parameter {asked[0].name} names the item", "query")
    if schema is not None:
        mine = " of the caller" if set(case.operation.segments) & words.ME else ""
        return Found("singleton-read", schema, f"one {schema.noun}{mine}, named by no parameter")
    if case.verb in (words.ACTION if given.kind != "item" else words.BEGIN) and not writers:
        return Found("action", case.nearest, f"it is called {case.verb}")
    if case.word in words.ACTION and not writers and given.kind != "item":
        return Found("action", case.nearest, f"the path says {node.segment}")
    if not node.below and not writers and case.said & words.DERIVED and given.kind != "item":
        return Found("derived", case.nearest, "nothing writes it, and its words speak of a figure")
    return Found("singleton-read", case.inside, "one thing, named by no parameter" + _written(writers))


def _written(writers: list[str]) -> str:
    return f", written by {' and '.join(writers)}" if writers else ""


def _is_key(name: str, schema: object, case: Case) -> bool:
    members = {words.plain(one) for one in case.bodies.shapes.members(schema)}
    return words.plain(name) in members and words.words(name)[-1:] in (("id",), ("uid",), ("uuid",), ("key",))
