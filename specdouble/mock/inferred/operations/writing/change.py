"""Changing, replacing and deleting items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.items.keys import text_key
from specdouble.mock.inferred.items.making import touched
from specdouble.mock.inferred.items.patches import patched
from specdouble.mock.inferred.items.placing import only_one, placed, unwrapped
from specdouble.mock.inferred.items.queries import chosen
from specdouble.mock.inferred.operations.asking import asking
from specdouble.mock.inferred.operations.singles import write_single
from specdouble.mock.inferred.operations.writing.create import create, made_answer, make
from specdouble.mock.inferred.operations.writing.kept import keep_file
from specdouble.mock.inferred.operations.writing.receipts import receipt
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.inferred.responses.etags import check, etag_of
from specdouble.mock.inferred.responses.success import respond
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.bodies import merge
from specdouble.openapi.model.evidence.words import plain, words
from specdouble.openapi.values.make import MISSING


def replace_item(act: Act) -> Response:
    """Write an item as a whole: what the body does not name goes, but for what only the server writes."""
    kind = act.kind
    if kind is None:
        return respond(act, receipt(act, None), "change")
    if act.meaning.style == "many":
        return _many(act, kind)
    record = named_record(act, kind)
    check(act, record)
    body = _sent(act, kind)
    if act.meaning.style == "merge":
        return _answer(act, kind, _keep(act, kind, record, {**_mapping(record["value"]), **_mapping(body)}))
    return _answer(act, kind, _keep(act, kind, record, _replaced(act, kind, record, body)))


def update_item(act: Act) -> Response:
    """Change some members of an item."""
    kind = act.kind
    if kind is None:
        return respond(act, receipt(act, None), "change")
    if act.meaning.style == "many":
        return _many(act, kind)
    record = named_record(act, kind)
    check(act, record)
    body = _steps(act, kind)
    media = (act.call.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if isinstance(body, list) and (
        media == "application/json-patch+json" or act.meaning.style == "json-patch" or _is_patch(body)
    ):
        return _answer(act, kind, _keep(act, kind, record, patched(record["value"], body)))
    sent = _sent(act, kind)
    value = merge(record["value"], sent) if media == "application/merge-patch+json" else _merged(record["value"], sent)
    return _answer(act, kind, _keep(act, kind, record, value))


def _steps(act: Act, kind: Kind) -> Any:
    """Return the body, or the steps of a JSON Patch in it that stand beside something else, such as a comment."""
    body = act.call.body
    inside = [one for name, one in act.sent.items() if isinstance(one, list) and _is_patch(one)]
    if len(inside) != 1 or act.sent.keys() & act.api.flats.members(kind.schema).keys():
        return body
    return inside[0]


def _many(act: Act, kind: Kind) -> Response:
    """Write several items at once; where the collection is replaced, those that are not named go."""
    body = unwrapped(kind, act.call.body)
    reader = act.api.meanings.get(f"GET {act.spec.path}")
    if reader is not None and reader.role == "singleton-read" and isinstance(body, dict):
        return write_single(act)
    given = (
        body
        if isinstance(body, list)
        else next((one for one in _mapping(body).values() if isinstance(one, list)), None)
    )
    if given is None:
        given = [body] if isinstance(body, dict) and body else []
    within = act.within
    records = []
    for one in given:
        value = placed(act.api, kind, one) if isinstance(one, dict) else one
        key = (
            read(value, kind.field)
            if isinstance(value, dict) and kind.field
            else value
            if not isinstance(value, dict)
            else MISSING
        )
        if isinstance(value, dict) and key is MISSING:
            key = next(
                (value[name] for name in ("id", "uid", "key", "name") if isinstance(value.get(name), str | int)),
                MISSING,
            )
        record = act.items.find(kind, key, within) if key is not MISSING else None
        if record is None and not isinstance(value, dict):
            made = act.items.virtual(kind, text_key(value), within)
            record = act.items.add(kind, made["value"], value, within)
        elif record is None:
            record = make(
                act,
                kind,
                one,
                **({"key": key} if key is not MISSING and kind.resource.key.chosen_by != "server" else {}),
            )
        elif isinstance(value, dict):
            record = _keep(act, kind, record, _merged(record["value"], value))
        records.append(record)
    if act.meaning.role == "replace" and _takes_all(act, given):
        kept = {one["id"] for one in records}
        for one in act.items.all(kind, within):
            if one["id"] not in kept:
                act.items.remove(kind, one)
    return made_answer(act, kind, records[-1] if records else None, records, "change")


def upsert(act: Act) -> Response:
    """Make or replace the item that the path names, or those that the body names."""
    kind = act.kind
    if kind is None:
        return respond(act, receipt(act, None), "change")
    if act.meaning.style in ("many", "body-key") or act.key is None or act.meaning.style == "many":
        return create(act) if act.meaning.style == "many" or isinstance(act.call.body, list) else _by_body(act, kind)
    record = act.items.find(kind, act.key, act.within)
    if record is None:
        made = make(act, kind, unwrapped(kind, act.call.body), key=act.key)
        return made_answer(act, kind, made)
    check(act, record)
    return _answer(act, kind, _keep(act, kind, record, _replaced(act, kind, record, _sent(act, kind))))


def _by_body(act: Act, kind: Kind) -> Response:
    body = _sent(act, kind)
    key = read(body, kind.field) if kind.field else MISSING
    record = act.items.find(kind, key, act.within) if key is not MISSING else None
    if record is None:
        return create(act)
    return _answer(act, kind, _keep(act, kind, record, _replaced(act, kind, record, body)))


def delete_item(act: Act) -> Response:
    """Delete an item with what belongs to it."""
    kind = act.kind
    if kind is None:
        return respond(act, receipt(act, None), "delete")
    record = named_record(act, kind)
    check(act, record)
    act.items.remove(kind, record)
    act.count = 1
    if act.meaning.answers == "item":
        value = act.shown(record)
        return respond(act, write({}, act.meaning.at, value) if act.meaning.at else value, "delete")
    return respond(act, receipt(act, record, "delete"), "delete")


def delete_many(act: Act) -> Response:
    """Delete the items of a collection: those that the request names, else all of them."""
    kind = act.kind
    if kind is None:
        return respond(act, receipt(act, None), "delete")
    records: Sequence[Doc] = act.items.all(kind, act.within)
    asked = act.query
    keys = _named(act)
    filters = act.meaning.filters
    if keys is not None:
        records = [one for one in records if one["key"] in keys]
    elif act.sent:
        filters = asking(act, kind).filters
        asked = asked | {name: value for name, value in act.sent.items() if value is not None}
    records = chosen(records, filters, asked)
    if keys is None:
        records = [one for one in records if _is_meant(act, kind, one["value"])]
    for record in records:
        act.items.remove(kind, record)
    act.count = len(records)
    return respond(act, receipt(act, None, "delete"), "delete")


def _is_meant(act: Act, kind: Kind, value: Any) -> bool:
    """Tell whether an item is among those that the words of an operation mean: `Clears all completed tasks`.

    Such a word is a state, or the name of a switch or of a stamp that the item has.
    """
    first = act.spec.description.partition(".")[0] if act.spec.description else ""
    said = re.findall(r"\ball (?:of the |the )?([a-z]+)", f"{act.spec.summary}. {first}".lower())
    for word in said:
        stem = plain(word)
        members = act.api.flats.members(kind.schema)
        named = [one for one in members if plain(one).removeprefix("is") in (stem, f"{stem}at", f"{stem}on")]
        states = [one for one in members if plain(one) in ("status", "state")]
        known = [one for one in states if stem in {plain(each) for each in act.api.flats.of(members[one]).enum or ()}]
        if (not named and not known) or stem.endswith("s") or not stem.endswith(("ed", "e", "d", "t", "n", "y")):
            continue
        held = _mapping(value)
        return any(held.get(one) for one in named) or any(plain(str(held.get(one))) == stem for one in states)
    return True


def _named(act: Act) -> set[str] | None:
    """Return the keys that a request to delete several names, None where it names none."""
    body = act.call.body
    values: Any = body if isinstance(body, list) else None
    if isinstance(body, dict):
        values = next((one for one in body.values() if isinstance(one, list)), None)
    if values is None:
        names = [one for one in act.query if plain(one) in ("ids", "id", "keys", "uris", "names", "uids")]
        given = next((act.query[one] for one in names if act.query[one] is not None), None)
        values = given if isinstance(given, list) else str(given).split(",") if given is not None else None
    if values is None:
        return None
    found = set()
    for one in values:
        held = (
            next((one[name] for name in ("id", "uid", "key", "uri", "name") if name in one), None)
            if isinstance(one, dict)
            else one
        )
        if held is not None:
            found.add(text_key(held))
    return found


# --------------------------------------------------------------------------------------------------------------- inside
def named_record(act: Act, kind: Kind) -> Doc:
    """Return the record that the path, the query or the body names."""
    if act.named is not None:
        return act.named
    if act.meaning.style in ("body-key", "query"):
        body = _sent(act, kind)
        key = read(body, kind.field) if kind.field else MISSING
        if key is MISSING and kind.key is not None and isinstance(act.sent.get(kind.key.parameter), str | int):
            key = act.sent[kind.key.parameter]
        if key is MISSING:
            names = [kind.field.rpartition("/")[2], kind.key.parameter if kind.key else "", "id"]
            key = next((act.query[one] for one in names if act.query.get(one) is not None), MISSING)
        if key is MISSING and isinstance(body, dict):
            key = next((body[one] for one in ("id", "uid", "name", "key") if one in body), MISSING)
        if key is MISSING:
            raise Problem(422, "The body does not say which item is meant.")
        return act.items.get(kind, key, act.within)
    return act.items.get(kind, act.key, act.within)


def _sent(act: Act, kind: Kind) -> Any:
    """Return the members that a request means to write, under the names that the item has for them."""
    body = only_one(kind, unwrapped(kind, act.call.body))
    if body is None or body == {}:
        used = {one for one in act.query if act.query[one] is not None}
        body = {name: act.query[name] for name in used}
    return placed(act.api, kind, act.written(kind, body))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _merged(value: Any, sent: Any) -> Any:
    """Return an item with the members of a body in it; null is a value here, objects are merged."""
    if not isinstance(sent, dict) or not isinstance(value, dict):
        return sent
    made = dict(value)
    for name, one in sent.items():
        made[name] = _merged(made.get(name), one) if isinstance(one, dict) and isinstance(made.get(name), dict) else one
    return made


def _is_patch(body: list[Any]) -> bool:
    return bool(body) and all(isinstance(one, dict) and "op" in one and "path" in one for one in body)


def _replaced(act: Act, kind: Kind, record: Doc, body: Any) -> Any:
    """Return an item that is replaced: what a client can write comes from the body, the rest stays."""
    if not isinstance(body, dict):
        return record["value"] if body is None else body
    content = act.spec.body.content if act.spec.body is not None else {}
    schema = json_schema(content)
    takes = act.api.flats.members(act.api.below(schema, kind.resource.envelope.request)) if schema is not None else {}
    short = {plain(one) for one in takes}
    own = kind.field.split("/")[1] if kind.field else ""
    kept = {
        name: one
        for name, one in _mapping(record["value"]).items()
        if name == own or plain(name) not in short or act.api.flats.of(takes.get(name, True)).read_only
    }
    made = {**kept, **body}
    for name, inner in takes.items():
        flat = act.api.flats.of(inner)
        if flat.has_default and name not in made and not flat.read_only and flat.default is not None:
            made[name] = flat.default
    return made


def _keep(act: Act, kind: Kind, record: Doc, value: Any) -> Doc:
    """Keep a changed item: its key and what only the server writes stay, and the time of its change moves."""
    api = act.api
    old = record["value"]
    if isinstance(value, dict) and isinstance(old, dict):
        for name, schema in api.flats.members(kind.schema).items():
            if api.flats.of(schema).read_only and value.get(name, MISSING) != old.get(name, MISSING):
                value = {key: one for key, one in value.items() if key != name}
                if name in old:
                    value[name] = old[name]
        value = _with_key(act, kind, record, old, value)
    keep_file(act, kind, record)
    value = touched(act, kind, value, old)
    made = act.items.change(kind, record, value)
    if kind.field and isinstance(value, dict):
        held = read(value, kind.field)
        if (
            isinstance(held, str)
            and text_key(held) != made["key"]
            and text_key(held) == text_key(read(value, kind.field))
        ):
            made = act.items.rename(kind, made, held) if _renames(act, kind, made, held) else made
    return made


def _with_key(act: Act, kind: Kind, record: Doc, old: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Return an item with its own key in it, unless a client that chooses keys gave it another one."""
    if not kind.field:
        return value
    held, new = read(old, kind.field), read(value, kind.field)
    if held is MISSING or new == held:
        return value
    if isinstance(new, str) and kind.resource.key.chosen_by != "server" and new and _renames(act, kind, record, new):
        return value
    return write(value, kind.field, held)  # type: ignore[no-any-return]


def _renames(act: Act, kind: Kind, record: Doc, key: str) -> bool:
    last = kind.field.rpartition("/")[2].lower()
    worded = last.endswith(("name", "slug", "login", "key", "title")) and last != "id"
    return (
        worded
        and act.api.maker.fits(act.api.flats.of(kind.path_schema), key)
        and act.items.find(kind, key, record["within"]) is None
    )


def _takes_all(act: Act, given: list[Any]) -> bool:
    """Tell whether a list of items is the whole of a collection from now on: keys alone, or the words say so."""
    said = set(words(f"{act.spec.operation_id} {act.spec.summary}"))
    return all(not isinstance(one, dict) for one in given) or bool(said & {"replace", "overwrite", "set"})


def _answer(act: Act, kind: Kind, record: Doc) -> Response:
    facts = {"etag": etag_of(act, record)}
    answers, at = act.meaning.answers, act.meaning.at
    if answers == "item":
        value = act.shown(record)
        return respond(act, write({}, at, value) if at else value, "change", facts=facts)
    if answers == "list":
        return made_answer(act, kind, record, [record], "change")
    return respond(act, receipt(act, record, "change"), "change", facts=facts)
