"""Sets: what a caller has put in, taken out, and asks after."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind
from specdouble.mock.inferred.items.keys import text_key
from specdouble.mock.inferred.items.placing import placed
from specdouble.mock.inferred.items.store import MEMBERS
from specdouble.mock.inferred.operations.lists import set_name
from specdouble.mock.inferred.operations.owners import owner_of
from specdouble.mock.inferred.operations.writing.receipts import receipt
from specdouble.mock.inferred.responses.success import respond
from specdouble.mock.pipeline.call import Response


def add_members(act: Act) -> Response:
    """Put members into a set."""
    within, name = act.within, set_name(act)
    if act.kind is not None and act.spec.path == act.kind.resource.item:
        return _put_item(act, act.kind)
    store = act.world.state[act.api.store(MEMBERS)]
    if act.kind is not None and act.meaning.members in act.call.params and not act.kind.implicit:
        act.items.get(act.kind, act.call.params[act.meaning.members], {})  # only what there is can be put in
    for member in members(act):
        key = f"{name}|{member}"
        if key not in store:
            store.add({"key": key, "set": name, "member": member, "of": act.of(within)})
    return respond(act, receipt(act, None, "change"), "change")


def remove_members(act: Act) -> Response:
    """Take members out of a set."""
    if act.kind is not None and act.spec.path == act.kind.resource.item:
        record = act.items.find(act.kind, act.key, act.within)
        if record is not None:
            act.items.remove(act.kind, record)
        return respond(act, receipt(act, record, "delete"), "delete")
    name = set_name(act)
    store = act.world.state[act.api.store(MEMBERS)]
    for member in members(act):
        if f"{name}|{member}" in store:
            store.remove(f"{name}|{member}")
    return respond(act, receipt(act, None, "delete"), "delete")


def check_members(act: Act) -> Response:
    """Say of each member that is asked after whether it is in the set."""
    if act.kind is not None and act.spec.path == act.kind.resource.item:
        act.items.get(act.kind, act.key, act.within)
        return respond(act, True, "action")
    name = set_name(act)
    store = act.world.state[act.api.store(MEMBERS)]
    return respond(act, [f"{name}|{member}" in store for member in members(act)], "read")


def _put_item(act: Act, kind: Kind) -> Response:
    """Put what the path names into the set: the thing itself where it is kept, else one that is made up."""
    within = act.within
    record = act.items.find(kind, act.key, within)
    if record is None:
        key = text_key(act.key)
        made = act.items.twin(kind, key, within) or act.items.virtual(kind, key, within)
        value = placed(act.api, kind, act.sent)
        held = {**made["value"], **value} if isinstance(made["value"], dict) else made["value"]
        record = act.items.add(kind, held, act.key, within)
    return respond(act, receipt(act, record, "change"), "change")


def members(act: Act) -> list[str]:
    """Return the members that a request names: in the query, in the body, or the caller where it names none."""
    name = act.meaning.members
    if name in act.call.params:
        return [text_key(act.call.params[name])]
    given: Any = act.query.get(name) if name else None
    if given is None and name:
        given = act.sent.get(name)
    if given is None:
        body = act.call.body
        given = (
            body if isinstance(body, list) else next((one for one in act.sent.values() if isinstance(one, list)), None)
        )
    if given is None:
        return [owner_of(act) or "me"]
    parts = given if isinstance(given, list) else str(given).split(",")
    flat = [piece for one in parts for piece in (one.split(",") if isinstance(one, str) else [one])]
    return [_key(one) for one in flat if one not in (None, "")]


def _key(one: Any) -> str:
    if isinstance(one, dict):
        return text_key(next((one[name] for name in ("id", "uri", "uid", "key", "name") if name in one), sorted(one)))
    return text_key(one).strip()
