"""The workshop: makes live things and requests that a healthy server takes, and remembers how it was done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from specdouble.openapi import Op, Parameter
from specdouble.openapi.bodies import BodyError
from specdouble.openapi.model.evidence.words import plain, words
from specdouble.openapi.parameters import ParameterError, Parameters
from specdouble.verify.api.known import MISSING, Known
from specdouble.verify.api.recipes import Ready
from specdouble.verify.generated.filling import Filler
from specdouble.verify.generated.guard import ends_a_session
from specdouble.verify.generated.learning import Learning
from specdouble.verify.generated.making import Making
from specdouble.verify.generated.people import People
from specdouble.verify.generated.reading import Reading
from specdouble.verify.generated.things import How, Request, Thing
from specdouble.verify.identities import Identities, Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply

if TYPE_CHECKING:
    from specdouble.verify.generated.session import ModelSession

_DEEPEST = 6  # things that a thing needs, one above the other
_ITEM_ROLES = frozenset({"create", "list", "find", "delete-many"})


class Workshop:
    """Makes requests for the operations of a contract from its resource model."""

    def __init__(self, session: ModelSession, known: Known, identities: Identities, worker: str = "main") -> None:
        self.session = session
        self.known = known
        self.identities = identities
        self.worker = worker
        self.fillers = {
            one.name: Filler(one.document, session.settings.seed, worker) for one in known.contract.services
        }
        self.people = People(self)
        self.reading = Reading(self)
        self.how: dict[str, tuple[Identity, How]] = {}
        self.why: dict[str, str] = {}
        self.made: list[Thing] = []
        self.learning = Learning(self)
        self.making = Making(self)
        self._depth: list[str] = []

    # -- sending ---------------------------------------------------------------------------------------------------

    def send(self, ready: Ready, who: Identity | None = None, **changes: Any) -> Reply:
        """Send a request, as it is or as somebody else, with some parts exchanged."""
        credential = None
        if who is not None:
            assert ready.op is not None
            credential = who.credential(ready.op.spec.security)
        reply: Reply = self.session.play(ready, credential, **changes)
        return reply

    # -- requests --------------------------------------------------------------------------------------------------

    def request(self, op: Op, who: Identity | None = None, *, thing: Thing | None = None) -> Request:
        """Return a request that the server takes, on things of its own.

        `who` sends it (default: whoever was found to be let in); `thing` is what it is about, where it needs one.

        Raises:
            Unmet: no way was found to make one; the reason says what was tried.

        """
        if op.id not in self.how:
            self.learn(op)
        found, how = self.how[op.id]
        return self.prepared(op, who or found, how, thing)

    def prepared(self, op: Op, who: Identity, how: How, thing: Thing | None = None) -> Request:
        """Return a request on fresh things, after what has to come before it."""
        if self.people.shared(op) and not op.reads and thing is None:
            with self.making.apart():  # whoever is let in here gets into nothing that other tests look at
                made = self.build(op, who, how)
        else:
            made = self.build(op, who, how, thing)
        for before in how.before:
            step = self.known.contract[before]
            other, way = self.how.get(before, (who, How()))
            reply = self.send(self.build(step, who, way, made.thing))
            if reply.status in (401, 403) and other is not who:
                self.send(self.build(step, other, way, made.thing))
        return made

    def learn(self, op: Op) -> Reply:
        """Find out how a request has to be made, and by whom; return the success that was reached.

        Raises:
            Unmet: nothing that was tried was taken.

        """
        return self.learning.learn(op)

    # -- building --------------------------------------------------------------------------------------------------

    def filler(self, op: Op) -> Filler:
        """Return what makes values for the document of an operation."""
        return self.fillers[op.service]

    def build(self, op: Op, who: Identity, how: How, thing: Thing | None = None) -> Request:
        """Return a request, with the things that it needs.

        Raises:
            Unmet: a thing that it needs cannot be made.

        """
        if len(self._depth) > _DEEPEST or self._depth.count(op.id) > 1:
            raise Unmet(f"{op.id} needs itself")
        self._depth.append(op.id)
        try:
            return self._build(op, who, how, thing)
        finally:
            self._depth.pop()

    def _own(self, op: Op, who: Identity) -> Request | None:
        """Return the request of a recipe that the user wrote, which wins over what the model says."""
        make = self.session.api.recipes.get(op.id)
        if make is None:
            return None
        ready = make(self.session)
        made = Request(**{one.name: getattr(ready, one.name) for one in fields(Ready)})
        resource, about = self.known.resource(op), self.known.about(op)
        sender = self.identities.of(ready.who) or who
        thing = None
        if resource is not None and about.role not in (*_ITEM_ROLES, "upsert"):
            keys = {
                part.parameter: str(ready.params[part.parameter])
                for part in resource.key.parts
                if part.parameter in ready.params
            }
            thing = Thing(op.service, resource, keys, sender) if keys else None
        return replace(made, op=op, thing=thing, identity=sender)

    def _build(self, op: Op, who: Identity, how: How, thing: Thing | None) -> Request:
        own = self._own(op, who) if thing is None else None
        if own is not None:
            return own
        if ends_a_session(op) and who.renew is not None:
            who = who.fresh()
        params, thing, above = self.path(op, who, thing)
        about, resource = self.known.about(op), self.known.resource(op)
        held = about.style in ("body-key", "query") and resource is not None and about.role not in ("create", "list")
        if held and thing is None and resource is not None and resource.key.parts:
            thing = self.thing(op.service, resource.name, who, fresh=not op.reads)
        refer = self._refer(op, who, params)
        filler = self.filler(op)
        query: dict[str, Any] = {}
        headers: dict[str, Any] = {}
        cookies: dict[str, Any] = {}
        for one in op.spec.parameters:
            if one.location == "path" or not one.required:
                continue
            value = self._parameter(op, one, refer, thing)
            {"query": query, "header": headers, "cookie": cookies}.get(one.location, query)[one.name] = value
        for name, source, member in how.given:
            query[name] = self._given(self.known.contract[source], member, who)
        body = self._body(op, how, refer, who, params)
        if held and thing is not None:
            self._hold(op, thing, query, body)
        content = None
        sent = self._written(op, headers, cookies)
        if body is not MISSING:
            try:
                encoded = filler.encoded(op, body)
            except BodyError as error:
                raise Unmet(f"a body cannot be written: {error.reason}") from None
            kind = filler.content(op)
            if encoded is not None:
                content, sent["Content-Type"] = encoded
            elif kind is not None and kind.media_type != "application/json" and "*" not in kind.media_type:
                sent["Content-Type"] = kind.media_type
        return Request(
            who=who.credential(op.spec.security),
            params=params,
            query=query,
            headers=sent,
            body=None if body is MISSING or content is not None else body,
            content=content,
            op=op,
            thing=thing,
            identity=who,
            how=how,
            above=above,
        )

    def _given(self, source: Op, member: str, who: Identity) -> Any:
        """Return what the response of an operation has for a member.

        Raises:
            Unmet: it gives no such thing.

        """
        if source.id not in self.how:
            self.learn(source)
        found, how = self.how[source.id]
        reply = self.send(self.build(source, who if source.spec.public else found, how))
        item = reply.json if isinstance(reply.json, dict) else {}
        value = (self.known.item(source, reply.json) or item).get(member, item.get(member))
        if not reply.ok or value is None:
            raise Unmet(f"{source.id} gives no {member}")
        return value

    def _body(self, op: Op, how: How, refer: Any, who: Identity, params: dict[str, Any]) -> Any:
        said = self.people.login_body(op, who)
        if said is not None:
            return said
        body = self.filler(op).body(op, full=how.full, example=how.example, refer=refer, plain_texts=how.plain)
        resource = self.known.resource(op)
        if not isinstance(body, dict):
            return body
        body = {name: one for name, one in {**body, **dict(how.chosen)}.items() if name not in how.without}
        if resource is not None and self.known.about(op).role == "create":
            for part in resource.key.parts:
                name = part.field.removeprefix("/")
                if name in body and part.parameter not in params:
                    body[name] = self.filler(op).fresh_key(op, name, body[name])
        if resource is not None and "{" in op.spec.path:  # the key in the body is that in the path
            for part in resource.key.parts:
                name = part.field.removeprefix("/")
                if name in body and part.parameter in params:
                    body[name] = (
                        type(body[name])(params[part.parameter]) if isinstance(body[name], str | int) else body[name]
                    )
        return body

    def _hold(self, op: Op, thing: Thing, query: dict[str, Any], body: Any) -> None:
        """Put the key of a thing where an operation has it: in the body, or in a parameter of the query."""
        for part in thing.resource.key.parts:
            name, key = part.field.removeprefix("/"), thing.keys.get(part.parameter)
            if key is None:
                continue
            if self.known.about(op).style == "body-key" and isinstance(body, dict) and name:
                body[name] = int(key) if isinstance(body.get(name), int) and key.lstrip("-").isdigit() else key
            for one in op.spec.parameters:
                if one.location == "query" and plain(one.name) in (plain(part.parameter), plain(name)):
                    query[one.name] = key

    def _parameter(self, op: Op, one: Parameter, refer: Any, thing: Thing | None) -> Any:
        said = plain(one.name)
        if said in ("ifmatch", "ifunmodifiedsince") and thing is not None:
            tag = self.reading.etag(thing)
            if tag:
                return tag
        if "idempotency" in said or said in ("xrequestid", "requestid", "xcorrelationid"):
            return str(uuid4())
        return self.filler(op).parameter(one, refer)

    def _written(self, op: Op, headers: Mapping[str, Any], cookies: Mapping[str, Any]) -> dict[str, str]:
        if not headers and not cookies:
            return {}
        shapes = self.known.contract.of(op).shapes
        try:
            return dict(Parameters(op.spec.parameters, shapes).encode({"header": headers, "cookie": cookies}).headers)
        except ParameterError as error:
            raise Unmet(str(error)) from None

    # -- paths -----------------------------------------------------------------------------------------------------

    def path(
        self, op: Op, who: Identity, thing: Thing | None = None
    ) -> tuple[dict[str, Any], Thing | None, dict[str, Thing]]:
        """Return the values of the path of an operation, the thing that it is about, and those above it.

        Raises:
            Unmet: a thing cannot be made.

        """
        about, resource = self.known.about(op), self.known.resource(op)
        names = re.findall(r"\{([^{}]+)\}", op.spec.path)
        given = {one.name: one for one in op.spec.parameters if one.location == "path"}
        own = [name for name in names if name not in about.within]
        makes = about.role in ("upsert", "create")
        on_item = bool(own) and resource is not None and about.role not in _ITEM_ROLES and not makes
        keyed = on_item and resource is not None and bool(resource.key.parts)
        if keyed and thing is None and resource is not None:
            thing = self.thing(op.service, resource.name, who, fresh=not op.reads)
        if (
            thing is not None
            and not thing.ours
            and about.role == "delete"
            and self.known.lists(op.service, thing.resource.name)
        ):
            raise Unmet(f"{thing.name} was there before, and a run removes what it made alone")
        params: dict[str, Any] = {}
        above: dict[str, Thing] = {}
        spare = [name for name in own if resource is None or name not in {p.parameter for p in resource.key.parts}]
        for name in names:
            inside = about.within.get(name)
            if inside is not None:
                found = (thing.within(inside) if thing else None) or above.get(inside)
                if found is None and thing is not None and thing.resource.name == inside:
                    found = thing
                if found is None:
                    found = self.thing(op.service, inside, who, fresh=False, within=above)
                above[inside] = found
                params[name] = _key(found, name)
            elif keyed and thing is not None:
                params[name] = thing.keys[name] if name in thing.keys else _spare(thing, name, spare, above)
            if name not in params or params[name] is None:
                params[name] = self._made_up(op, given.get(name), name, who)
        return params, thing, above

    def _made_up(self, op: Op, parameter: Parameter | None, name: str, who: Identity) -> Any:
        """Return a value of a path parameter that names no thing of ours."""
        about = self.known.about(op)
        if parameter is None:
            return "text"
        shared = self.people.shared(op)
        own = self.people.own_id(op.service, name, (self.identities.other(who) or who) if shared else who)
        makes = about.role in ("upsert", "create")
        if own is not None and (shared or not makes):
            return own
        meant, resource = self.known.meant(op.service, name), self.known.resource(op)
        if meant is not None and len(words(name)) > 1 and (resource is None or meant.name != resource.name):
            try:  # a line of a cart is named by its product
                return _key(self.thing(op.service, meant.name, who, fresh=makes), name)
            except Unmet:
                pass
        return self.filler(op).parameter(parameter, None, fresh=makes)

    def _refer(self, op: Op, who: Identity, params: Mapping[str, Any]) -> Any:
        """Return what finds the key of a live thing by the name of a member."""

        def refer(name: str, flat: Any) -> Any:
            if name in params:
                return _typed(flat, params[name])
            known = self.people.value(op, name, who)
            if known is not None:
                return _typed(flat, known)
            parts = words(name)
            meant = self.known.meant(op.service, name)
            resource = self.known.resource(op)
            if meant is None or len(parts) < 2 or (resource is not None and meant.name == resource.name):
                return None
            try:
                thing = self.making.referred(op.service, meant.name, who)
            except Unmet:
                return None
            return _typed(flat, next(iter(thing.keys.values()), None))

        return refer

    # -- things ----------------------------------------------------------------------------------------------------

    def thing(
        self, service: str, name: str, who: Identity, *, fresh: bool, within: Mapping[str, Thing] | None = None
    ) -> Thing:
        """Return a live item of a resource: a new one, or one that is kept for whoever only looks at it.

        Raises:
            Unmet: none can be made, and none is there.

        """
        return self.making.thing(service, name, who, fresh=fresh, within=within)

    def take(self, request: Request, reply: Reply) -> Thing | None:
        """Return the thing that a create made; None where its key cannot be known."""
        return self.making.take(request, reply)


def _key(thing: Thing, name: str) -> Any:
    """Return the key of a thing for a parameter that may have another name than in the path of the thing."""
    if name in thing.keys:
        return thing.keys[name]
    return next(reversed(thing.keys.values()), None)


def _spare(thing: Thing, name: str, spare: list[str], above: dict[str, Thing]) -> Any:
    """Return the part of a key for a parameter of another name: by position, the last one for the last."""
    values = list(thing.keys.values())
    if len(spare) == len(values):
        return values[spare.index(name)]
    return values[-1] if name == spare[-1] and values else None


def _typed(flat: Any, value: Any) -> Any:
    """Return a key in the type that a member asks for; None where it has none."""
    if value is None:
        return None
    if flat.type in ("integer", "number"):
        try:
            return int(value)
        except (TypeError, ValueError):
            return None
    return str(value) if flat.type in ("string", "") else None
