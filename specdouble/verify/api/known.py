"""What the resource model says, by operation of a contract, and how responses are read by it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from specdouble.openapi import Contract, Op
from specdouble.openapi.model import Model, Resource, infer
from specdouble.openapi.model import Operation as About
from specdouble.openapi.model.evidence.words import plain, singular, words
from specdouble.openapi.pointers import lookup
from specdouble.openapi.values.flat import Flats
from specdouble.verify.responses.reply import Reply

NOTHING = About("", "none")
MISSING: Any = type("Missing", (), {"__repr__": lambda _self: "MISSING", "__bool__": lambda _self: False})()
_PLAIN = frozenset({"id", "key", "name", "slug", "uuid", "uid", "code", "number", "path", "ref"})
_ENDS = ("id", "uid", "uuid", "key", "slug", "name", "ref", "")
_BESIDE = frozenset({"errors", "links", "included", "warnings", "meta"})


def at(value: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer, MISSING where nothing does."""
    try:
        return lookup(value, pointer) if pointer else value
    except KeyError:
        return MISSING


class Known:
    """The models of the documents of a contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.models: dict[str, Model] = {one.name: infer(one.document.raw) for one in contract.services}
        self._about = {(name, key): one for name, model in self.models.items() for key, one in model.by_key.items()}
        self._uses: dict[tuple[str, str], list[Op]] = defaultdict(list)
        for op in contract.ops:
            about = self.about(op)
            wrapped = self._wrapped(op, about)
            if wrapped:
                about = self._about[op.service, op.key] = replace(about, at=wrapped)
            if about.resource:
                self._uses[op.service, about.resource].append(op)

    def _wrapped(self, op: Op, about: About) -> str:
        """Return where a success holds what there is only one of, "" where it is the whole."""
        if about.at or not about.role.startswith("singleton"):
            return ""
        flats = Flats(self.contract.of(op))
        members = flats.members(op.spec.success.schema)
        inner = [name for name in members if name not in _BESIDE]
        one = flats.of(members[inner[0]]) if len(inner) == 1 else None
        return f"/{inner[0]}" if one is not None and one.type == "object" and one.properties else ""

    def about(self, op: Op) -> About:
        """Return what the model says of an operation."""
        return self._about.get((op.service, op.key), NOTHING)

    def resource(self, op: Op) -> Resource | None:
        """Return the resource that an operation is about, if any."""
        name = self.about(op).resource
        return self.models[op.service].resource(name) if name else None

    def named(self, service: str, name: str) -> Resource | None:
        """Return the resource of a name."""
        return self.models[service].resource(name)

    def uses(self, service: str, name: str, *roles: str) -> list[Op]:
        """Return the operations of some roles on a resource, in the order of the roles."""
        mine = self._uses.get((service, name), [])
        return [op for role in roles for op in mine if self.about(op).role == role]

    @cached_property
    def resources(self) -> list[tuple[str, Resource]]:
        """Every resource with its service."""
        return [(name, one) for name, model in self.models.items() for one in model.resources]

    # -- the operations beside each other ----------------------------------------------------------------------------

    def makers(self, service: str, name: str) -> list[Op]:
        """Return the operations that make an item, creates before upserts."""
        return self.uses(service, name, "create", "upsert")

    def reader(self, service: str, name: str) -> Op | None:
        """Return the operation that gives one item by its key."""
        resource = self.named(service, name)
        found = self.uses(service, name, "read")
        return next((op for op in found if resource and op.spec.path == resource.item), found[0] if found else None)

    def deleter(self, service: str, name: str) -> Op | None:
        """Return the operation that removes one item by its key."""
        found = [op for op in self.uses(service, name, "delete") if "{" in op.spec.path]
        return found[0] if found else None

    def lists(self, service: str, name: str) -> list[Op]:
        """Return the operations that list items, that of the collection first."""
        resource = self.named(service, name)
        found = [op for op in self.uses(service, name, "list") if self.about(op).style != "set"]
        return sorted(found, key=lambda op: resource is None or op.spec.path != resource.collection)

    # -- reading responses -------------------------------------------------------------------------------------------

    def item(self, op: Op, value: Any) -> dict[str, Any] | None:
        """Return the item in the response of an operation, or None."""
        about, resource = self.about(op), self.resource(op)
        places = [about.at, *([resource.envelope.item] if resource else []), ""]
        for place in dict.fromkeys(places):
            found = at(value, place)
            if isinstance(found, dict) and (place or not self._wraps(found, resource)):
                return found
            if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
                return found[0]
        return value if isinstance(value, dict) else None

    def _wraps(self, value: dict[str, Any], resource: Resource | None) -> bool:
        return bool(resource and resource.envelope.item and at(value, resource.envelope.item) is not MISSING)

    def rows(self, op: Op, value: Any) -> list[Any]:
        """Return the rows of a list."""
        resource = self.resource(op)
        for place in (self.about(op).at, *([resource.envelope.list] if resource else []), ""):
            found = at(value, place)
            if isinstance(found, list):
                return found
        if isinstance(value, dict):
            lists = [one for name, one in value.items() if isinstance(one, list) and name not in _BESIDE]
            if len(lists) == 1:
                return list(lists[0])
        return []

    def keys(self, resource: Resource, item: Any) -> dict[str, str]:
        """Return the key of an item by the parameters of its path; {} where the item does not show all of it."""
        found: dict[str, str] = {}
        for part in resource.key.parts:
            value = at(item, part.field) if part.field else MISSING
            if value is MISSING or value is None or isinstance(value, dict | list):
                return {}
            found[part.parameter] = _text(value)
        return found

    def same(self, resource: Resource, row: Any, keys: Mapping[str, str]) -> bool:
        """Whether a row is the item with a key."""
        shown = self.keys(resource, row)
        if shown:
            return all(shown.get(name) == value for name, value in keys.items() if name in shown)
        if isinstance(row, str | int) and len(keys) == 1:  # lists of keys alone
            return _text(row) in keys.values()
        return (
            isinstance(row, dict)
            and bool(keys)
            and set(keys.values()) <= {_text(one) for one in row.values() if isinstance(one, str | int)}
        )

    def key_of_new(self, op: Op, reply: Reply) -> dict[str, str]:
        """Return the key that a create answered, by the parameters of the item's path; {} where it does not say."""
        resource, about = self.resource(op), self.about(op)
        if resource is None:
            return {}
        item = self.item(op, reply.json)
        found = self.keys(resource, item) if item is not None else {}
        if not found and about.key_at.startswith("/") and len(resource.key.parts) == 1:
            value = at(reply.json, about.key_at)
            if isinstance(value, str | int) and not isinstance(value, bool):
                found = {resource.key.parts[0].parameter: _text(value)}
        return found or self.from_location(resource, reply)

    def from_location(self, resource: Resource, reply: Reply) -> dict[str, str]:
        """Return the key in the header Location, by the parameters of the item's path."""
        text = reply.headers.get("location", "")
        if not text or not resource.item:
            return {}
        names = re.findall(r"\{([^{}]+)\}", resource.item)
        pattern = re.sub(r"\\\{[^{}]+\\\}", r"([^/]+)", re.escape(resource.item))
        match = re.search(f"{pattern}/?$", urlsplit(text).path)
        if match is None:
            return {}
        values = dict(zip(names, map(unquote, match.groups()), strict=True))
        return {one.parameter: values[one.parameter] for one in resource.key.parts if one.parameter in values}

    # -- names -------------------------------------------------------------------------------------------------------

    def meant(self, service: str, name: str) -> Resource | None:
        """Return the resource whose key a member or parameter of this name holds: `petId`, `pet_id`, `pet`."""
        return self._meanings[service].get(plain(name))

    @cached_property
    def _meanings(self) -> dict[str, dict[str, Resource]]:
        found: dict[str, dict[str, Resource]] = {}
        for service, model in self.models.items():
            mine = found.setdefault(service, {})
            for one in model.resources:
                for part in one.key.parts:
                    if plain(part.parameter) not in _PLAIN and len(one.key.parts) == 1:
                        mine.setdefault(plain(part.parameter), one)
                nouns = {one.name.rpartition("-")[2], one.name, *(singular(n) for n in words(_last(one))[-1:])}
                for noun in nouns:
                    for end in _ENDS[:-1]:
                        mine.setdefault(f"{plain(noun)}{end}", one)
        return found


def _last(resource: Resource) -> str:
    """Return the last static segment of the path of a resource."""
    parts = [one for one in (resource.collection or resource.item).split("/") if one and "{" not in one]
    return parts[-1] if parts else resource.name


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def known_of(contract: Contract) -> Known:
    """Return what the model says of a contract, made once in a process."""
    return Known(contract)
