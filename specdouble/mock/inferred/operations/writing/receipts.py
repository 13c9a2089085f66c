"""Responses that are not the item: receipts, confirmations, tasks."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.act import Act, of_operation
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.pointing import write
from specdouble.mock.inferred.responses.success import status_of
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import plain, words
from specdouble.openapi.pointers import escape
from specdouble.openapi.values import meaning
from specdouble.openapi.values.flat import Flat
from specdouble.openapi.values.make import MISSING

_ENDS = ("id", "uid", "uuid", "key", "name")
_DONE = frozenset({"succeeded", "success", "completed", "complete", "done", "ok", "finished", "accepted",
                   "enqueued", "queued", "pending", "processed"})  # fmt: skip
_COUNTS = frozenset({"deleted", "removed", "count", "number", "total", "affected", "deletedcount", "countdeleted",
                     "ndeleted", "numdeleted", "removedcount", "affectedrows", "rowsaffected"})  # fmt: skip
_ABSENT = frozenset({"error", "errors", "warning", "warnings", "reason", "next", "previous", "cursor", "failed",
                     "message", "deleted", "exception"})  # fmt: skip


def beside(act: Act, at: str, records: list[Doc], purpose: str) -> dict[str, Any]:
    """Return what a response has beside an item at a pointer: the lists that name what was made, such as `item_ids`."""
    body: dict[str, Any] = {}
    for place, short, flat in _lists_beside(act, at, purpose):
        made = [_made_in(act, flat, short, record) for record in records]
        if made and MISSING not in made:
            several = [each for part in made for each in part]
            body = body if len(records) == 1 and not _are_keys(several) else write(body, place, several)
    return body


@of_operation
def _lists_beside(act: Act, at: str, purpose: str) -> list[tuple[str, str, Flat]]:
    """Return pointer, plain name and schema of each list that a response has beside what is at a pointer."""
    _, declared = status_of(act, purpose)
    schema = json_schema(declared.content or {})
    if schema is None:
        return []
    outer = at.rpartition("/")[0]
    members = act.api.flats.members(act.api.below(schema, outer))
    found = [(f"{outer}/{escape(name)}", plain(name), act.api.flats.of(one)) for name, one in members.items()]
    return [(place, short, flat) for place, short, flat in found if place != at and flat.type == "array"]


def _are_keys(values: list[Any]) -> bool:
    return not any(isinstance(one, dict) for one in values)


def receipt(act: Act, record: Doc | None, purpose: str = "action") -> Any:
    """Return what a response says of a request, from what was sent, what was made, and where; MISSING for no body."""
    _, declared = status_of(act, purpose)
    schema = json_schema(declared.content or {})
    if schema is None:
        return MISSING
    flat = act.api.flats.of(schema)
    if flat.type not in ("object", ""):
        return _plain(act, flat, record)
    members = act.api.flats.members(schema)
    known = _known(act, record)
    made: dict[str, Any] = {}
    for name, inner in members.items():
        value = _member(act, name, act.api.flats.of(inner), inner, known, record, name in flat.required)
        if value is not MISSING:
            made[name] = value
    if not members and record is not None:
        return record["value"]
    if not members and act.sent:
        from specdouble.mock.inferred.items.placing import without_files

        return without_files(act.sent)
    return _kept(act, members, made)


def _plain(act: Act, flat: Flat, record: Doc | None) -> Any:
    if flat.type == "boolean":
        return True
    if flat.type == "array" and record is not None:
        return [record["value"]]
    if flat.type == "string" and record is not None and not flat.enum:
        return record["key"]
    return MISSING


def _known(act: Act, record: Doc | None) -> dict[str, Any]:
    """Return what is known of a request by plain name: the path, what was sent, the item, and the keys around it."""
    found: dict[str, Any] = {}
    for name, value in {**act.query, **_sent(act), **act.call.params}.items():
        if value is not None:
            found[plain(name)] = value
    if record is not None:
        if isinstance(record["value"], dict):
            found |= {plain(name): one for name, one in record["value"].items() if not _is_sent_only(act, name)}
        if act.kind is not None:
            what = plain(act.kind.name.rpartition("-")[2])
            found |= {f"{what}{end}": record["key"] for end in _ENDS if f"{what}{end}" not in found}
            found.setdefault("id", record["key"])
            found.setdefault(what, record["value"])
            found.setdefault("data", record["value"])
        for name, key in record["within"].items():
            found |= {f"{plain(name)}{end}": key for end in _ENDS if f"{plain(name)}{end}" not in found}
    return found


def _is_sent_only(act: Act, name: str) -> bool:
    """Tell whether a member of an item is there only because a request had it, and no schema has."""
    if name not in act.sent or name in _sent(act) or act.kind is None:
        return False
    return name not in act.api.flats.members(act.kind.schema)


def _sent(act: Act) -> dict[str, Any]:
    """Return the members of the body that a receipt may repeat: those that a request is declared to have."""
    schema = json_schema(act.spec.body.content) if act.spec.body is not None else None
    declared = act.api.flats.members(schema) if schema is not None else {}
    return {name: one for name, one in act.sent.items() if name in declared} if declared else act.sent


def _member(
    act: Act, name: str, inner: Flat, schema: Any, known: dict[str, Any], record: Doc | None, required: bool
) -> Any:
    short = plain(name)
    if inner.write_only:
        return MISSING
    other = _receipts_of(act, name)
    if other is not None:
        return MISSING if not required and inner.nullable else _number_of(act, other)
    listed = _made_in(act, inner, short, record)
    if listed is not MISSING:
        return listed
    if record is not None and inner.type == "object" and _is_item(act, inner):
        return record["value"]
    if inner.type == "object" and inner.properties and record is not None and short in ("data", "result", "response"):
        part = {
            one: _member(act, one, act.api.flats.of(each), each, known, record, one in inner.required)
            for one, each in inner.properties.items()
        }
        return {one: value for one, value in part.items() if value is not MISSING}
    if inner.type == "object" and inner.properties and record is not None and not isinstance(known.get(short), dict):
        part = {one: known[plain(one)] for one in inner.properties if plain(one) in known}
        if part and inner.required <= part.keys() and len(part) * 2 >= len(inner.properties):
            return part
    if short in known and not (short in ("status", "type") and inner.enum and known[short] not in inner.enum):
        return known[short]
    if act.count is not None and inner.type == "integer" and short in _COUNTS:
        return act.count
    if (
        short in ("deleted", "success", "ok", "succeeded", "acknowledged", "removed", "isdeleted")
        and inner.type == "boolean"
    ):
        return True
    if inner.enum and inner.type in ("string", ""):
        done = next((one for one in inner.enum if isinstance(one, str) and one.lower() in _DONE), None)
        if done is not None and short in ("status", "state", "result"):
            return done
        verb = [
            one for one in inner.enum if isinstance(one, str) and set(words(one)) & set(words(act.spec.operation_id))
        ]
        if verb:
            return max(verb, key=lambda one: len(set(words(one)) & set(words(act.spec.operation_id))))
    if not required and inner.type == "string" and not _is_telling(name, inner):
        return "success" if short in ("status", "result") and not inner.rules else MISSING
    if not required and (inner.nullable or inner.type in ("object", "array", "") or set(words(name)) & _ABSENT):
        return MISSING
    if inner.type == "integer" and short in ("code", "status", "statuscode"):
        return 200
    if inner.rules.get("format") == "date-time":
        return meaning.stamp(act.world.clock.now())
    return act.api.maker.make(schema, act.fresh(), name)


def _made_in(act: Act, inner: Flat, short: str, record: Doc | None) -> Any:
    """Return what was made for a list of it in a receipt: the items where they are listed, or their keys."""
    if record is None or act.kind is None or inner.type != "array" or inner.items is None or not record.get("key"):
        return MISSING
    element = act.api.flats.of(inner.items)
    what = plain(act.kind.name.rpartition("-")[2])
    if element.type in ("string", "integer"):
        names = {f"{what}{end}" for end in ("ids", "keys", "uids", "names")} | {"ids", "keys", "uids"}
        return [record["key"]] if short in names else MISSING
    return [record["value"]] if _is_item(act, element) else MISSING


def _is_item(act: Act, flat: Flat) -> bool:
    """Tell whether a schema is that of the item, or has most of its members."""
    item = act.api.flats.of(act.kind.schema) if act.kind is not None else flat
    if flat is item or (flat.key and flat.key == item.key):
        return act.kind is not None
    mine, own = flat.properties.keys(), item.properties.keys()
    return len(mine) > 2 and len(mine & own) * 3 >= len(mine) * 2 and len(mine & own) * 2 >= len(own)


def _is_telling(name: str, inner: Flat) -> bool:
    """Tell whether a text can be made up that says no more than there is: an id, a time, a token, an example."""
    last = words(name)[-1] if words(name) else ""
    if inner.rules.get("format") or inner.rules.get("pattern") or inner.enum or inner.examples or inner.has_default:
        return True
    return last in (
        "id",
        "uid",
        "uuid",
        "token",
        "key",
        "url",
        "uri",
        "link",
        "code",
        "secret",
        "hash",
        "at",
        "etag",
        "href",
    )


def _receipts_of(act: Act, name: str) -> Kind | None:
    """Return the resource that a member names a fresh item of: `taskUid` where nothing else makes tasks."""
    short = plain(name)
    for kind in act.api.kinds.values():
        if kind is act.kind or not kind.unmade or not kind.resource.item or kind.resource.name in act.within_names:
            continue
        noun = plain(kind.name.rpartition("-")[2])
        if len(noun) > 2 and short in {f"{noun}{end}" for end in ("id", "uid", "uuid", "key")}:
            asked = {plain(one) for one in (*act.sent, *act.query, *act.call.params)}
            if short not in asked:
                return kind
    return None


def _number_of(act: Act, kind: Kind) -> Any:
    """Return the key of a new item of what keeps receipts."""
    from specdouble.mock.inferred.items.keys import new_key

    act.items.ensure(kind)
    key = new_key(
        act.api, kind, act.world, act.fresh(kind.name), {}, lambda text: act.items.find(kind, text, {}) is not None
    )
    act.receipts[kind.name] = key
    return key


def _kept(act: Act, members: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """Keep a receipt as an item of its own where the document has a resource of such."""
    for name, key in act.receipts.items():
        kind = act.api.kinds[name]
        inside = act.api.flats.members(kind.schema)
        value: dict[str, Any] = {one: made[one] for one in inside if one in made}
        for one, schema in inside.items():
            inner = act.api.flats.of(schema)
            if one not in value and inner.rules.get("format") == "date-time":
                value[one] = meaning.stamp(act.world.clock.now()) if not inner.nullable or "at" in words(one) else None
        value = {one: held for one, held in value.items() if held is not None}
        if kind.field:
            value = write(value, kind.field, key)
        act.items.add(kind, act.api.fitter.fit(kind.schema, value, act.fresh(kind.name)), key, {})
    act.receipts.clear()
    return made
