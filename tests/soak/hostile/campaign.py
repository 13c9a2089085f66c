"""One server under hostile requests: rounds of them, the world put back after each, what was found and what it cost."""

from __future__ import annotations

import base64
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from tests.soak.hostile.control import APART, control_seeds
from tests.soak.hostile.framing import Framing, huge, slow, status_of_two
from tests.soak.hostile.mutate import Mutator
from tests.soak.hostile.seeds import Seed, seeds_of
from tests.soak.hostile.servers import Running
from tests.soak.hostile.shot import Shot
from tests.soak.hostile.wire import Answer, Wire
from tests.soak.memory import Look, late, slope

_SAMPLES = 3  # requests of each kind of finding that are kept
_LEARN_EVERY = 20
_HUGE, _SLOW = 0.0001, 0.0003  # shares
_WARM = 80  # huge requests before memory is first looked at
_RAW, _CONTROL = 0.12, 0.12


@dataclass
class Outcome:
    """What came of one server; growth is in MiB per 1,000 requests of the second half, see `memory`."""

    name: str
    sent: int = 0
    seconds: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    tracebacks: dict[str, int] = field(default_factory=dict)
    planted: int = 0
    declared: int = 0
    seen: list[Look] = field(default_factory=list)  # at the end of each round, with all that it made
    rests: list[Look] = field(default_factory=list)  # right after the world was put back
    operations: int = 0
    unreached: list[str] = field(default_factory=list)
    longest: float = 0.0
    slow: Counter[str] = field(default_factory=Counter)  # what took more than a second
    HEAD: ClassVar[str] = (
        "server         requests  seconds   per s     5xx  planted  declared  no answer  longest s"
        "  MiB first  MiB last   growth  at rest"
    )

    @property
    def reached(self) -> int:
        """How many operations were answered with 2xx."""
        return self.operations - len(self.unreached)

    @property
    def bad(self) -> bool:
        """Whether anything was found."""
        return bool(self.findings or self.tracebacks)

    def row(self) -> str:
        """Return its line of the table."""
        five = sum(count for status, count in self.statuses.items() if status.startswith("5"))
        five -= self.planted + self.declared
        none = sum(count for what, count in self.findings.items() if what.startswith("no answer"))
        first, last = (self.rests[0].memory, self.rests[-1].memory) if self.rests else (0.0, 0.0)
        rate = self.sent / max(0.001, self.seconds)
        return (
            f"{self.name:14} {self.sent:8} {self.seconds:8.1f} {rate:7.0f} {five:7} {self.planted:8} {self.declared:9} "
            f"{none:10} {self.longest:10.2f} {first:10.1f} {last:9.1f} {_short(self.seen)} {_short(self.rests)}"
        )

    @property
    def growth(self) -> str:
        """How it grew in the second half, in MiB per 1,000 requests."""
        seen, rest = slope(late(self.seen)), slope(late(self.rests))
        few = "too few rounds to tell"
        return f"at the end of rounds {seen or few}, at rest {rest or few}"


