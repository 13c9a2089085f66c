"""Recipes that follow from another one: what a create makes can be listed, read, changed and removed.

A pack declares a resource once, by the recipe of its create: who makes an item, of what, and which reads show it. The
resource model says which other operations are about such an item. A write about one needs its body beside (`changes`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Op
from specdouble.openapi.model import Resource
from specdouble.verify.api.known import Known, known_of
from specdouble.verify.api.recipes import Read, Ready, Recipe, plain, recipe
from specdouble.verify.problems import Unmet

if TYPE_CHECKING:
    from specdouble.verify.api.api import Api
    from specdouble.verify.session.session import Session

_OF_MANY = frozenset({"list", "find"})
_ITEM = frozenset({"read", "derived", "singleton-read", "update", "replace", "singleton-write", "delete", "action"})


def for_operation(api: Api, op: Op) -> Recipe | None:
    """Return how to make a request of an operation: the pack's recipe, else one that follows; None without either."""
    own = api.recipes.get(op.id)
    if own is not None:
        return own
    maker = maker_of(api, op)
    if maker is not None and known_of(api.contract).about(op).role in _OF_MANY:
        return partial(_listed, op, maker)
    if maker is not None and (op.reads or op.spec.body is None):
        return partial(about, op=op)
    return plain(op)


def maker_of(api: Api, op: Op) -> Op | None:
    """Return the create whose recipe says how an item is made that an operation is about, if any."""
    known = known_of(api.contract)
    resource, about = known.resource(op), known.about(op)
    if about.role == "create" and about.within and set(about.within) == set(_names(op)):  # below an item
        above = known.named(op.service, about.within[_names(op)[-1]])
        makers = known.uses(op.service, above.name, "create") if above is not None else []
        return next((one for one in makers if one.id in api.recipes and one is not op), None)
    if resource is None or about.role not in _OF_MANY | _ITEM:
        return None
    keys, named = {part.parameter for part in resource.key.parts}, set(_names(op))
    if about.role in _ITEM and not (keys and keys <= named):
        return None
    makers = known.uses(op.service, resource.name, "create")
    for maker in sorted(makers, key=lambda one: -len(os.path.commonpath([one.spec.path, op.spec.path]))):
        given = set(_names(maker)) | (set() if about.role in _OF_MANY else keys)
        same_role = about.role not in _OF_MANY or maker.spec.required_role == op.spec.required_role
        if maker.id in api.recipes and named <= given and same_role and _simple(op):
            return maker
    return None


def _simple(op: Op) -> bool:
    """Whether nothing but the path says what a request is about."""
    return not any(one.required and one.location != "path" for one in op.spec.parameters)


def _names(op: Op) -> list[str]:
    return re.findall(r"\{([^{}]+)\}", op.spec.path)


def changes(
    op: str, query: dict[str, Any] | None = None, *, fresh: bool = False
) -> Callable[[Callable[[Any], Any]], Recipe]:
    """Bind the body of a write about an item to its operation: the item is one of the create's recipe.

    It is a `fresh` one each time, or the one that tests of a process share.
    """

    def bind(body: Callable[[Any], Any]) -> Recipe:
        def make(session: Session) -> Ready:
            return about(session, op, fresh=fresh).but(body=body(session), query=query or {})

        make.__module__, make.__name__, make.__doc__ = body.__module__, body.__name__, body.__doc__
        return recipe(op)(make)

    return bind


def about(session: Session, op: str | Op, *, fresh: bool = True) -> Ready:
    """Return a request about an item that the create's recipe makes, without query and body.

    Args:
        session: the session.
        op: the operation.
        fresh: whether the item is a new one; else tests of this process share it.

    Raises:
        Unmet: no recipe of a create makes such items, or none can be made.

    """
    found = session.contract[op]
    maker = maker_of(session.api, found)
    if maker is None:
        raise Unmet(f"{found.id} is about nothing that a recipe of a create makes")
    if found.reads:
        return _as(session, found, maker, _kept(session, found, maker))
    if fresh:
        return _as(session, found, maker, made(session, maker))
    return _as(session, found, maker, _renewed(session, session.shared(_item(maker), lambda: made(session, maker))))


