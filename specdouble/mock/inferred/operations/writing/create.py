"""Making items: the body's members, what only the server writes, a key in its form."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.items.keys import new_key, text_key
from specdouble.mock.inferred.items.making import completed
from specdouble.mock.inferred.items.placing import placed, unwrapped, with_own_parent
from specdouble.mock.inferred.items.seeds import SEED
from specdouble.mock.inferred.operations.acting.verbs import after, verb_of
from specdouble.mock.inferred.operations.owners import owned, owner_of
from specdouble.mock.inferred.operations.writing.kept import keep_file
from specdouble.mock.inferred.operations.writing.receipts import beside, receipt
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.inferred.responses.etags import etag_of
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import is_plural
from specdouble.openapi.values.make import MISSING


def create(act: Act) -> Response:
    """Make an item, or several."""
    kind = act.kind
    if kind is None:
        return respond(act, receipt(act, None), "create")
    if kind.name in act.within_names and _is_verb(act, kind):
        from specdouble.mock.inferred.operations.acting.actions import act_on

        return act_on(act)
    body = unwrapped(kind, act.call.body)
    if act.meaning.style == "path-key":
        return made_answer(act, kind, make(act, kind, body, key=act.key))
    many = act.meaning.style == "many" or isinstance(body, list) or _is_enveloped(kind, body)
    sent = _batch(act, body) if many else None
    if sent is not None:
        records = [make(act, kind, one, replaces=True) for one in sent]
        return made_answer(act, kind, records[-1] if records else None, records)
    record = make(act, kind, body)
    return made_answer(act, kind, record)


def _is_verb(act: Act, kind: Kind) -> bool:
    """Tell whether what answers with a new item is a verb on an item that changes it: `/orders/{id}/capture`."""
    verb = verb_of(act.spec.path, "", frozenset())
    if not act.spec.path.startswith(f"{kind.resource.item}/") or is_plural(verb):
        return False
    record = act.items.get(kind, act.within[kind.name], {})
    return bool(after(act.api, kind, record["value"], verb, act.world.clock.now()))


def _is_enveloped(kind: Kind, body: Any) -> bool:
    """Tell whether a body is a list of items in the envelope that lists have."""
    pointer = kind.resource.envelope.list
    if not pointer or not isinstance(body, dict):
        return False
    held = read(body, pointer)
    if held is MISSING:
        held = body.get(pointer.rpartition("/")[2])  # the response may have an envelope more than the request
    return isinstance(held, list) and all(isinstance(one, dict) for one in held)


def _batch(act: Act, body: Any) -> list[Any] | None:
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        lists = [
            one for one in body.values() if isinstance(one, list) and one and all(isinstance(x, dict) for x in one)
        ]
        if len(lists) == 1:
            return lists[0]
    return None


def make(act: Act, kind: Kind, body: Any, *, key: Any = MISSING, replaces: bool = False) -> Doc:
    """Make one item of what was sent and keep it; `key` is the one that the path names."""
    api, items = act.api, act.items
    within = act.within
    items.ensure(kind)
    body = act.written(kind, body)
    sent = dict(body) if isinstance(body, dict) else {}
    for name, value in act.query.items():
        if value is not None and name not in sent and _takes_query(act, name):
            sent[name] = value
    value = placed(api, kind, sent) if isinstance(body, dict | type(None)) or not body else body
    if not isinstance(value, dict):
        value = {"value": value} if value is not None else {}
    parents = kind.scope(within)

    def taken(text: str) -> bool:
        found = items.find(kind, text, parents) if text else None
        return found is not None and found["key"] == text

    chosen = _chosen(act, kind, value, sent) if key is MISSING else key
    if chosen is MISSING and kind.field and kind.resource.key.chosen_by == "client" and read(value, kind.field) == "":
        raise Problem(422, f"{kind.field[1:]} is the key of the {kind.name.replace('-', ' ')}: it cannot be empty.")
    value = _without_read_only(act, kind, value)
    context = act.fresh(kind.name)
    if chosen is not MISSING and taken(text_key(chosen)):
        record = items.find(kind, chosen, parents)
        if replaces and record is not None:
            return items.change(kind, record, {**value})
        if record is not None and record["tag"] == SEED:  # what the world began with gives way to what a client makes
            items.remove(kind, record)
        else:
            raise Problem(409, f"There is a {kind.name.replace('-', ' ')} {text_key(chosen)[:80]} already.")
    if chosen is MISSING:
        if kind.field:
            value = _without(value, kind.field)
        chosen = new_key(api, kind, act.world, context, value, taken)
    if kind.field:
        fitted = api.fitter.scalar(kind.key_schema, chosen)
        value = write(value, kind.field, chosen if fitted is MISSING else fitted)
    if kind.name in within:
        value = with_own_parent(kind, value, within[kind.name], api)
    value = completed(act, kind, value, sent, context, text_key(chosen))
    record = items.add(kind, value, chosen, within, owner_of(act) if owned(act, kind) else "")
    keep_file(act, kind, record)
    return record


def _takes_query(act: Act, name: str) -> bool:
    """Tell whether a query parameter of a create speaks of the item: it is one of its members by name."""
    from specdouble.openapi.model.evidence.words import plain

    key = act.kind.resource.key if act.kind is not None else None
    if key is not None and key.chosen_by == "server" and name in {part.parameter for part in key.parts}:
        return False
    members = {plain(one) for one in act.api.flats.members(act.kind.schema)} if act.kind is not None else set()
    return plain(name) in members


def _chosen(act: Act, kind: Kind, value: dict[str, Any], sent: dict[str, Any]) -> Any:
    """Return the key that the client chose, MISSING where the server chooses."""
    inside = bool(kind.field) and kind.field.split("/")[1] in value and kind.field.split("/")[1] not in act.sent
    if kind.resource.key.chosen_by == "server" and not inside:  # in an object of the body the model does not see it
        return MISSING
    if kind.field:
        held = read(value, kind.field)
        if isinstance(held, str | int) and not isinstance(held, bool) and held != "":
            flat = act.api.flats.of(kind.key_schema)
            return MISSING if flat.read_only else held
        return MISSING
    names = [kind.key.parameter] if kind.key is not None else []
    if kind.schema is True or act.api.flats.of(kind.schema).open or not kind.key:
        names += ["id", "uid", "key", "name", "_id"]
    return next((sent[one] for one in names if isinstance(sent.get(one), str | int) and sent[one] != ""), MISSING)


def _without_read_only(act: Act, kind: Kind, value: dict[str, Any]) -> dict[str, Any]:
    """Return what a client sent without the members that only the server writes.

    One that names what the item belongs to stays, where that exists: nothing else may tell.
    """
    flats, parents = act.api.flats, {one.field[1:]: one.resource for one in kind.resource.parents if one.optional}

    def names_a_parent(name: str) -> bool:
        parent = act.api.kinds.get(parents.get(name, ""))
        named = value[name]
        return parent is not None and isinstance(named, str | int) and bool(act.items.find(parent, named, {}))

    gone = [
        name
        for name, one in flats.members(kind.schema).items()
        if name in value and flats.of(one).read_only and not names_a_parent(name)
    ]
    return {name: one for name, one in value.items() if name not in gone} if gone else value


def _without(value: dict[str, Any], pointer: str) -> dict[str, Any]:
    name = pointer[1:]
    if "/" not in name:
        return {key: one for key, one in value.items() if key != name}
    return value


def made_answer(
    act: Act, kind: Kind, record: Doc | None, records: list[Doc] | None = None, purpose: str = "create"
) -> Response:
    """Answer with what was made, in the form that the operation has."""
    facts = {"location": location(act, kind, record)} if record is not None else {}
    if record is not None:
        facts["etag"] = etag_of(act, record)
    answers, at = act.meaning.answers, act.meaning.at
    if answers == "list":
        values: Any = [act.shown(one) for one in records or ([] if record is None else [record])]
        _, declared = status_of(act, purpose)
        at = at or act.api.list_in(json_schema(declared.content or {}), kind.resource.envelope.list)
        return respond(act, write({}, at, values) if at else values, purpose, facts=facts)
    if record is None:
        return respond(act, receipt(act, None), purpose, facts=facts)
    if answers == "item" and at:
        body = beside(act, at, records or [record], purpose)
        return respond(act, body if len(records or ()) > 1 and body else write(body, at, act.shown(record)), purpose,
                       facts=facts)  # fmt: skip
    if answers == "item":
        return respond(act, act.shown(record), purpose, facts=facts)
    value = receipt(act, record)
    if act.meaning.key_at.startswith("/"):
        held = read(record["value"], kind.field) if kind.field else MISSING
        if isinstance(value, dict) and read(value, act.meaning.key_at) in (MISSING, None):
            value = write(value, act.meaning.key_at, record["key"] if held is MISSING else held)
        else:
            value = write(
                value if isinstance(value, dict) else {}, act.meaning.key_at, record["key"] if held is MISSING else held
            )
    return respond(act, value, purpose, facts=facts)


def location(act: Act, kind: Kind, record: Doc | None) -> str:
    """Return the path of an item, "" where it has none."""
    if record is None or not kind.resource.item or kind.key is None:
        return ""
    path = kind.resource.item
    values = {parent.parameter: record["within"].get(parent.resource, "") for parent in kind.resource.parents}
    values[kind.key.parameter] = record["key"]
    for name, text in {**{k: str(v) for k, v in act.call.params.items()}, **values}.items():
        if text:
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
    return "" if "{" in path else f"{act.api.base}{path}"
