"""Which member of an item its path names, and who chooses it."""

from collections.abc import Iterator
from typing import Any

from specdouble.openapi.model.collect import Draft
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.evidence.shapes import Shapes
from specdouble.openapi.model.parts import KeyPart
from specdouble.openapi.pointers import escape

_SCALAR = frozenset({"string", "integer", "number", ""})
_IDS = ("id", "uid", "uuid", "guid", "gid", "sid", "_id")
_SECRETS = frozenset({"key", "token", "secret", "credential", "apikey", "password"})
_NAMES = ("name", "slug", "username", "login", "handle", "key", "code", "email", "title", "number", "ref", "path")


def parameters(draft: Draft) -> tuple[str, ...]:
    """Return the parameters of the item path behind its collection."""
    if draft.item is None:
        return ()
    top = draft.collection.chain if draft.collection is not None and draft.collection.variable else ()
    found: list[str] = []
    for node in reversed(draft.item.chain):
        if not node.variable or node in top:
            break
        found = [*node.parameters, *found]
    return tuple(found)


def find_key(
    draft: Draft, shapes: Shapes, links: dict[str, str], types: dict[str, str]
) -> tuple[tuple[KeyPart, ...], str]:
    """Return the parts of the key with the reason. `links` says which member links put into a parameter."""
    parts, reasons = [], []
    names = parameters(draft) or ("",)
    for name in names:
        field, why = _field(draft, name, shapes, links, types.get(name, ""), name == names[-1])
        if name or field:
            parts.append(KeyPart(name, field, types.get(name) or _type(shapes, draft.schema, field)))
            reasons.append(why)
    return tuple(parts), "; ".join(dict.fromkeys(reasons))


def _field(draft: Draft, name: str, shapes: Shapes, links: dict[str, str], kind: str, last: bool) -> tuple[str, str]:
    members = {one: inner for one, inner in shapes.members(draft.schema).items() if _scalar(shapes, inner)}
    if name in links:
        return links[name], f"a link puts {links[name]} into {name}"
    by_plain = {words.plain(one): one for one in reversed(members)}
    number = by_plain.get("id", "")
    text = kind == "string" and bool(number) and shapes.kind(members[number]) in ("integer", "number")
    for wanted, why in _wanted(draft, name, last, text):
        if wanted in members:
            return f"/{escape(wanted)}", why.format(wanted)
        if words.plain(wanted) in by_plain:
            found = by_plain[words.plain(wanted)]
            return f"/{escape(found)}", why.format(found)
    nested = _nested(draft, name, shapes)
    if nested:
        return nested, f"no member of the item fits {name or 'as a key'}, but {nested} does"
    of = words.thing(name)
    if last and name and (not of or words.related(of, draft.noun)):
        tail = words.words(name)[-1:]
        fitting = [one for one in members if words.words(one)[-1:] == tail and tail[0] in _IDS]
        if len(fitting) == 1:
            return f"/{escape(fitting[0])}", f"{fitting[0]} is the only member that ends like {name}"
    return "", f"no member of the item fits {name}: the value of the path is kept beside it"


def _wanted(draft: Draft, name: str, last: bool, text: bool) -> Iterator[tuple[str, str]]:
    """Yield the members that may be meant, the likeliest first.

    `text` says that the parameter is a text and the member `id` a number, so that another member may be meant.
    """
    ends = draft.noun.rpartition("-")[2]
    whole = draft.noun.replace("-", "")
    of_thing = [f"{one}{end}" for one in dict.fromkeys((whole, ends)) for end in ("id", "uid", "uuid", "gid")]
    parts = words.words(name)
    if name:
        yield name, "the member {} is named like the parameter"
        if "or" in parts:
            for one in "-".join(parts).split("-or-"):
                yield one, f"{{}} is one of the two that {name} names"
        for start in range(1, len(parts)):
            if words.related(words.singular(parts[start - 1]), ends) or words.plain("".join(parts[:start])) == whole:
                yield "".join(parts[start:]), f"{{}} is what is left of {name} without {draft.noun}"
    if not last:
        return
    named = parts[-1:] and parts[-1] in _NAMES
    if named:
        yield parts[-1], f"{{}} is the end of {name}"
    ending = parts[-1] if parts else ""
    if ending.endswith("name") or (text and ending not in ("id", "uid", "number")):
        for one in ("username", "login", "slug", "handle", "key", "code", "name"):
            yield one, f"{{}} is a text that {name} may be"
    for one in (*_IDS, *of_thing):
        yield one, "{} is a usual key"
    if not name:
        return
    if parts and parts[-1] in ("id", "key", "ref", "slug"):
        yield "".join(parts[-1:]), f"{{}} is the end of {name}"
    yield whole, "{} is named like the resource"
    first = () if ends in _SECRETS else ("key", "slug")  # a name is for people, and a key of keys a secret
    for one in (*first, *_NAMES):
        yield one, "{} stands for an id, for want of one"
    for one in _NAMES[:3]:
        yield f"{ends}{one}", "{} stands for an id, for want of one"
    if len(parts) > 1:
        yield parts[-1], f"{{}} is the end of {name}"


