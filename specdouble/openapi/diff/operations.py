"""Paths, operations, callbacks and webhooks."""

import re
from dataclasses import replace
from typing import Any

from specdouble.openapi.diff.contents import compare_bodies
from specdouble.openapi.diff.context import Documents, Place, after_sunset, day
from specdouble.openapi.diff.parameters import compare_parameters, parameters_of
from specdouble.openapi.diff.responses import compare_responses
from specdouble.openapi.diff.rules import COMPATIBLE
from specdouble.openapi.diff.security import Security
from specdouble.openapi.diff.servers import compare_servers
from specdouble.openapi.pointers import escape
from specdouble.openapi.schemas.numbers import text_of

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_STABILITY = ("draft", "alpha", "beta", "stable")  # an operation that says nothing is stable
_TEMPLATE = re.compile(r"\{[^{}]*\}")
Item = dict[str, Any]


def methods_of(documents: Documents, item: Item, side: int) -> dict[str, Item]:
    """Return the operations of a path item by method, those of `additionalOperations` among them."""
    found = {method: documents.follow(item[method], side) for method in METHODS if isinstance(item.get(method), dict)}
    more = documents.members(item.get("additionalOperations"), side)
    return {**found, **{name.lower(): operation for name, operation in more.items()}}


class Operations:
    """Compares the operations of two documents."""

    def __init__(self, documents: Documents, place: Place, extensions: tuple[str, ...]) -> None:
        self.documents = documents
        self.place = place
        self.extensions = extensions
        self.security = Security(documents)
        self.inside: set[tuple[int, int]] = set()  # callbacks may hold themselves

    def compare(self) -> None:
        """Compare all paths and webhooks."""
        old, new = (
            self.documents.members(d.get("paths"), s, extended=True)
            for s, d in enumerate((self.documents.old, self.documents.new))
        )
        pairs = _pairs(old, new)
        self._gone(old, new, pairs)
        for before, after in pairs.items():
            self._items(before, after, old[before], new[after])
        self._fresh(old, new, pairs)
        self._webhooks()

    def _gone(self, old: dict[str, Item], new: dict[str, Item], pairs: dict[str, str]) -> None:
        for path, item in old.items():
            mine = methods_of(self.documents, item, 0)
            kept = methods_of(self.documents, new[pairs[path]], 1) if path in pairs else {}
            late = {method for method, operation in mine.items() if after_sunset(operation, self.place.today)}
            if not kept and mine and (path not in pairs or methods_of(self.documents, new[pairs[path]], 1) == {}):
                at = replace(self.place, operation=path)
                level = "" if set(mine) - late else "warning"
                at.change("path-removed", [method.upper() for method in mine], level=level)
                continue
            for method in mine.keys() - kept.keys():
                rule = "operation-removed-after-sunset" if method in late else "operation-removed"
                replace(self.place, operation=f"{method.upper()} {path}").change(rule)

    def _fresh(self, old: dict[str, Item], new: dict[str, Item], pairs: dict[str, str]) -> None:
        back = {after: before for before, after in pairs.items()}
        for path, item in new.items():
            mine = methods_of(self.documents, item, 1)
            had = methods_of(self.documents, old[back[path]], 0) if path in back else {}
            if not had and mine:
                at = replace(self.place, operation=path)
                at.change("path-added", None, [method.upper() for method in mine])
                continue
            for method in mine.keys() - had.keys():
                replace(self.place, operation=f"{method.upper()} {path}").change("operation-added")

    def _items(self, before: str, after: str, old: Item, new: Item) -> None:
        left, right = methods_of(self.documents, old, 0), methods_of(self.documents, new, 1)
        for method in left:
            if method in right:
                place = replace(self.place, operation=f"{method.upper()} {after}")
                self._pair(place, (before, old, left[method]), (after, new, right[method]))

    def _pair(self, place: Place, old: tuple[str, Item, Item], new: tuple[str, Item, Item]) -> None:
        a, b = old[2], new[2]
        self._lifecycle(place, a, b)
        self._stability(place, a, b)
        self._identity(place, a, b)
        if not place.flipped:
            documents = self.documents
            defaults = documents.old.get("security"), documents.new.get("security")
            self.security.compare(place, a.get("security", defaults[0]), b.get("security", defaults[1]))
            servers = [one[2].get("servers", one[1].get("servers")) for one in (old, new)]
            if servers[0] is not None or servers[1] is not None:
                given = (servers[0] or documents.old.get("servers"), servers[1] or documents.new.get("servers"))
                compare_servers(place.at("/servers"), *given)
        compare_parameters(
            place, parameters_of(place, old[1], a, old[0], 0), parameters_of(place, new[1], b, new[0], 1)
        )
        compare_bodies(place.at("/requestBody"), a.get("requestBody"), b.get("requestBody"))
        compare_responses(place, a.get("responses"), b.get("responses"))
        self._callbacks(place, a.get("callbacks"), b.get("callbacks"))

    def _lifecycle(self, place: Place, old: Item, new: Item) -> None:
        was, now = (one.get("deprecated") is True for one in (old, new))
        if was != now:
            place.change("operation-deprecated" if now else "operation-undeprecated")
        before, after = old.get("x-sunset"), new.get("x-sunset")
        if after is not None and day(after) is None:
            place.at("/x-sunset").change("operation-sunset-unreadable", before, after)
        elif before is not None and after is None and now:
            place.at("/x-sunset").change("operation-sunset-removed", before)
        elif after is not None and day(before) != day(after):
            earlier = day(before) is not None and (day(after) or place.today) < (day(before) or place.today)
            rule = "set" if before is None else "earlier" if earlier else "later"
            place.at("/x-sunset").change(f"operation-sunset-{rule}", before, after)

    def _stability(self, place: Place, old: Item, new: Item) -> None:
        before, after = (one.get("x-stability-level") for one in (old, new))
        levels = [_STABILITY.index(one if one in _STABILITY else "stable") for one in (before, after)]
        if before != after and levels[0] != levels[1]:
            rule = f"operation-stability-{'decreased' if levels[1] < levels[0] else 'increased'}"
            place.at("/x-stability-level").change(rule, before, after)

    def _identity(self, place: Place, old: Item, new: Item) -> None:
        if old.get("operationId") != new.get("operationId"):
            place.change("operation-id-changed", old.get("operationId"), new.get("operationId"))
        before, after = (_tags(one) for one in (old, new))
        if sorted(before) != sorted(after):
            place.change("operation-tags-changed", before, after)
        role, now = old.get("x-required-role"), new.get("x-required-role")
        if role != now:
            place.at("/x-required-role").change(f"operation-role-{'widened' if now is None else 'narrowed'}", role, now)
        for name in self.extensions:
            if text_of(old.get(name)) != text_of(new.get(name)):
                place.at(f"/{escape(name)}").change("operation-extension-changed", old.get(name), new.get(name))

    def _callbacks(self, place: Place, old: Any, new: Any) -> None:
        before, after = self.documents.members(old, 0), self.documents.members(new, 1)
        for name in {**before, **after}:
            at = place.at(f"/callbacks/{escape(name)}")
            if name not in after:
                at.change("callback-removed")
            elif name not in before:
                at.change("callback-added")
            else:
                self._callback(at, before[name], after[name])

    def _callback(self, place: Place, old: Item, new: Item) -> None:
        key = (id(old), id(new))
        if key in self.inside:
            return
        self.inside.add(key)
        before, after = self.documents.members(old, 0, extended=True), self.documents.members(new, 1, extended=True)
        for expression in {**before, **after}:
            at = place.at(f"/{escape(expression)}")
            if expression not in after:
                at.change("callback-removed", expression)
            elif expression not in before:
                at.change("callback-added", None, expression)
            else:
                self._called(at, before[expression], after[expression])
        self.inside.discard(key)

    def _called(self, place: Place, old: Item, new: Item, *, webhook: bool = False) -> None:
        """Compare the operations that the API itself calls."""
        left, right = methods_of(self.documents, old, 0), methods_of(self.documents, new, 1)
        what = "webhook" if webhook else "callback"
        for method in {**left, **right}:
            at = place.at(f"/{method}")
            if method not in right:
                at.change(f"{what}-removed", method.upper())
            elif method not in left:
                at.change(f"{what}-added", None, method.upper())
            else:
                self._pair(replace(at, flipped=not place.flipped), ("", old, left[method]), ("", new, right[method]))

    def _webhooks(self) -> None:
        given = [d.get("webhooks", d.get("x-webhooks")) for d in (self.documents.old, self.documents.new)]
        old, new = (self.documents.members(value, side, extended=True) for side, value in enumerate(given))
        for name in {**old, **new}:
            place = replace(self.place, operation=f"webhook {name}")
            if name not in new:
                place.change("webhook-removed")
            elif name not in old:
                place.change("webhook-added", level=COMPATIBLE)
            else:
                self._called(place, old[name], new[name], webhook=True)


def _tags(operation: Item) -> list[str]:
    given = operation.get("tags")
    return [str(tag) for tag in given] if isinstance(given, list) else []


def _pairs(old: dict[str, Item], new: dict[str, Item]) -> dict[str, str]:
    """Pair paths: the same ones, then those that differ in the names of their parameters only."""
    found = {path: path for path in old if path in new}
    left = {_TEMPLATE.sub("{}", path): path for path in new if path not in found}
    for path in old:
        if path not in found and _TEMPLATE.sub("{}", path) in left:
            found[path] = left.pop(_TEMPLATE.sub("{}", path))
    return found
