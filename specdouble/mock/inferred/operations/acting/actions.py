"""Actions: a verb sets the state that it names; otherwise the item is touched and given back."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.items.making import touched
from specdouble.mock.inferred.items.placing import placed
from specdouble.mock.inferred.items.store import MADE
from specdouble.mock.inferred.operations.acting.verbs import after, verb_of
from specdouble.mock.inferred.operations.writing.receipts import receipt
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Response
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import ACTION, plain, words
from specdouble.openapi.values.make import MISSING

_SECRETS = frozenset({"token", "accesstoken", "secret", "apikey", "refreshtoken", "key", "password", "sessiontoken"})


def act_on(act: Act) -> Response:
    """Do what the operation says."""
    within = act.within
    _check_references(act)
    kind = act.kind
    verb = verb_of(act.spec.path, act.spec.operation_id, ACTION)
    record: Doc | None = None
    if kind is not None and act.meaning.style == "body-key":
        record = _named_in_body(act, kind)
    elif kind is not None and act.key is not None and act.names_item:
        record = act.items.get(kind, act.key, within)
    elif kind is not None and kind.name in within:
        record = act.items.get(kind, within[kind.name], {})
    if record is None or kind is None:
        return _without_item(act)
    changes = {} if _says_what(act) else after(act.api, kind, record["value"], verb, act.world.clock.now())
    changes |= _given(act, kind)
    changes |= _renewed(act, kind, record)
    if changes:
        record = act.items.change(kind, record, touched(act, kind, {**record["value"], **changes}, record["value"]))
    return _answer(act, kind, record)


def _named_in_body(act: Act, kind: Kind) -> Doc | None:
    """Return the item whose key is sent in the body or the query, None where none is."""
    names = [kind.key.parameter if kind.key is not None else "", kind.field.rpartition("/")[2]]
    sent = {**act.sent, **{name: one for name, one in act.call.query.items() if one is not None}}
    key = next((sent[one] for one in names if isinstance(sent.get(one), str | int)), None)
    return act.items.get(kind, key, {}) if key is not None else None


def _says_what(act: Act) -> bool:
    """Tell whether the document itself says what the operation sets: then nothing is inferred from its verb."""
    return any(one.set for one in act.meaning.effects)


def _given(act: Act, kind: Kind) -> dict[str, Any]:
    """Return the members of the item that a request gives."""
    sent = placed(act.api, kind, act.sent) if act.sent else {}
    members = act.api.flats.members(kind.schema)
    own = kind.field.split("/")[1] if kind.field else ""
    return {
        name: one
        for name, one in sent.items()
        if name in members and name != own and not act.api.flats.of(members[name]).read_only
    }


def _renewed(act: Act, kind: Kind, record: Doc) -> dict[str, Any]:
    """Return fresh secrets where a request asks to renew them: `regenerateToken`, `/rotate`, `/refresh-secret`."""
    said = {*words(act.spec.path.rpartition("/")[2]), *words(act.spec.operation_id)}
    said |= {word for name, one in act.sent.items() if one is True for word in words(name)}
    if not said & {"regenerate", "rotate", "renew", "reset", "refresh", "roll", "reissue"}:
        return {}
    members = act.api.flats.members(kind.schema)
    found = {}
    for name in record["value"]:
        if (
            plain(name) in _SECRETS
            and name in members
            and isinstance(record["value"][name], str)
            and f"/{name}" != kind.field
        ):
            found[name] = _other(act, members[name], record["value"][name], name)
    return found


def _other(act: Act, schema: Any, old: str, name: str) -> Any:
    from dataclasses import replace

    from specdouble.mock.inferred.items.keys import like

    for number in range(1, 5):
        context = replace(act.fresh(), number=number)
        made = act.api.maker.make(schema, context, name)
        if made == old and isinstance(made, str):
            made = act.api.fitter.fit(schema, like(old, context), context, name)
        if made != old:
            return made
    return old


def answer_action(act: Act, record: Doc | None) -> Response:
    """Answer an action that was done: with the item, or what is said of it."""
    if record is None or act.kind is None:
        return respond(act, receipt(act, record))
    return _answer(act, act.kind, record)


def _answer(act: Act, kind: Kind, record: Doc) -> Response:
    _, declared = status_of(act, "action")
    schema = json_schema(declared.content or {})
    if schema is None:
        return respond(act)
    where = _item_at(act, kind, schema)
    if where is not None:
        value = act.shown(record)
        return respond(act, write({}, where, value) if where else value)
    return respond(act, receipt(act, record))


def _item_at(act: Act, kind: Kind, schema: Any) -> str | None:
    """Return where the item stands in a response, None where it does not."""
    flats = act.api.flats
    item = flats.of(kind.schema)
    if _same(act, flats.of(schema), item):
        return ""
    for name, inner in flats.members(schema).items():
        if _same(act, flats.of(inner), item):
            return f"/{name}"
    return None


def _same(act: Act, one: Any, item: Any) -> bool:
    if one is item or (one.key and one.key == item.key):
        return True
    mine, theirs = set(one.properties), set(item.properties)
    return len(mine) > 1 and len(mine & theirs) * 3 >= len(mine) * 2 and len(mine & theirs) * 2 >= len(theirs)


def _without_item(act: Act) -> Response:
    """Answer an action that is on no item: with what was sent, as far as the response has it, and what it needs."""
    _, declared = status_of(act, "action")
    schema = json_schema(declared.content or {})
    if schema is None:
        return respond(act, facts={"location": _redirect(act)})
    value = receipt(act, None)
    flat = act.api.flats.of(schema)
    if flat.type == "array":
        value = MISSING if flat.rules.get("minItems") else []
    fitted = act.api.fitter.fit(schema, value, act.fresh())
    if isinstance(fitted, dict):
        fitted = _with_token(act, fitted, schema)
        held = read(fitted, "/id")
        if isinstance(held, str | int) and act.spec.method in ("GET", "POST"):
            act.world.state[act.api.store(MADE)].put({"key": str(held), "value": fitted})
    return respond(act, fitted, facts={"location": _redirect(act)})


def _with_token(act: Act, value: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return a response with a token that this server knows, where one is given out."""
    from specdouble.mock.inferred.access.oauth import issue, scopes_of

    name = next((one for one in value if plain(one) == "accesstoken" and isinstance(value[one], str)), None)
    if name is None:
        return value
    asked = str(act.sent.get("scope") or "").split()
    made = issue(act.api, act.call, asked or sorted(scopes_of(act.api)))
    members = act.api.flats.members(schema)
    known = {
        name: made["access_token"],
        "expires_in": made["expires_in"],
        "token_type": "Bearer",
        "scope": made["scope"],
    }
    return {**value, **{one: known[one] for one in known if one in members}}


def _redirect(act: Act) -> str:
    """Return where a redirect leads to: the address that the caller gives, else the start of the server."""
    for name, value in act.call.query.items():
        if (
            plain(name) in ("redirecturi", "returnto", "redirect", "redirecturl", "callback", "returnurl", "next")
            and value
        ):
            return str(value)
    return act.items.url + "/"


def _check_references(act: Act) -> None:
    """Refuse a request about an item that is not there: its body names one by a member such as `identity_id`."""
    from specdouble.openapi.model.evidence.words import thing

    for name, value in act.sent.items():
        what = thing(name)
        if (
            not what
            or plain(what) == plain(name)
            or not isinstance(value, str | int)
            or words(name)[-1] not in ("id", "uid", "uuid")
        ):
            continue
        kind = next(
            (one for one in act.api.kinds.values() if plain(one.name) == plain(what) and not one.implicit), None
        )
        if kind is not None and kind is not act.kind and not kind.resource.parents:
            act.items.get(kind, value, {})
