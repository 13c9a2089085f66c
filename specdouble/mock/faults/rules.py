"""The rules of one world: which of them strikes a request, and how often it has."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from specdouble.errors import closest
from specdouble.mock.faults.depth import DEEPEST, is_deep
from specdouble.mock.faults.effects import READERS, Effects, FaultError, effects_of
from specdouble.mock.faults.places import KEYS, Ask, Operations, Place, place_of

_WHEN = ("times", "every", "after", "probability")
_ALL = ("id", "note", *KEYS, *_WHEN, *READERS)
MOST = 1000  # rules of a world
_ID = re.compile(r"[\w.-]{1,80}", re.ASCII)


@dataclass(slots=True)
class Rule:
    """One rule: what it is about, when it strikes, and what it does.

    Of the requests that it is about, the first `after` pass, of the others every `every`-th is struck with
    `probability`, at most `times` (0: without an end). `seen` counts those that it was about, `hits` those struck.
    """

    id: str
    given: dict[str, Any]
    place: Place
    effects: Effects
    times: int = 0
    every: int = 1
    after: int = 0
    probability: float = 1.0
    chance: random.Random = field(default_factory=random.Random)
    seen: int = 0
    hits: int = 0

    @property
    def spent(self) -> bool:
        """Whether it will strike no more."""
        return 0 < self.times <= self.hits

    def turn(self) -> bool:
        """Count a request that the rule is about; returns whether it is struck."""
        self.seen += 1
        counted = self.seen - self.after
        if counted < 1 or counted % self.every:
            return False
        if self.probability < 1 and self.chance.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def catch_up(self, seen: int, hits: int) -> None:
        """Count as if it had seen so many requests; what is left to chance goes on from there."""
        if self.probability < 1:
            for _ in range(max(seen - self.after, 0) // self.every - max(self.seen - self.after, 0) // self.every):
                self.chance.random()
        self.seen, self.hits = seen, hits

    def give_back(self) -> None:
        """Take a strike back that had nothing to strike at, as a field that the response does not have."""
        self.hits -= 1

    def shown(self) -> dict[str, Any]:
        """Return the rule as it was given, with its counts."""
        return {"id": self.id, **{key: value for key, value in self.given.items() if key != "id"},
                "seen": self.seen, "hits": self.hits, "spent": self.spent}  # fmt: skip


class Faults:
    """The rules of one world, in order: the first that strikes is the one; those that only delay add to it.

    `rules` is empty in most worlds: who asks looks at it first.
    """

    __slots__ = ("_begin", "_file", "_number", "_operations", "_principal_id", "_seed", "rules")

    def __init__(self, seed: int | None = None, principal_id: str = "id") -> None:
        self.rules: list[Rule] = []
        self._seed = seed
        self._principal_id = principal_id
        self._operations: Operations = {}
        self._begin: tuple[dict[str, Any], ...] = ()
        self._file = ""
        self._number = 0

    def know(self, operations: Operations, begin: Iterable[dict[str, Any]] = (), file: str = "") -> None:
        """Say which operations there are, by service and key, and which rules a world begins with, from which file.

        Raises:
            FaultError: a rule cannot be used.

        """
        self._operations = operations
        self._begin = tuple(begin)
        self._file = file
        self.reset()

    def like(self, other: Faults) -> None:
        """Know and begin with what another world does."""
        self.know(other._operations, other._begin, other._file)

    def reset(self) -> None:
        """Forget every rule but those that the world begins with, which count anew."""
        self.rules = []
        self._number = 0
        for number, one in enumerate(self._begin, 1):
            self._add(one, f"{self._file}: rule {number}" if self._file else f"rule {number}")

    def add(self, given: Mapping[str, Any]) -> Rule:
        """Add a rule at the end.

        Raises:
            FaultError: it cannot be used.

        """
        return self._add(given, "")

    def _add(self, given: Mapping[str, Any], where: str) -> Rule:
        made = self._read(given, where)
        if any(one.id == made.id for one in self.rules):
            raise FaultError(f"there is a rule {made.id!r} already", where=where,
                             next_step="Choose another id, or replace that one")  # fmt: skip
        if len(self.rules) >= MOST:
            raise FaultError(f"a world has at most {MOST} rules", where=where, next_step="Remove those that are spent")
        self.rules = [*self.rules, made]
        return made

    def get(self, name: str) -> Rule:
        """Return a rule by its id.

        Raises:
            FaultError: there is none, with the closest.

        """
        for one in self.rules:
            if one.id == name:
                return one
        known = [one.id for one in self.rules]
        said = f"There are {', '.join(known[:20])}" if known else "The world has none"
        raise FaultError(f"there is no rule {name!r}", closest=closest(name, known), next_step=said)

    def put(self, name: str, given: Mapping[str, Any]) -> Rule:
        """Put a rule in the place of the one with that id, or at the end.

        Raises:
            FaultError: it cannot be used, or has another id.

        """
        if given.get("id", name) != name:
            raise FaultError(f"the rule calls itself {given['id']!r}, and is to be {name!r}")
        made = self._read({**given, "id": name}, "")
        if any(one.id == name for one in self.rules):
            self.rules = [made if one.id == name else one for one in self.rules]
        else:
            self.rules = [*self.rules, made]
        return made

    def remove(self, name: str) -> Rule:
        """Remove a rule.

        Raises:
            FaultError: there is none of that id.

        """
        found = self.get(name)
        self.rules = [one for one in self.rules if one is not found]
        return found

    def clear(self) -> int:
        """Remove every rule, also those that the world began with; returns how many there were."""
        count, self.rules = len(self.rules), []
        return count

    def told(self) -> list[dict[str, Any]]:
        """Return the rules with their counts, as `take` has them."""
        return [
            {"given": {**one.given, "id": one.id}, "seen": one.seen, "hits": one.hits} for one in self.rules
        ]  # fmt: skip

    def take(self, told: Iterable[Mapping[str, Any]]) -> None:
        """Have the rules that another server told of, or one that ran before.

        Raises:
            FaultError: one cannot be used.

        """
        held = {one.id: one for one in self.rules}
        rules = []
        for one in told:
            rule = held.get(one["given"]["id"])
            if rule is None or {**rule.given, "id": rule.id} != one["given"]:
                rule = self._made(one["given"])
            rule.catch_up(one["seen"], one["hits"])
            rules.append(rule)
        self.rules = rules

    def strike(self, ask: Ask) -> tuple[Rule | None, list[Rule]]:
        """Count a request; returns the rule that strikes it, and those that delay it."""
        found: Rule | None = None
        delays = []
        for rule in self.rules:
            waits = rule.effects.only_delays
            if rule.spent or (found is not None and not waits) or not rule.place.takes(ask, self._principal_id):
                continue
            if (rule.effects.expired_token and not _has_token(ask)) or not rule.turn():
                continue
            if waits:
                delays.append(rule)
            else:
                found = rule
        return found, delays

    def _read(self, given: Mapping[str, Any], where: str) -> Rule:
        try:
            return self._made(given)
        except FaultError as error:
            if not where:
                raise
            raise FaultError(str(error).rstrip("."), where=where) from None

    def _made(self, given: Mapping[str, Any]) -> Rule:
        if is_deep(given):
            raise FaultError(f"it is nested more than {DEEPEST} levels deep")
        if not isinstance(given, Mapping):
            raise FaultError(f"a rule is an object, not {given!r}", next_step='Write {"operation": "…", "status": 500}')
        for key in given:
            if key not in _ALL:
                near = closest(str(key), _ALL)
                raise FaultError(f"{str(key)!r} is no key of a rule", closest=near,
                                 next_step="" if near else f"There are {', '.join(_ALL)}")  # fmt: skip
        name = given.get("id")
        if name is None:
            name = self._fresh()
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise FaultError(f"id is {name!r}", next_step="Write letters, digits, dots, hyphens, at most 80")
        if not isinstance(given.get("note", ""), str):
            raise FaultError("note must be a text")
        return Rule(
            name, dict(given), place_of(given, self._operations), effects_of(given),
            _count(given, "times", 0), _count(given, "every", 1), _count(given, "after", 0),
            _probability(given), random.Random(None if self._seed is None else f"{self._seed} {name}"),
        )  # fmt: skip

    def _fresh(self) -> str:
        taken = {one.id for one in self.rules}
        while True:
            self._number += 1
            if f"f{self._number}" not in taken:
                return f"f{self._number}"


def _has_token(ask: Ask) -> bool:
    caller = None if ask.op.public else ask.who()
    return caller is not None and caller.kind != "anonymous"


def _count(given: Mapping[str, Any], key: str, least: int) -> int:
    value = given.get(key, least)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise FaultError(f"{key} is {value!r}", next_step=f"Write a whole number, {least} or more")
    return value


def _probability(given: Mapping[str, Any]) -> float:
    value = given.get("probability", 1)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
        raise FaultError(f"probability is {value!r}", next_step="Write a number above 0 and up to 1")
    return float(value)
