"""Sixty-four clients race on all servers of a state: what may happen once happens once, and no figure is wrong.

    python -m tests.soak.races --rounds 100 --state postgresql

Of the clients each has a connection to every server and takes them in turn. After each round the servers show the same
world, in which every invariant holds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.link import Answer, Link, control
from tests.soak.mirror import Mirror
from tests.soak.servers import Replica, replicas

CLIENTS = 64
PASSWORD = "s3cure!racer"
SERVICE = {"X-Service-Token": "dev-service-token"}
DEVELOPER = {"email": "dev@example.com", "password": "s3cure!dev", "tenant_id": "default"}
PROJECTS = str(Path(__file__).with_name("projects.yaml"))
FRESH = 10  # rounds after which the world is reset, so that it stays small
CALL = 500  # tokens that the call costs that drains a wallet

Job = Callable[[Link], Answer]


@dataclass
class Summary:
    """What a run came to: races by name, and what was wrong in them."""

    rounds: int = 0
    requests: int = 0
    races: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    def __str__(self) -> str:
        lines = [f"{self.rounds} rounds, {self.requests} requests in {self.seconds:.0f} s; {len(self.wrong)} wrong"]
        lines += [f"{count:5} x {name}" for name, count in self.races.items()]
        return "\n".join([*lines, *(f"  ! {one}" for one in self.wrong[:20])])


class Races:
    """Clients that start at the same moment, and what they found."""

    def __init__(self, servers: list[Replica], clients: int = CLIENTS) -> None:
        self.ports = [one.port for one in servers]
        self.clients = clients
        self.summary = Summary()
        self.links = [Link(self.ports, seed=number) for number in range(clients)]
        self.link = self.links[0]
        self._pool = ThreadPoolExecutor(clients)
        self._gate = threading.Barrier(clients)

    def run(self, rounds: int, deadline: float = float("inf")) -> Summary:
        """Race that often, or until a moment of the monotonic clock."""
        began = time.monotonic()
        with self._pool:
            for number in range(rounds):
                if time.monotonic() > deadline:
                    break
                if number % FRESH == 0:
                    self.begin()
                self.round(number)
                self.summary.rounds += 1
        for link in self.links:
            link.close()
        self.summary.seconds = time.monotonic() - began
        return self.summary

    def begin(self) -> None:
        """Reset the world, and make what all rounds need."""
        self.reset()

    def round(self, number: int) -> None:
        """Run every race once."""
        raise NotImplementedError

    def reset(self) -> None:
        """Return to how the world began."""
        answer = control(self.ports[0], "POST", "reset")
        assert answer.status == 200, answer.told

    # -- racing ----------------------------------------------------------------------------------------------------

    def at_once(self, jobs: list[Job]) -> list[Answer]:
        """Let every client do one of the jobs, all at the same moment."""
        assert len(jobs) == self.clients

        def one(link: Link, job: Job) -> Answer:
            self._gate.wait(60)
            return job(link)

        self.summary.requests += len(jobs)
        return list(self._pool.map(one, self.links, jobs))

    def all_at_once(self, job: Job) -> list[Answer]:
        """Let every client do the same."""
        return self.at_once([job] * self.clients)

    def expect(self, race: str, answers: list[Answer], statuses: dict[int, int]) -> None:
        """Count how often each status was answered; zeros count for nothing."""
        self.summary.races[race] += 1
        found = Counter(one.status for one in answers)
        wanted = Counter({status: count for status, count in statuses.items() if count})
        if found != wanted:
            odd = next(one for one in answers if one.status not in wanted or found[one.status] != wanted[one.status])
            self.wrong(race, f"{dict(found)} instead of {dict(wanted)}, such as {odd.told}")

    def equal(self, race: str, what: str, found: Any, wanted: Any) -> None:
        """Compare a figure."""
        if found != wanted:
            self.wrong(race, f"{what} is {found} instead of {wanted}")

    def wrong(self, race: str, told: str) -> None:
        """Write down what is wrong."""
        self.summary.wrong.append(f"round {self.summary.rounds}, {race}: {told}")

    def everywhere(self, method: str, path: str, headers: dict[str, str] | None = None) -> list[Any]:
        """Return what each server answers now."""
        answers = [self.link.ask(method, path, None, headers, port=port) for port in self.ports]
        assert all(one.status == 200 for one in answers), [one.told for one in answers]
        return [one.json for one in answers]

    def ask(self, status: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Ask one server for what must succeed."""
        answer = self.link.ask(method, path, body, headers)
        assert answer.status == status, f"{method} {path}: {answer.told}"
        return answer.json


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class PackRaces(Races):
    """Races for what the pack promises: tokens, addresses, installs, money, keys, names."""

    people: list[dict[str, str]]
    developer: dict[str, str]

    def __init__(self, servers: list[Replica], clients: int = CLIENTS) -> None:
        super().__init__(servers, clients)
        self._mirror = Mirror()

    def begin(self) -> None:
        super().begin()
        self.people = [self.person(f"racer{number}") for number in range(self.clients)]
        self.developer = bearer(self.ask(200, "POST", "/v1/auth/login", DEVELOPER)["access_token"])

    def person(self, name: str) -> dict[str, str]:
        """Register somebody; returns their credential."""
        body = {"email": f"{name}@example.com", "password": PASSWORD}
        return bearer(self.ask(201, "POST", "/v1/auth/register", body, SERVICE)["access_token"])

    def round(self, number: int) -> None:
        self.refresh(number)
        self.sign_up(number)
        self.install()
        self.spend(number)
        self.top_up(number)
        self.keys()
        self.names(number)
        self.slugs(number)
        self.same_world()

    def refresh(self, number: int) -> None:
        race = "refreshes with one token: one wins"
        body = {"email": f"refresh{number}@example.com", "password": PASSWORD}
        token = self.ask(201, "POST", "/v1/auth/register", body, SERVICE)["refresh_token"]
        answers = self.all_at_once(lambda link: link.ask("POST", "/v1/auth/refresh", {"refresh_token": token}))
        self.expect(race, answers, {200: 1, 401: self.clients - 1})
        for won in [one.json["refresh_token"] for one in answers if one.status == 200]:
            again = self.link.ask("POST", "/v1/auth/refresh", {"refresh_token": won})
            self.equal(race, "a refresh with what was won", again.status, 200)

    def sign_up(self, number: int) -> None:
        body = {"email": f"one{number}@example.com", "password": PASSWORD}
        answers = self.all_at_once(lambda link: link.ask("POST", "/v1/auth/signup", body))
        made = {one.status for one in answers if one.status < 400} or {200}
        self.expect("sign-ups with one address: one is made", answers, {made.pop(): 1, 409: self.clients - 1})

    def install(self) -> None:
        race = "installs of one app by everybody: each counts once"
        path, app = "/v1/marketplace/apps/notes/install", "/v1/marketplace/apps/notes"
        before = self.ask(200, "GET", app)["install_count"]
        held = [self.person_has(who, "notes") for who in self.people]
        jobs: list[Job] = [lambda link, who=who: link.ask("POST", path, {}, who) for who in self.people]  # type: ignore[misc]
        self.expect(race, self.at_once(jobs), {200: self.clients - sum(held), 409: sum(held)})
        counts = [one["install_count"] for one in self.everywhere("GET", app)]
        self.equal(race, "the count", counts, [before + self.clients - sum(held)] * len(self.ports))
        jobs = [lambda link, who=who: link.ask("DELETE", path, None, who) for who in self.people]  # type: ignore[misc]
        self.expect(race, self.at_once(jobs), {200: self.clients})
        counts = [one["install_count"] for one in self.everywhere("GET", app)]
        self.equal(race, "the count afterwards", counts, [before - sum(held)] * len(self.ports))
        race = "installs of one app by one person: one counts"
        who = self.people[0]
        self.all_at_once(lambda link: link.ask("POST", path, {}, who))
        counts = [one["install_count"] for one in self.everywhere("GET", app)]
        self.equal(race, "the count", counts, [before - sum(held) + 1] * len(self.ports))
        self.summary.races[race] += 1
        self.ask(200, "DELETE", path, None, who)

    def person_has(self, who: dict[str, str], app: str) -> bool:
        return any(one["app_id"] == app for one in self.ask(200, "GET", "/v1/me/extensions", None, who))

    def spend(self, number: int) -> None:
        race = "calls that a wallet pays for: as many as it holds"
        made = self.ask(
            201, "POST", "/v1/auth/register", {"email": f"spender{number}@example.com", "password": PASSWORD}, SERVICE
        )
        who = bearer(made["access_token"])
        self.ask(200, "POST", "/v1/marketplace/apps/tasks-board/install", {}, who)
        user_id = self.ask(200, "GET", "/v1/auth/me", None, who)["imperal_id"]
        intent = self.ask(200, "POST", "/v1/billing/topup", {"tokens": 5000, "price_cents": 500}, who)
        self.ask(200, "POST", "/v1/billing/topup/confirm", {"payment_intent_id": intent["payment_intent_id"]}, SERVICE)
        held = self.ask(200, "GET", "/v1/billing/balance", None, who)["balance"]
        call = {"user_id": user_id, "function": "export_board", "params": {"name": "Sprint", "title": "Sprint"}}
        answers = self.all_at_once(lambda link: link.ask("POST", "/v1/extensions/tasks-board/call", call, who))
        paid = min(held // CALL, self.clients)
        self.expect(race, answers, {200: paid, 402: self.clients - paid})
        left = [one["balance"] for one in self.everywhere("GET", "/v1/billing/balance", who)]
        self.equal(race, "the balance", left, [held - CALL * paid] * len(self.ports))

    def top_up(self, number: int) -> None:
        race = "confirmations of one top-up: one is credited"
        who = self.people[number % self.clients]
        before = self.ask(200, "GET", "/v1/billing/balance", None, who)["balance"]
        intent = self.ask(200, "POST", "/v1/billing/topup", {"tokens": 5000, "price_cents": 500}, who)
        body = {"payment_intent_id": intent["payment_intent_id"]}
        answers = self.all_at_once(lambda link: link.ask("POST", "/v1/billing/topup/confirm", body, SERVICE))
        self.expect(race, answers, {200: self.clients})
        first = [one.json["already_completed"] for one in answers if one.status == 200].count(False)
        self.equal(race, "how many were the first", first, 1)
        after = [one["balance"] for one in self.everywhere("GET", "/v1/billing/balance", who)]
        self.equal(race, "the balance", after, [before + 5000] * len(self.ports))

    def keys(self) -> None:
        race = "revocations of one key: one finds it, and it opens nothing more anywhere"
        who = self.people[1]
        key = self.ask(201, "POST", "/v1/keys", {"name": "raced"}, who)
        answers = self.all_at_once(lambda link: link.ask("DELETE", f"/v1/keys/{key['id']}", None, who))
        self.expect(race, answers, {200: 1, 404: self.clients - 1})
        for port in self.ports:
            opened = self.link.ask("GET", "/v1/auth/me", None, {"X-Api-Key": key["key"]}, port=port)
            self.equal(race, "an answer to the revoked key", opened.status, 401)

    def names(self, number: int) -> None:
        body = {"nickname": f"raced{number}"}
        jobs: list[Job] = [
            lambda link, who=who: link.ask("PUT", "/v1/me/nickname", body, who)  # type: ignore[misc]
            for who in self.people
        ]
        self.expect("one nickname for everybody: one has it", self.at_once(jobs), {200: 1, 409: self.clients - 1})

    def slugs(self, number: int) -> None:
        body = {"app_id": f"raced-{number}", "name": "Raced", "display_name": "Raced"}
        answers = self.all_at_once(lambda link: link.ask("POST", "/v1/developer/apps", body, self.developer))
        made = {one.status for one in answers if one.status < 400} or {201}
        self.expect("apps with one id: one is made", answers, {made.pop(): 1, 409: self.clients - 1})

    def same_world(self) -> None:
        """Every server shows the same world, and it is sound."""
        shown = [self._mirror.fetch(port) for port in self.ports]
        for name, docs in shown[0]["collections"].items() if shown[0] else ():
            for other in shown[1:]:
                if other is None or other["collections"][name] != docs:
                    self.wrong("the servers show one world", f"{name} differs")
        if shown[0] is not None:
            self._mirror.put(shown[0])
            for told in self._mirror.broken():
                self.wrong("the world is sound", told)
        self.summary.races["the servers show one world, and it is sound"] += 1


class ProjectRaces(Races):
    """Races on a plain document: keys that clients choose, preconditions, and numbers that the server gives."""

    def round(self, number: int) -> None:
        race = "projects with one slug: one is made"
        body = {"slug": f"p{number}", "title": "Raced"}
        answers = self.all_at_once(lambda link: link.ask("POST", "/projects", body))
        self.expect(race, answers, {201: 1, 409: self.clients - 1})
        race = "changes of one version (If-Match): one is made"
        path = f"/projects/p{number}"
        tags = [self.link.ask("GET", path, port=port).headers["etag"] for port in self.ports]
        self.equal(race, "how many tags a version has", len(set(tags)), 1)
        match = {"If-Match": tags[0]}
        jobs: list[Job] = [
            lambda link, turn=turn: link.ask("PUT", path, {**body, "title": f"T{turn}"}, match)  # type: ignore[misc]
            for turn in range(self.clients)
        ]
        answers = self.at_once(jobs)
        self.expect(race, answers, {200: 1, 412: self.clients - 1})
        won = [one.json["title"] for one in answers if one.status == 200]
        self.equal(race, "the title", [one["title"] for one in self.everywhere("GET", path)], won * len(self.ports))
        race = "deletions of one project: one finds it"
        self.expect(race, self.all_at_once(lambda link: link.ask("DELETE", path)), {204: 1, 404: self.clients - 1})
        race = "notes that get a number: all differ, none is missing"
        before = {one["id"] for one in self.everywhere("GET", "/notes")[0]}
        answers = self.all_at_once(lambda link: link.ask("POST", "/notes", {"text": "raced"}))
        self.expect(race, answers, {201: self.clients})
        made = [one.json["id"] for one in answers if one.status == 201]
        self.equal(race, "how many numbers there are", len(set(made)), self.clients)
        lists = [[note["id"] for note in notes] for notes in self.everywhere("GET", "/notes")]
        self.equal(race, "what the lists hold", [sorted(one) for one in lists], [sorted({*before, *made})] * len(lists))
        self.equal(race, "how many orders the lists have", len({tuple(one) for one in lists}), 1)


TARGETS: dict[str, tuple[str, type[Races]]] = {
    "imperal": ("imperal", PackRaces),
    "projects": (PROJECTS, ProjectRaces),
}


def races(
    kind: str, target: str, rounds: int, folder: Path, clients: int = CLIENTS, minutes: float = float("inf")
) -> Summary:
    """Race on a kind of state and one of the targets that often, or for so many minutes."""
    served, made = TARGETS[target]
    with replicas(kind, folder, served) as (servers, _):
        return made(servers, clients).run(rounds, time.monotonic() + 60 * minutes)


def main() -> None:
    """Race as the command line says; exits with 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", choices=["memory", "sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append", help="both where none is named")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so many minutes")
    given = parser.parse_args()
    sound = True
    for target in given.target or sorted(TARGETS):
        with tempfile.TemporaryDirectory() as folder:
            told = races(given.state, target, given.rounds, Path(folder), given.clients, given.minutes)
        print(f"{target} on {given.state}, {given.clients} clients: {told}", flush=True)
        sound = sound and told.sound
    sys.exit(not sound)


if __name__ == "__main__":
    main()