class Campaign:
    """Starts a server and sends it hostile requests."""

    def __init__(
        self, target: str, folder: Path, *, seed: int, state: str = "memory", port: int = 0, round_of: int = 2_500,
        slow: bool = True,
    ) -> None:  # fmt: skip
        self.folder = folder
        name = Path(target).stem
        self._words = ["--seed", str(seed)]
        if state != "memory":
            self._words += ["--state", f"sqlite:{folder / f'{name}.db'}"]
        self._slow = _SLOW if slow else 0.0
        self.target, self._port, self._round = target, port, round_of
        self.rng = random.Random(f"{seed} {name}")
        self.outcome = Outcome(name)
        self._kept: Counter[str] = Counter()
        self._good: set[str] = set()
        self._mutators: dict[str, Mutator] = {}
        self._service = ""
        self._declared: dict[str, set[int]] = {}
        self._file = folder / f"{name}.findings.jsonl"

    def run(self, count: int) -> Outcome:
        """Send so many requests."""
        outcome = self.outcome
        with Running(self.target, self.folder, self._words, self._port) as running:
            seeds = seeds_of(running)
            world = running.http.get("/__mock__/world").content
            (self.folder / f"{outcome.name}.world.json").write_bytes(world)
            outcome.operations = len({(one.service, one.key) for one in seeds})
            by_path: dict[tuple[str, str], set[int]] = {}
            for one in seeds:
                by_path.setdefault((one.service, one.path), set()).update(one.failures)
            self._declared = {f"{one.service} {one.key}": by_path[one.service, one.path] for one in seeds}
            wires = self._prepare(running, seeds)
            left = count
            for name, (
                wire,
                framing,
            ) in wires.items():  # what the largest bodies need stays with the process from here on
                self._service = name
                wire.send(huge(framing, self.rng) for _ in range(min(_WARM, count // 200)))
            shares = {name: len([one for one in seeds if one.service == name]) for name in wires}
            self._restore(running, world)
            while left > 0 and running.alive:
                size = min(left, self._round)
                started = time.monotonic()
                for name, (wire, framing) in wires.items():
                    self._service = name
                    mine = max(1, size * shares[name] // sum(shares.values()))
                    wire.send(self._shots(name, framing, mine))
                outcome.seconds += time.monotonic() - started
                left -= size
                outcome.seen.append(Look(outcome.sent, running.memory(), running.kept()))
                self._restore(running, world)
                outcome.rests.append(Look(outcome.sent, running.memory(), running.kept()))
            for wire, _ in wires.values():
                wire.finish()
            if not running.alive:
                outcome.findings["the server died"] += 1
            outcome.unreached = sorted({f"{one.service} {one.key}" for one in seeds} - self._good)
        outcome.tracebacks = running.failures()
        return outcome

    def _prepare(self, running: Running, seeds: list[Seed]) -> dict[str, tuple[Wire, Framing]]:
        wires = {}
        for name, url in running.urls.items():
            parts = urlsplit(url)
            assert parts.hostname is not None
            assert parts.port is not None
            mine = [one for one in seeds if one.service == name]
            self._mutators[name] = Mutator(mine, parts.netloc, self.rng, APART)
            targets = [(f"{one.method} {_path(one)}", one.key, _lines(one)) for one in mine]
            targets.append(("POST /__mock__/clock", "", f"X-Specdouble-World: {APART}\r\n"))
            wires[name] = (Wire((parts.hostname, parts.port), self._judge), Framing(targets, parts.netloc, self.rng))
        first = next(iter(running.urls))
        self._mutators["control"] = Mutator(
            control_seeds(running, seeds), urlsplit(running.urls[first]).netloc, self.rng
        )
        return wires

    def _restore(self, running: Running, world: bytes) -> None:
        """Put the world back, without faults and without other worlds."""
        http = running.http
        listed = http.get("/__mock__/worlds").json()
        for one in listed["worlds"] if isinstance(listed, dict) else listed:
            if one["name"] != "main":
                http.delete(f"/__mock__/worlds/{one['name']}")
        http.delete("/__mock__/faults")
        http.post("/__mock__/reset")
        told = http.put("/__mock__/world", content=world)
        if not told.is_success:
            raise RuntimeError(f"the world could not be put back: {told.status_code} {told.text[:300]}")
        http.post("/__mock__/worlds", json={"name": APART, "fork": "main", "keep_sign_ins": True})

    def _shots(self, service: str, framing: Framing, count: int) -> Iterator[Shot]:
        rng, control, mutator = self.rng, self._mutators["control"], self._mutators[service]
        for one in range(count):
            draw = rng.random()
            if one % 1000 == 999:  # what the control plane did to it is over
                yield _control("DELETE", f"/__mock__/worlds/{APART}", b"", framing.host)
                yield _control(
                    "POST",
                    "/__mock__/worlds",
                    b'{"name": "apart", "fork": "main", "keep_sign_ins": true}',
                    framing.host,
                )
            if draw < _HUGE:
                yield huge(framing, rng)
            elif draw < _HUGE + self._slow:
                yield slow(framing, rng)
            elif draw < _RAW:
                yield framing.make()
            elif draw < _RAW + _CONTROL:
                shot = control.make()
                shot.apart = True
                yield shot
            else:
                yield mutator.make()

    def _judge(self, shot: Shot, answer: Answer | None, why: str, seconds: float) -> None:
        outcome = self.outcome
        if why != "more":
            outcome.sent += 1
            outcome.kinds[shot.kind] += 1
            if not (shot.silent or shot.pause) and seconds > outcome.longest:
                outcome.longest = seconds
            if not (shot.silent or shot.pause) and seconds > 1:
                outcome.slow[f"{shot.kind}: {_label(shot)}, {len(shot.data) / 1024:.0f} KiB"] += 1
        if answer is None:
            outcome.statuses[why] += 1
            bad = why in ("hang", "refused") or (shot.framed and not shot.apart)
            if bad:
                self._found(f"no answer ({why}) to {shot.kind}: {_label(shot)}", shot)
            return
        status = answer.status
        if status == 1:
            status = status_of_two(answer.body)
            outcome.statuses["HTTP/2"] += 1
        else:
            outcome.statuses[str(status)] += 1
        if status < 500:
            if 200 <= status < 300 and shot.op:
                self._good.add(f"{self._service} {shot.op}")
                if outcome.sent % _LEARN_EVERY == 0:
                    self._mutators[self._service].learn(answer.body)
        elif b"\r\nx-mock-fault:" in answer.head.lower():
            outcome.planted += 1
        elif status > 500 and status in self._declares(shot):
            outcome.declared += 1
        else:
            said = answer.body[:140].decode("utf-8", "replace")
            self._found(f"{status} to {shot.kind}: {_label(shot)}: {said}", shot)
        if b"Traceback (most recent" in answer.body and b"/__mock__/" not in shot.data[:40]:
            self._found(f"a traceback in the answer to {shot.kind}: {_label(shot)}", shot)

    def _declares(self, shot: Shot) -> set[int]:
        """Return the failures that the document declares for what was asked: where the bytes of a request may be those
        of several, for any operation of the service."""
        if shot.framed:
            return self._declared.get(f"{self._service} {shot.op}", set())
        return {
            status for key, ones in self._declared.items() if key.startswith(f"{self._service} ") for status in ones
        }

    def _found(self, what: str, shot: Shot) -> None:
        self.outcome.findings[what] += 1
        if self._kept[what] < _SAMPLES:
            self._kept[what] += 1
            told = {
                "target": self.target, "service": self._service, "what": what, "kind": shot.kind,
                "framed": shot.framed, "cut": shot.cut,
                "silent": shot.silent, "pause": shot.pause, "head": shot.head,
                "data": base64.b64encode(shot.data).decode(),
            }  # fmt: skip
            with self._file.open("a") as file:
                file.write(json.dumps(told) + "\n")


def _short(looks: list[Look]) -> str:
    found = slope(late(looks))
    return "       -" if found is None else f"{found.mean:8.4f}"


def _label(shot: Shot) -> str:
    return shot.op or shot.data[:40].decode("latin-1")


def _path(seed: Seed) -> str:
    path = seed.path
    for name, value in seed.params.items():
        path = path.replace(f"{{{name}}}", value)
    query = "&".join(f"{name}={value}" for name, value in seed.query)
    return path + (f"?{query}" if query else "")


def _lines(seed: Seed) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in seed.headers.items())


def _control(method: str, path: str, body: bytes, host: str) -> Shot:
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    return Shot(head.encode() + body, "restore", f"{method} {path}", apart=True)


def replay(file: Path) -> int:
    """Send what a file of findings holds again, each to a new server in the world of then; returns the exit code."""
    found = [json.loads(line) for line in file.read_text().splitlines()]
    bad = 0
    for target in dict.fromkeys(one["target"] for one in found):
        with Running(target, file.parent, ["--seed", "1"]) as running:
            world = file.parent / f"{running.name}.world.json"
            for one in (one for one in found if one["target"] == target):
                if world.exists():
                    running.http.put("/__mock__/world", content=world.read_bytes())
                running.http.post("/__mock__/worlds", json={"name": APART, "fork": "main", "keep_sign_ins": True})
                answers: list[tuple[int, str]] = []
                shot = Shot(
                    base64.b64decode(one["data"]), one["kind"], framed=one["framed"], cut=one["cut"],
                    silent=one["silent"],
                    pause=one["pause"], head=one["head"],
                )  # fmt: skip
                wire = Wire(
                    ("127.0.0.1", running.ports[one["service"]]),
                    lambda _s, answer, why, _t: answers.append((answer.status if answer else 0, why)),  # noqa: B023
                )
                wire.send([shot])
                wire.finish()
                again = any(status >= 500 or why in ("hang", "refused") for status, why in answers)
                bad += again
                print(f"{'AGAIN' if again else 'not again'}: {answers} {one['what']}")
    return 1 if bad else 0
