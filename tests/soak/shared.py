"""What the clients of one world share: whom they know, what it looked like a moment ago, and what was counted."""

from __future__ import annotations

import base64
import contextlib
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.soak.link import Answer
from tests.soak.mirror import Mirror
from tests.world.answers import hidden_fields
from tests.world.history import History
from tests.world.traffic import Ask, Traffic

SHOWS_A_KEY = {"POST /v1/keys": "key", "POST /v1/apps/{app_id}/keys": "api_key"}
AWAY = ("/v1/secrets", "/v1/ext/", "/__mock__/")  # where the pack itself says 503: its vault was taken away
# The kernel records what it likes, also of whom another client has deleted meanwhile.
RECORDED = re.compile(r"references: (actions|events) .* user_id .* is gone")


@dataclass
class Counts:
    """What a run counts, from many threads, and what was wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def did(self, what: str, times: int = 1) -> None:
        """Count something that happened."""
        with self.lock:
            self.done[what] += times

    def violated(self, kind: str, told: str) -> None:
        """Write down what is wrong: of which kind, and one sentence."""
        with self.lock:
            self.wrong[kind] += 1
            if self.wrong[kind] <= 5:
                self.examples.append(f"{time.strftime('%H:%M:%S')} {kind}: {told[:600]}")

    def judge(self, answer: Answer, asked: str) -> None:
        """Count an answer; one of 500 and above is wrong, but for a 503 that says when to come back."""
        with self.lock:
            self.requests += 1
            self.statuses[answer.status] += 1
        if answer.status < 500:
            return
        if answer.status == 503 and (answer.headers.get("Retry-After") or any(one in asked for one in AWAY)):
            self.did("refused with 503 meanwhile")
            return
        self.violated("answers of 500 and above", f"{asked}: {answer.told}")


def from_the_front(answer: Answer) -> bool:
    """Return whether HAProxy said this, because it reached no server."""
    return answer.status in (502, 503, 504) and "html" in (answer.headers.get("content-type") or "")


def subject(token: str) -> str:
    """Return whom an access token is for; its signature is not looked at."""
    part = token.split(".")[1]
    return str(orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sub"])


class Shared:
    """One world of the servers, with the traffic that is made for it. `lock` is held to look at the mirror."""

    def __init__(self, name: str, counts: Counts) -> None:
        self.name = name
        self.counts = counts
        self.lock = threading.RLock()
        self.mirror = Mirror(name)
        self.epoch = 0  # of resets
        self._moves = 0  # of the clock
        self._busy = 0  # moves and resets that are under way
        self.traffic = Traffic(self.mirror.world, self.mirror.platform.services)
        self.history = History(self.mirror.world)

    @property
    def moment(self) -> object:
        """Equal to that of before when neither a reset nor a move of the clock was under way in between."""
        with self.lock:
            return object() if self._busy else (self.epoch, self._moves)

    @contextlib.contextmanager
    def disturbed(self) -> Iterator[None]:
        """Tell that the clock moves, or the world is reset, meanwhile."""
        with self.lock:
            self._busy += 1
            self._moves += 1
        try:
            yield
        finally:
            with self.lock:
                self._busy -= 1
                self._moves += 1

    def put(self, shown: dict[str, Any], epoch: int) -> list[str]:
        """Take over what a server showed, unless there was a reset meanwhile; returns what is broken."""
        with self.lock:
            if epoch != self.epoch:
                return []
            self.mirror.put(shown)
            return [one for one in (*self.mirror.broken(), *self.history.broken()) if not RECORDED.match(one)]

    def resetting(self) -> None:
        """Take no more of what was shown so far: a reset begins."""
        with self.lock:
            self.epoch += 1

    def began_anew(self, shown: dict[str, Any]) -> None:
        """Forget everybody: the world was reset."""
        with self.lock:
            self.epoch += 1
            self.mirror.put(shown)
            self.traffic = Traffic(self.mirror.world, self.mirror.platform.services)
            self.history = History(self.mirror.world)

    # -- credentials -----------------------------------------------------------------------------------------------

    def login_of(self, ask: Ask) -> dict[str, Any] | None:
        """Return the body of a login for the person of a request, who has no token yet."""
        user = self.mirror.world.state["users"].get(ask.user_id)
        if user is None or ask.user_id not in self.traffic.passwords:
            return None
        return {"email": user["email"], "password": self.traffic.passwords[ask.user_id], "tenant_id": user["tenant_id"]}

    def remember(self, ask: Ask, answer: Answer) -> None:
        """Keep the credentials that an answer brings; to be called with the lock, of the same epoch."""
        shown = answer.json
        for told in hidden_fields(shown):
            self.counts.violated("hidden fields", f"{ask.key}: {told}")
        if answer.status == 401 and ask.user_id is not None and self.traffic.often(0.8):
            self.traffic.access.pop(ask.user_id, None)
        if answer.status >= 400 or not isinstance(shown, dict):
            return
        body, traffic = ask.body if isinstance(ask.body, dict) else {}, self.traffic
        if ask.key in SHOWS_A_KEY:
            if ask.service == "registry":
                traffic.registry_keys.append(shown[SHOWS_A_KEY[ask.key]])
            elif ask.user_id is not None:
                traffic.api_keys[ask.user_id] = shown[SHOWS_A_KEY[ask.key]]
        if "refresh_token" in shown:
            who = subject(shown["access_token"])
            traffic.refresh = [*traffic.refresh[-50:], shown["refresh_token"]]
            traffic.access[who] = shown["access_token"]
            if "password" in body:
                traffic.passwords.setdefault(who, body["password"])
        if ask.key in ("POST /v1/auth/signup", "POST /v1/users"):
            traffic.passwords[shown.get("user_id") or shown["imperal_id"]] = body["password"]
        if ask.key == "POST /v1/auth/me/change-password" and ask.user_id is not None:
            traffic.passwords[ask.user_id] = body["new_password"]
