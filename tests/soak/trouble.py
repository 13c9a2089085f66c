"""Who makes trouble in a soak: kills, moves of the clock, resets, worlds that come and go; and who judges."""

from __future__ import annotations

import os
import signal
import threading
from datetime import datetime

from tests.postgres import Postgres
from tests.soak.clients import Client
from tests.soak.link import Link, LostError, control
from tests.soak.servers import HandNeededError, Replica
from tests.soak.shared import Counts, Shared

MOVES = ("30s", "5m", "20m", "2h", "1d", "3d", "16d", "31d")


class Trouble(Client):
    """Something that happens every so many seconds; `every` is the mean."""

    every = 5.0

    def __init__(self, servers: list[Replica], ended: threading.Event, counts: Counts, seed: int) -> None:
        super().__init__(ended, counts, self.every, seed + sum(type(self).__name__.encode()))
        self.servers = servers

    def any_port(self) -> int:
        """Return the port of one of the servers."""
        return self.chance.choice(self.servers).port

    def until_done(self, method: str, path: str, body: object, world: str) -> bool:
        """Ask the control plane until it is done, for it does no harm to do it twice; tells whether it was."""
        while True:
            try:
                answer = control(self.any_port(), method, path, body, world=world)
            except LostError:
                answer = None
            if answer is not None and answer.status != 503:
                self.counts.judge(answer, f"{method} /__mock__/{path}")
                return answer.status == 200
            if self.ended.wait(0.2):
                return False


class Judge(Trouble):
    """Looks at the whole of a world through one of the servers."""

    every = 4.0

    def __init__(self, shared: Shared, servers: list[Replica], ended: threading.Event, counts: Counts) -> None:
        super().__init__(servers, ended, counts, seed=1)
        self._shared = shared

    def turn(self) -> None:
        moment = self._shared.moment
        shown = self._shared.mirror.fetch(self.any_port())
        if shown is not None:
            self.counts.did("looks at a whole world")
            for told in self._shared.put(shown, moment):
                self.counts.violated(f"invariants of {self._shared.name}", told)


class WorldTrouble(Trouble):
    """Something that happens again and again to one world."""

    def __init__(
        self, shared: Shared, servers: list[Replica], ended: threading.Event, counts: Counts, seed: int
    ) -> None:
        super().__init__(servers, ended, counts, seed)
        self._shared = shared


class Mover(WorldTrouble):
    """Moves the clock of a world, and looks whether it is moved everywhere and never runs back."""

    every = 12.0

    def turn(self) -> None:
        shared, epoch = self._shared, self._shared.epoch
        with shared.disturbed():
            moved = control(self.any_port(), "POST", "clock", {"advance": self.chance.choice(MOVES)}, shared.name)
        self.counts.judge(moved, "POST /__mock__/clock")
        if moved.status != 200:
            return
        self.counts.did("moves of the clock")
        moment, before = shared.moment, datetime.fromisoformat(moved.json["now"])
        for server in self.servers:
            told = control(server.port, "GET", "clock", world=shared.name)
            if told.status == 200:
                now = datetime.fromisoformat(told.json["now"])
                if now < before and moment == shared.moment and epoch == shared.epoch:
                    self.counts.violated("clocks that run back", f"{shared.name}: {now} after {before}")
                before = now


class Resetter(WorldTrouble):
    """Resets a world, so that it stays small."""

    every = 45.0

    def turn(self) -> None:
        shared = self._shared
        with shared.disturbed():
            shared.resetting()
            if not self.until_done("POST", "reset", None, shared.name):
                return
            self.counts.did("resets of a world")
            while not self.ended.is_set():
                try:
                    shown = shared.mirror.fetch(self.any_port())
                except LostError:
                    shown = None
                if shown is not None:
                    shared.began_anew(shown)
                    return
                self.ended.wait(0.2)


class Churner(Trouble):
    """Forks a world on one server, finds it on the others, and drops it."""

    every = 5.0

    def __init__(self, servers: list[Replica], ended: threading.Event, counts: Counts, seed: int) -> None:
        super().__init__(servers, ended, counts, seed)
        self.number = 0
        self._left: set[str] = set()  # what was not dropped because a server was killed; it would be kept for an hour

    def turn(self) -> None:
        for name in sorted(self._left):
            if control(self.any_port(), "DELETE", f"worlds/{name}").status in (200, 404):
                self._left.discard(name)
        self.number += 1
        name = f"churned{self.number}"
        self._left.add(name)
        made = control(self.any_port(), "POST", "worlds", {"fork": "main", "name": name})
        self.counts.judge(made, "POST /__mock__/worlds")
        if made.status != 200:
            return
        self.counts.did("worlds forked and dropped")
        for server in self.servers:
            self._expect(server, name, 200)
            link = Link([server.port], world=name)
            seen = link.ask("GET", "/v1/marketplace/apps")
            link.close()
            self.counts.judge(seen, f"GET /v1/marketplace/apps in {name}")
        dropped = self.until_done("DELETE", f"worlds/{name}", None, "")
        if dropped:
            self._left.discard(name)
        for server in self.servers if dropped else ():
            self._expect(server, name, 404)

    def _expect(self, server: Replica, name: str, status: int) -> None:
        told = control(server.port, "GET", f"worlds/{name}")
        if told.status not in (status, 503):
            self.counts.violated("worlds that differ between servers", f"{name}: {told.told}")


class Killer(Trouble):
    """Kills servers and the database, restarts them, and waits until all answer again; nothing while it is calm."""

    every = 10.0

    def __init__(
        self, servers: list[Replica], database: Postgres | None, calm: threading.Event, ended: threading.Event,
        counts: Counts, seed: int,
    ) -> None:  # fmt: skip
        super().__init__(servers, ended, counts, seed)
        self._database, self._calm = database, calm

    def turn(self) -> None:
        if self._calm.is_set():
            self.ended.wait()
            return
        kinds = {"kill": 4, "both": 1, "restart": 3, "stall": 2, "database": 3 if self._database else 0}
        kind = self.chance.choices(tuple(kinds), tuple(kinds.values()))[0]
        victims = self.servers if kind == "both" else [self.chance.choice(self.servers)]
        if kind == "stall":
            self._stall(victims[0])
        elif kind == "database" and self._database is not None:
            how = self.chance.choice([signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
            self._database.stop(how)
            self.ended.wait(self.chance.choice([0, 0, 1, 3]))
            self._database.start()
            self.counts.did(f"ends of the database by {how.name}")
        else:
            how = signal.SIGTERM if kind == "restart" else signal.SIGKILL
            for one in victims:
                code = one.end(how)
                self.counts.did(f"ends of a server by {how.name}")
                if code not in (0, -how):
                    self.counts.violated("servers that ended badly", f"{code} after {how.name}: {one.said()}")
            for one in victims:
                one.launch()
        for one in self.servers:
            try:
                one.wait()
                one.recovered()
            except HandNeededError as error:
                self.counts.violated("restarts that need a hand", str(error))
                one.end()
                one.start()

    def _stall(self, one: Replica) -> None:
        """Let a server stand still, maybe while it is its turn to write, and go on."""
        assert one.process is not None
        os.kill(one.process.pid, signal.SIGSTOP)
        self.ended.wait(self.chance.choice([0.3, 1, 3, 8]))
        os.kill(one.process.pid, signal.SIGCONT)
        self.counts.did("servers that stood still for a while")
