"""Recording a world: what responses show of resources becomes seed data of a server (`specdouble serve`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from specdouble.files import write_private
from specdouble.openapi import Contract, Op
from specdouble.openapi.model import Resource
from specdouble.verify.api.known import MISSING, at, known_of
from specdouble.verify.problems import SettingsError
from specdouble.verify.responses.reply import Reply

_ONE = frozenset({"read", "create", "upsert", "replace", "update", "action"})
_GONE = (404, 410)


class World:
    """The items of a contract as the traffic left them: the newest form of each, without those that were deleted."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.known = known_of(contract)
        self.items: dict[tuple[str, str], dict[tuple[str, ...], dict[str, Any]]] = {}

    def see(self, op: Op, params: Mapping[str, str], reply: Reply) -> None:
        """Take what a response shows."""
        resource, role = self.known.resource(op), self.known.about(op).role
        if resource is None or op.spec.method == "HEAD":
            return
        if (role == "delete" and reply.ok) or (role == "read" and reply.status in _GONE):
            keys = tuple(params.get(one.parameter, "") for one in resource.key.parts)
            self._drop(op.service, resource, self._place(resource, params, {}, keys))
        elif reply.ok and role in _ONE:
            item = self.known.item(op, reply.json)
            if item is not None:
                shown = self.known.keys(resource, item) or self.known.key_of_new(op, reply)
                own = {one.parameter: params[one.parameter] for one in resource.key.parts if one.parameter in params}
                self._keep(op, resource, params, item, {**own, **shown})
        elif reply.ok and role in ("list", "find"):
            self._of(op, resource)  # also where it is empty
            for row in self.known.rows(op, reply.json):
                if isinstance(row, dict):
                    self._keep(op, resource, params, row, self.known.keys(resource, row))

    def _drop(self, service: str, resource: Resource, place: tuple[str, ...]) -> None:
        """Forget what was deleted, with what belongs to it."""
        self.items.get((service, resource.name), {}).pop(place, None)
        above = {parent.resource: key for parent, key in zip(resource.parents, place, strict=False) if key}
        above[resource.name] = place[-1] if place else ""
        for (name, inner), items in list(self.items.items()):
            child = self.known.named(service, inner) if name == service else None
            names = [parent.resource for parent in child.parents] if child is not None and child is not resource else []
            if resource.name not in names or child is None:
                continue
            for at_ in list(items):
                held = dict(zip(names, at_, strict=False))
                if all(held[one] == key for one, key in above.items() if held.get(one)) and held[resource.name]:
                    self._drop(service, child, at_)

    def _keep(
        self, op: Op, resource: Resource, params: Mapping[str, str], item: dict[str, Any], keys: Mapping[str, str]
    ) -> None:
        parts = resource.key.parts
        if not parts or len(keys) < len(parts) or any(not one.field for one in parts):
            return  # an item whose key stands in no member cannot be told from others
        found = self._of(op, resource)
        name = self._place(resource, params, item, tuple(keys[one.parameter] for one in parts))
        kept = {**found.get(name, {}), **item}
        for parent in resource.parents:
            if not parent.field and parent.parameter in params:
                kept.setdefault(parent.parameter, params[parent.parameter])
        found[name] = kept

    def _of(self, op: Op, resource: Resource) -> dict[tuple[str, ...], dict[str, Any]]:
        return self.items.setdefault((op.service, resource.name), {})

    def _place(
        self, resource: Resource, params: Mapping[str, str], item: Mapping[str, Any], keys: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return what tells an item from all others: the keys of what it belongs to, and its own."""
        above = []
        for parent in resource.parents:
            held = at(item, parent.field) if parent.field else MISSING
            above.append(str(params.get(parent.parameter, "" if held is MISSING else held)))
        return (*above, *keys)

    def write(self, folder: Path, clean: Callable[[Any], Any]) -> Path:
        """Write a document and its seed data into a folder; return the document, which `specdouble serve` takes.

        `clean` takes the secrets out.

        Raises:
            SettingsError: the folder cannot be written.

        """
        several = len(self.contract.services) > 1
        first = self.contract.first
        document = folder / f"{first.name}.json"
        try:
            for service in self.contract.services:
                seeds = folder / "fixtures" / (service.name if several else "")
                write_private(folder / f"{service.name}.json", _text(service.document.raw))
                for (name, resource), items in self.items.items():
                    if name == service.name:  # none at all is what there was, too
                        records = _text({"records": clean(list(items.values()))})
                        write_private(seeds / f"{resource}.json", records)
        except OSError as error:
            raise SettingsError(f"--record {folder}: it cannot be written ({error.strerror}).") from None
        return document


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
