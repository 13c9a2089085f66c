"""The clients of a soak: some ask at random, some know exactly what must be answered."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from specdouble.mock.pipeline.operation import Bound
from tests.soak.link import Answer, Link, LostError
from tests.soak.shared import Counts, Shared, from_the_front
from tests.world.traffic import Ask

SERVICE = {"X-Service-Token": "dev-service-token"}
PASSWORD = "s3cure!soaked"
PAUSE = 0.05
STREAM = "text/event-stream"  # which would never end, and has readers of its own


class Client(threading.Thread):
    """One client, which goes on until it is stopped, whatever happens to the servers."""

    def __init__(self, ended: threading.Event, counts: Counts, think: float, seed: int) -> None:
        super().__init__(name=f"{type(self).__name__}-{seed}", daemon=True)
        self.ended, self.counts = ended, counts
        self.chance = random.Random(seed)
        self.think = think

    def run(self) -> None:
        """Take turns."""
        while not self.ended.is_set():
            try:
                self.turn()
            except LostError as error:
                self.counts.did("outcomes unknown" if error.sent else "nobody reached")
                time.sleep(PAUSE)
            except Exception as error:  # the run tells of it and goes on
                self.counts.violated("clients that failed", f"{self.name}: {error!r}")
                time.sleep(PAUSE)
            self.ended.wait(self.chance.uniform(0, 2 * self.think))
        self.leave()

    def turn(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    def leave(self) -> None:
        """Close what is open."""

    def ask(
        self, link: Link, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        """Ask, and count the answer; raises `LostError`, also where HAProxy reached no server."""
        answer = link.ask(method, path, body, headers, **more)
        if from_the_front(answer):
            raise LostError(OSError(answer.told), sent=answer.status != 503)
        self.counts.judge(answer, f"{method} {path}")
        return answer


def _streams(op: Bound) -> bool:
    declared = op.spec.response(200)
    return declared is not None and declared.media_type == STREAM


class RandomClient(Client):
    """Asks for anything, legal and illegal, as the random machine does."""

    def __init__(
        self, shared: Shared, links: dict[str, list[int]], ended: threading.Event, counts: Counts, think: float,
        seed: int,
    ) -> None:  # fmt: skip
        super().__init__(ended, counts, think, seed)
        self._shared = shared
        self._links = {name: Link(ports, seed, shared.name) for name, ports in links.items()}
        services = shared.mirror.platform.services
        documents = {name: service.document.name for name, service in services.items()}
        self._keys = [
            (name, key)
            for name, service in services.items()
            for key, op in service.operations.items()
            if op.document == documents[name] and not _streams(op)
        ]
        self._changing = [one for one in self._keys if not one[1].startswith("GET")]

    def leave(self) -> None:
        for link in self._links.values():
            link.close()

    def turn(self) -> None:
        service, key = self.chance.choice(self._changing if self.chance.random() < 0.6 else self._keys)
        with self._shared.lock:
            epoch = self._shared.epoch
            ask = self._shared.traffic.make(service, key, self.chance.getrandbits(32))
            login = None
            if ask.kind == "bearer" and "Authorization" not in ask.headers:
                login = self._shared.login_of(ask)
        if login is not None:
            self._send(Ask("auth_gateway", "POST /v1/auth/login", "/v1/auth/login", login), epoch)
            with self._shared.lock:
                token = self._shared.traffic.access.get(str(ask.user_id))
            if token:
                ask.headers["Authorization"] = f"Bearer {token}"
        self._send(ask, epoch)

    def _send(self, ask: Ask, epoch: int) -> None:
        method = ask.key.partition(" ")[0]
        answer = self.ask(self._links[ask.service], method, ask.path, ask.body, ask.headers, data=ask.data)
        with self._shared.lock:
            if epoch == self._shared.epoch:
                self._shared.remember(ask, answer)


class ExactClient(Client):
    """Does on one server what must be seen on the others at once, and races with itself."""

    def __init__(
        self, shared: Shared, ports: list[int], ended: threading.Event, counts: Counts, think: float, seed: int
    ) -> None:
        super().__init__(ended, counts, think, seed)
        self._shared, self._ports = shared, ports
        self._links = [Link(ports, seed + number, shared.name) for number in range(4)]
        self._pool = ThreadPoolExecutor(4)
        self._number = 0
        self._seed = seed

    def leave(self) -> None:
        self._pool.shutdown()
        for link in self._links:
            link.close()

    def turn(self) -> None:
        self._number += 1
        moment = self._shared.moment
        acts: tuple[Callable[[object], None], ...] = (self._person, self._twins, self._spender)
        self.chance.choice(acts)(moment)

    def _check(self, kind: str, moment: object, right: bool, told: str) -> None:
        """Judge what was seen, unless the world was reset or its clock moved meanwhile."""
        self.counts.did(kind)
        if not right and moment == self._shared.moment:
            self.counts.violated(kind, told)

    def _register(self) -> dict[str, Any] | None:
        body = {"email": f"exact{self._seed}-{self._number}@example.com", "password": PASSWORD}
        made = self.ask(self._links[0], "POST", "/v1/auth/register", body, SERVICE, port=self._ports[0])
        return dict(made.json) if made.status == 201 else None

    def _seen(self, answer: Answer) -> bool:
        return answer.status != 503

    def _person(self, moment: object) -> None:
        """Who was registered on one server is known on each, and so is each thing that was written."""
        made = self._register()
        if made is None:
            return
        who = {"Authorization": f"Bearer {made['access_token']}"}
        for turn, port in enumerate(self.chance.sample(self._ports, len(self._ports)) * 2):
            name = f"n{self._seed}-{self._number}-{turn}"
            changed = self.ask(self._links[1], "PUT", "/v1/me/nickname", {"nickname": name}, who, port=port)
            if not self._seen(changed):
                return
            self._check("writes that were accepted", moment, changed.status == 200, changed.told)
            for other in self._ports:
                read = self.ask(self._links[2], "GET", "/v1/me/nickname", None, who, port=other)
                if self._seen(read):
                    right = read.status == 200 and read.json["nickname"] == name
                    self._check("reads of what was acknowledged elsewhere", moment, right, f"{name}: {read.told}")

    def _twins(self, moment: object) -> None:
        """Of refreshes with one token, and of sign-ups with one address, exactly one wins."""
        made = self._register()
        if made is not None:
            body = {"refresh_token": made["refresh_token"]}
            self._race("refreshes with one token", moment, "/v1/auth/refresh", body, lost=401)
        body = {"email": f"twin{self._seed}-{self._number}@example.com", "password": PASSWORD}
        self._race("sign-ups with one address", moment, "/v1/auth/signup", body, lost=409)

    def _race(self, kind: str, moment: object, path: str, body: dict[str, Any], lost: int) -> None:
        def one(number: int) -> int:
            try:
                port = self._ports[number % len(self._ports)]
                return self.ask(self._links[number], "POST", path, body, port=port).status
            except LostError:
                return 0

        statuses = sorted(self._pool.map(one, range(4)))
        won = sum(200 <= status < 300 for status in statuses)
        unknown = sum(status in (0, 503) for status in statuses)
        right = won <= 1 and (won == 1 or unknown > 0) and won + unknown + statuses.count(lost) == 4
        self._check(kind, moment, right, f"{path}: {statuses}")

    def _spender(self, moment: object) -> None:
        """A top-up that is confirmed several times is credited once."""
        made = self._register()
        if made is None:
            return
        who = {"Authorization": f"Bearer {made['access_token']}"}
        before = self.ask(self._links[0], "GET", "/v1/billing/balance", None, who, port=self._ports[0])
        order = {"tokens": 5000, "price_cents": 500}
        intent = self.ask(self._links[0], "POST", "/v1/billing/topup", order, who, port=self._ports[-1])
        if before.status != 200 or intent.status != 200:
            return
        body = {"payment_intent_id": intent.json["payment_intent_id"]}

        def confirm(number: int) -> int:
            port = self._ports[number % len(self._ports)]
            try:
                return self.ask(
                    self._links[number], "POST", "/v1/billing/topup/confirm", body, SERVICE, port=port
                ).status
            except LostError:
                return 0

        statuses = list(self._pool.map(confirm, range(4)))
        after = self.ask(self._links[0], "GET", "/v1/billing/balance", None, who, port=self._ports[-1])
        if after.status == 200 and 200 in statuses:
            paid = after.json["balance"] - before.json["balance"]
            self._check("top-ups credited once", moment, paid == 5000, f"{statuses}: {paid} tokens")
