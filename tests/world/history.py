"""What earlier moments of a world leave to be true: ids stay used, secrets stay secret, prices were paid."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World

Broken = Iterator[str]


# Ids that follow from what they name, or that people choose: these come back when the thing does.
NAMED = frozenset(
    {
        "counters", "tenants", "agencies", "settings", "tenant_settings", "conversations", "plans", "subscriptions",
        "wallets", "auto_topups", "meters", "stripe_events", "apps", "installs", "disabled", "denials", "votes",
        "secrets", "records", "ext_health", "webhook_answers", "faults", "developers", "registry_apps",
        "registry_manifests", "registry_settings", "registry_rules", "registry_extensions", "actions", "tallies",
    }
)  # fmt: skip


class History:
    """What earlier moments of a world leave to be true: ids stay used, secrets stay secret, prices were paid."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.secrets: dict[bytes, str] = {}  # as they stand in JSON
        self._gone: defaultdict[str, set[Any]] = defaultdict(set)
        self._there = self._keys()
        self._seeded = {one["id"] for one in world.state["ledger"]}, {one["trace_id"] for one in world.state["actions"]}

    def _keys(self) -> dict[str, set[Any]]:
        state = self.world.state
        return {
            name: {doc[state[name].declared.key] for doc in state[name]} for name in state.names() if name not in NAMED
        }

    def keep_secret(self, value: Any, what: str) -> None:
        """Remember a text that must never be seen again."""
        if isinstance(value, str) and len(value) > 5:
            self.secrets[orjson.dumps(value)[1:-1]] = what

    def ids_are_new(self) -> Broken:
        """An id that was given once is never given again."""
        now = self._keys()
        for name, keys in now.items():
            self._gone[name] |= self._there[name] - keys
            yield from (f"{name} gives the id {key!r} again" for key in self._gone[name] & keys)
        self._there = now

    def calls_are_paid(self) -> Broken:
        """Since the start, what each person paid for each app is what their calls of it cost."""
        entries, actions = self._seeded
        paid: Counter[tuple[str, str]] = Counter()
        for entry in self.world.state["ledger"]:
            if entry["reason"] == "deduct" and entry["id"] not in entries:
                paid[entry["user_id"], entry["app_id"]] -= entry["amount"]
        for action in self.world.state["actions"]:
            if action["trace_id"] not in actions and action["worker_id"] is None:  # the kernel charges by itself
                paid[action["user_id"], action["app_id"]] -= action["action_price"]
        for who, difference in paid.items():
            if difference:
                yield f"{who} paid {difference} more than the calls cost"

    def no_secret(self, content: bytes, allowed: Iterable[str] = ()) -> Broken:
        """An answer holds no password, no secret's value, no key and no refresh token of before."""
        allow = set(allowed)
        for secret, what in self.secrets.items():
            if what not in allow and secret in content:
                yield f"an answer holds {what}"

    def no_secret_kept(self) -> Broken:
        """Nothing that is stored or logged holds one in plain text, but the vault and the mail that brings one."""
        state = self.world.state
        stored: dict[str, list[Doc]] = {
            name: list(state[name]) for name in state.names() if name not in ("secrets", "outbox")
        }
        stored["journal"] = [one.whole() for one in self.world.journal]
        for name, docs in stored.items():
            content = orjson.dumps(docs)
            for secret, what in self.secrets.items():
                if secret in content and (name, what) != ("users", "a password of the seed data"):
                    yield f"{name} holds {what}"

    def broken(self) -> list[str]:
        """Return what is broken between then and now."""
        return [*self.ids_are_new(), *self.calls_are_paid()]