def made(session: Session, op: str | Op, who: Any = None, **fields: Any) -> Ready:
    """Send what the recipe of a create says, with some members of its body exchanged, and return where the item is.

    The request that comes back names the item in its path and has neither query nor body; its `watch` shows the item.

    Raises:
        Unmet: it was refused, or its response does not say which item it made.

    """
    maker = session.contract[op]
    ready = session.api.recipes[maker.id](session).but(op=maker)
    if who is not None:
        ready = ready.but(who=who.bearer, person=who)
    if fields:
        ready = ready.but(body={**ready.body, **fields})
    reply = session.play(ready).need()
    known = known_of(session.contract)
    keys = known.key_of_new(maker, reply) or _in_body(known, maker, ready.body)
    if not keys:
        raise Unmet(f"{maker.id} does not say which item it made")
    session.client.own(*keys.values())
    return ready.but(params={**ready.params, **keys}, query={}, body=None)


def _in_body(known: Known, maker: Op, body: Any) -> dict[str, str]:
    resource = known.resource(maker)
    return known.keys(resource, body) if resource is not None else {}


def _kept(session: Session, op: Op, maker: Op) -> Ready:
    """Return the item that tests of this process share; where none can be made, the first that a list shows."""
    from specdouble.verify.session.given import either, first

    known = known_of(session.contract)
    resource = known.resource(op)
    assert resource is not None

    def find() -> Ready:
        for listing in known.lists(op.service, resource.name):
            if not _names(listing):
                who = session.users.credential(listing)
                row = first(session, f"a {resource.name}", listing.id, who)
                return Ready(who, session.users.of(who), dict(_keys(known, resource, row)))
        raise Unmet(f"a {resource.name} is needed, and no list shows one")

    found: Ready = either(
        session,
        lambda: session.shared(_item(maker), lambda: made(session, maker)),
        lambda: session.shared(f"{_item(maker)}, found", find),
    )
    return _renewed(session, found)


def _item(maker: Op) -> str:
    return f"an item of {maker.id}"


def _keys(known: Known, resource: Resource, row: Any) -> dict[str, str]:
    found = known.keys(resource, row)
    if not found:
        raise Unmet(f"a {resource.name} is needed, and the list does not show its key")
    return found


def _as(session: Session, op: Op, maker: Op, ready: Ready) -> Ready:
    """Return a request with the path of its operation, by whoever may call that, watched by the read of that path."""
    ready = ready.but(params={name: ready.params[name] for name in _names(op)})
    beside = next((one for one in session.contract.ops if _beside(one, op)), None)
    if beside is not None and not op.reads and all(one.op != beside.id for one in ready.watch):
        ready = ready.but(watch=(Read(beside.id, ready.who, ready.params),))
    if op.spec.security == maker.spec.security and op.spec.required_role == maker.spec.required_role:
        return ready
    if session.api.for_people(op) and ready.person is not None and not op.spec.required_role:
        return ready.but(who=ready.person.bearer)
    who = session.users.credential(op)
    return ready.but(who=who, person=session.users.of(who) or ready.person)


def _beside(one: Op, op: Op) -> bool:
    """Whether an operation reads the path of another one."""
    return one.reads and (one.service, one.spec.path) == (op.service, op.spec.path)


def _renewed(session: Session, ready: Ready) -> Ready:
    """Return a kept request with the token that its person has now."""
    person = ready.person
    if person is None or "Authorization" not in ready.who.headers:
        return ready
    if person.stale:
        session.users.login(person)
    watch = tuple(replace(one, who=person.bearer) if one.who == ready.who else one for one in ready.watch)
    return ready.but(who=person.bearer, watch=watch)


def _listed(op: Op, maker: Op, session: Session) -> Ready:
    """Return a request for a list that has an item, by whoever made that."""
    from specdouble.verify.session.given import perhaps

    kept = perhaps(session, lambda: _kept(session, op, maker))
    if kept is None:
        who = session.users.credential(op)
        return Ready(who, session.users.of(who))
    return Ready(kept.who, kept.person, {name: kept.params[name] for name in _names(op)})