def _nested(draft: Draft, name: str, shapes: Shapes) -> str:
    """Return a key one level down: `/metadata/name`, or below a member named like the resource."""
    members = shapes.members(draft.schema)
    own = (*words.words(draft.noun)[-1:], *filter(None, (words.thing(name),)))
    for outer in ("metadata", "meta", "attributes", *own, "spec", "info"):
        for actual in (one for one in members if words.plain(one) == outer):
            inner = shapes.members(members[actual])
            by_plain = {words.plain(one): one for one in reversed(inner) if _scalar(shapes, inner[one])}
            for wanted in (words.plain(name), *words.words(name)[-1:], "id", "uid", "name"):
                if wanted in by_plain:
                    return f"/{escape(actual)}/{escape(by_plain[wanted])}"
    return ""


def _scalar(shapes: Shapes, schema: Any) -> bool:
    return shapes.kind(schema) in _SCALAR and not shapes.members(schema)


def _type(shapes: Shapes, schema: Any, field: str) -> str:
    for token in field.split("/")[1:]:
        schema = shapes.members(schema).get(token.replace("~1", "/").replace("~0", "~"), {})
    return shapes.kind(schema) if field else ""


def chosen_by(draft: Draft, parts: tuple[KeyPart, ...], shapes: Shapes, bodies: list[Any], upserts: bool,
              queries: list[str]) -> tuple[str, str]:  # fmt: skip
    """Return who chooses the key, and why. `bodies` are the schemas of requests that make an item."""
    field = parts[-1].field if parts else ""
    name = field.rpartition("/")[2]
    inside = shapes.members(draft.schema)
    if name and field.count("/") == 1 and shapes.plain(inside.get(name, {}))[0].get("readOnly") is True:
        return "server", f"{name} is readOnly"
    for body in bodies:
        found = {words.plain(one): one for one in shapes.members(body)}
        one = found.get(words.plain(name)) if field.count("/") <= 1 else _deep(shapes, body, field)
        if one is None and name and _names_key(parts[-1].parameter):
            one = found.get(words.plain(parts[-1].parameter))
        if name and one is not None:
            if shapes.plain(shapes.members(body).get(one, {}))[0].get("readOnly") is True:
                return "server", f"{one} is readOnly in the request"
            if one in shapes.required(body):
                return "client", f"{one} is required in the request that makes an item"
            return "either", f"{one} may be in the request that makes an item"
    if any(words.plain(one) == words.plain(name) for one in queries if name):
        return "client", f"{name} is a query parameter of the request that makes an item"
    if bodies and not inside:
        return "either", "the item may have any members, and so its key"
    if bodies or queries:
        return "server", f"{name or 'the key'} is not in the request that makes an item"
    if upserts:
        return "client", "a write to the item path makes the item"
    return "", ""


def _names_key(parameter: str) -> bool:
    """Tell whether a parameter names the key of one kind of thing, so that it means the same in a request."""
    return bool(words.thing(parameter)) and words.words(parameter)[-1:] != words.words(words.thing(parameter))[-1:]


def _deep(shapes: Shapes, body: Any, field: str) -> str | None:
    outer, _, inner = field[1:].partition("/")
    return outer if inner in shapes.members(shapes.members(body).get(outer, {})) else None
