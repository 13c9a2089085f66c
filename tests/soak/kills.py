"""Kills servers under load at random moments: nothing that was acknowledged is lost, nothing is there by half.

    python -m tests.soak.kills --rounds 500 --state sqlite
    python -m tests.soak.kills --rounds 500 --state postgresql

Eight clients write all the time. Each round ends a process with SIGKILL at some moment (of PostgreSQL also the
database, with SIGKILL and SIGQUIT), now and then while it starts, and starts it again; then everything that was
acknowledged before must be there, and every invariant of the world must hold. Now and then a reset is under way.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.postgres import Postgres
from tests.soak.link import Link, LostError, control
from tests.soak.mirror import Mirror
from tests.soak.servers import HandNeededError, Replica, replicas

CLIENTS = 8
PASSWORD = "s3cure!killed"
FRESH = 20  # rounds after which the world is reset, so that it stays small
SERVICE = {"X-Service-Token": "dev-service-token"}
PAUSE = 0.03  # seconds until a client asks again that found nobody


@dataclass
class Person:
    """What was acknowledged to one client about a person whom it registered."""

    email: str
    token: str
    nicknames: list[str] = field(default_factory=list)  # in the order in which they were sent
    named: int = -1  # which of them was acknowledged last
    keys: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    paid: set[str] = field(default_factory=set)


class Writer(threading.Thread):
    """One client, which writes until it is stopped."""

    def __init__(self, ports: list[int], number: int) -> None:
        super().__init__(name=f"writer-{number}")
        self.number = number
        self.people: dict[str, Person] = {}
        self.acknowledged = 0
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.going, self.idle, self.ended = threading.Event(), threading.Event(), threading.Event()
        self._link = Link(ports, seed=number)
        self._chance = random.Random(number)
        self._turn = 0

    def run(self) -> None:
        """Write while it may."""
        while not self.ended.is_set():
            if not self.going.is_set():
                self.idle.set()
                self.going.wait(0.1)
                continue
            self.idle.clear()
            try:
                self._write()
            except LostError as error:
                if not error.sent:
                    time.sleep(PAUSE)
            except Exception as error:  # the run tells of it and goes on
                self.wrong.append(f"a client failed: {error!r}")
                time.sleep(PAUSE)
        self.idle.set()
        self._link.close()

    def _ask(self, expected: int, method: str, path: str, body: Any, person: Person | None = None) -> Any:
        """Write; returns what was answered, or None where it was refused because the state is away."""
        headers = {"Authorization": f"Bearer {person.token}"} if person else SERVICE
        answer = self._link.ask(method, path, body, headers)
        self.statuses[answer.status] += 1
        if answer.status == expected:
            self.acknowledged += 1
            return answer.json
        if answer.status == 503 and answer.headers.get("Retry-After"):
            time.sleep(PAUSE)
        else:
            self.wrong.append(f"{method} {path} of {person.email if person else 'the platform'}: {answer.told}")
        return None

    def _write(self) -> None:
        self._turn += 1
        mine = list(self.people.values())[-5:]
        if not mine or self._chance.random() < 0.3:
            self._register()
            return
        person = self._chance.choice(mine)
        self._chance.choice((self._rename, self._key, self._remove, self._pay))(person)

    def _register(self) -> None:
        email = f"c{self.number}t{self._turn}@killed.example.com"
        made = self._ask(201, "POST", "/v1/auth/register", {"email": email, "password": PASSWORD})
        if made is not None:
            self.people[email] = Person(email, made["access_token"])

    def _rename(self, person: Person) -> None:
        person.nicknames.append(f"c{self.number}t{self._turn}")
        at = len(person.nicknames) - 1
        if self._ask(200, "PUT", "/v1/me/nickname", {"nickname": person.nicknames[at]}, person) is not None:
            person.named = at

    def _key(self, person: Person) -> None:
        made = self._ask(201, "POST", "/v1/keys", {"name": "killed"}, person)
        if made is not None:
            person.keys.add(made["id"])

    def _remove(self, person: Person) -> None:
        if person.keys:
            key = person.keys.pop()
            if self._ask(200, "DELETE", f"/v1/keys/{key}", None, person) is not None:
                person.removed.add(key)

    def _pay(self, person: Person) -> None:
        made = self._ask(200, "POST", "/v1/billing/topup", {"tokens": 5000, "price_cents": 500}, person)
        if made is not None:
            intent = {"payment_intent_id": made["payment_intent_id"]}
            if self._ask(200, "POST", "/v1/billing/topup/confirm", intent) is not None:
                person.paid.add(intent["payment_intent_id"])


@dataclass
class Summary:
    """What a run came to."""

    rounds: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    acknowledged: int = 0
    resets: int = 0
    lost: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    hands: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0  # seconds from a kill until everything answers again
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.halves or self.wrong or self.hands)

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {what}" for what, count in sorted(self.kills.items()))
        statuses = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        lines = [
            f"kills                     {sum(self.kills.values())} ({kills}) in {self.seconds:.0f} s",
            f"acknowledged writes       {self.acknowledged} ({statuses})",
            f"  of them lost            {len(self.lost)}",
            f"half transactions         {len(self.halves)} in {self.checks} checks of the whole world",
            f"restarts that need a hand {len(self.hands)}; everything answers again within {self.longest:.1f} s",
            f"resets                    {self.resets}",
            f"wrong answers             {len(self.wrong)}",
        ]
        for told in (self.lost, self.halves, self.hands, self.wrong):
            lines += [f"  ! {one}" for one in told[:10]]
        return "\n".join(lines)


class Kills:
    """The run: servers, clients, and what was seen."""

    def __init__(self, servers: list[Replica], database: Postgres | None, seed: int) -> None:
        self.servers, self.database = servers, database
        self.summary = Summary()
        self._chance = random.Random(seed)
        self._mirror = Mirror()
        self._writers = [Writer([one.port for one in servers], number) for number in range(CLIENTS)]

    def run(self, rounds: int, deadline: float = float("inf")) -> Summary:
        """Kill that often, or until a moment of the monotonic clock."""
        began, told = time.monotonic(), self.summary
        for one in self._writers:
            one.going.set()
            one.start()
        try:
            for number in range(rounds):
                if time.monotonic() > deadline:
                    break
                told.rounds += 1
                if number % FRESH == FRESH - 1:
                    self._reset_round()
                else:
                    time.sleep(self._chance.uniform(0.02, 0.5))
                    self._kill()
                    self._check()
                if sum(map(len, (told.lost, told.halves, told.hands))) > 50:
                    break
                if number % 50 == 49:
                    print(f"{number + 1} rounds, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        finally:
            for one in self._writers:
                one.ended.set()
                one.going.set()
            for one in self._writers:
                one.join()
        self._forget()
        for one in self._writers:
            told.statuses += one.statuses
            told.wrong += one.wrong
        told.seconds = time.monotonic() - began
        return told

    # -- killing ---------------------------------------------------------------------------------------------------

    def _kill(self) -> None:
        """Kill something, start it again, and wait until everything answers."""
        began = time.monotonic()
        victims = self.servers if self._chance.random() < 0.2 else [self._chance.choice(self.servers)]
        if self.database is not None and self._chance.random() < 0.25:
            how = self._chance.choice([signal.SIGKILL, signal.SIGQUIT])
            self.summary.kills[f"of the database with {how.name}"] += 1
            self.database.stop(how)
            time.sleep(self._chance.choice([0, 0, 0.5]))
            if self._chance.random() < 0.2:  # and what it served, while it is away
                self._end(victims)
                self.database.start()
                self._launch(victims)
            else:
                self.database.start()
        else:
            self._end(victims)
            self._launch(victims)
            while self._chance.random() < 1 / 4:
                time.sleep(self._chance.uniform(0, 0.8))
                self._end(victims, "while it starts")
                self._launch(victims)
        for one in self.servers:
            self._by_hand(one, one.wait)
            self._by_hand(one, one.recovered)
        self.summary.longest = max(self.summary.longest, time.monotonic() - began)

    def _end(self, victims: list[Replica], when: str = "under load") -> None:
        for one in victims:
            self.summary.kills[f"of a server {when}"] += 1
            code = one.end()
            if code != -signal.SIGKILL:
                self.summary.hands.append(f"a server ended by itself with {code}: {one.said()}")

    def _launch(self, victims: list[Replica]) -> None:
        for one in victims:
            one.launch()

    def _by_hand(self, one: Replica, act: Any) -> None:
        """Let a server start or recover; where it does not, write that down and start it by hand."""
        try:
            act()
        except HandNeededError as error:
            self.summary.hands.append(str(error))
            one.end()
            one.start()

    # -- judging ---------------------------------------------------------------------------------------------------

    def _people(self) -> dict[str, Person]:
        return {email: person for one in self._writers for email, person in one.people.copy().items()}

    def _check(self) -> None:
        """Look at the whole world through one of the servers."""
        people = self._people()
        before = {
            email: (person.named, person.keys.copy(), person.removed.copy(), person.paid.copy())
            for email, person in people.items()
        }
        shown = self._mirror.fetch(self._chance.choice(self.servers).port)
        if shown is None:
            self.summary.wrong.append("a server that has recovered does not show its world")
            return
        self._mirror.put(shown)
        self.summary.checks += 1
        self.summary.halves += self._mirror.broken()
        state = self._mirror.world.state
        known = {user["email"]: user for user in state["users"]}
        for email, (named, keys, removed, paid) in before.items():
            person, user = people[email], known.get(email)
            if user is None:
                self.summary.lost.append(f"{email} was registered and is gone")
                continue
            allowed = person.nicknames[max(named, 0) :] if named >= 0 else [None, *person.nicknames]
            if user["nickname"] not in allowed:
                self.summary.lost.append(f"{email} is called {user['nickname']}, not one of {allowed}")
            gone = [key for key in keys if key not in state["keys"] and key in person.keys]
            back = [key for key in removed if key in state["keys"]]
            unpaid = [one for one in paid if (state["payments"].get(one) or {"status": ""})["status"] != "completed"]
            for told, which in (("is gone", gone), ("is back", back), ("is not paid", unpaid)):
                self.summary.lost += [f"{one} of {email} {told}" for one in which]

    def _pause(self) -> None:
        for one in self._writers:
            one.going.clear()
        time.sleep(0.01)
        for one in self._writers:
            one.idle.clear()
            one.idle.wait(60)

    def _forget(self) -> None:
        for one in self._writers:
            self.summary.acknowledged += one.acknowledged
            one.acknowledged = 0
            one.people = {}

    def _reset_round(self) -> None:
        """Kill while the world is being reset: it has everything that it had, or nothing of it."""
        self._pause()
        self._check()
        people = self._people()
        port = self._chance.choice(self.servers).port
        answered: list[int] = []

        def reset() -> None:
            with contextlib.suppress(LostError):
                answered.append(control(port, "POST", "reset").status)

        asking = threading.Thread(target=reset)
        asking.start()
        time.sleep(self._chance.uniform(0, 0.03))
        self._kill()
        asking.join()
        shown = self._mirror.fetch(self._chance.choice(self.servers).port)
        assert shown is not None
        self._mirror.put(shown)
        self.summary.checks += 1
        left = sum(user["email"] in people for user in self._mirror.world.state["users"])
        if left not in (0, len(people)):
            self.summary.halves.append(f"after a reset that was cut off {left} of {len(people)} people are there")
        if 200 in answered and left:
            self.summary.lost.append("a reset was acknowledged and did not happen")
        if left and control(self._chance.choice(self.servers).port, "POST", "reset").status != 200:
            self.summary.wrong.append("a reset is refused")
        self.summary.resets += 1
        self._forget()
        for one in self._writers:
            one.going.set()


def kills(kind: str, rounds: int, seed: int, folder: Path, minutes: float = float("inf")) -> Summary:
    """Kill servers of a kind of state that often, or for so many minutes."""
    with replicas(kind, folder) as (servers, database):
        return Kills(servers, database, seed).run(rounds, time.monotonic() + 60 * minutes)


def main() -> None:
    """Kill as the command line says; exits with 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so many minutes")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        summary = kills(given.state, given.rounds, given.seed, Path(folder), given.minutes)
    print(f"{given.state}, seed {given.seed}, {summary.rounds} rounds\n{summary}")
    sys.exit(not summary.sound)


if __name__ == "__main__":
    main()
