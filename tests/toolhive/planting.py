"""Faults planted into a server of a pack, and what the verifier says of it.

``python -m tests.toolhive.planting toolhive`` serves each fault and verifies its operation; a fault is caught when the
run finds a violation. ``python -m tests.toolhive.planting toolhive ID PORT`` serves one.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import orjson

from specdouble.mock.boot import Platform, boot
from specdouble.mock.inferred.kept import Kept, kept
from specdouble.mock.options import Options
from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.documents import contract

Handler = Callable[[Call], Any]
Plant = Callable[[Bound], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it stands, what is wrong, and how it is planted."""

    id: str
    operation: str
    about: str
    plant: Plant


def wrapped(change: Callable[[Call, Handler], Any]) -> Plant:
    """Put something around the handler of an operation."""

    def plant(op: Bound) -> None:
        original = op.handler
        op.handler = lambda call: change(call, original)

    return plant


def response(op: Bound, given: Any) -> Response:
    """Return what a handler gave as a response."""
    return given if isinstance(given, Response) else Response(given, status=op.status, content_type=op.content_type)


def body(change: Callable[[Any], Any]) -> Plant:
    """Change the JSON of every success."""

    def around(call: Call, original: Handler) -> Any:
        given = response(call.op, original(call))
        value = orjson.loads(given.body) if isinstance(given.body, bytes) and given.body else given.body
        return replace(given, body=orjson.dumps(change(value)))

    return wrapped(around)


def inside(pointer: str, change: Callable[[dict[str, Any]], None]) -> Plant:
    """Change every object at a path of names in the JSON of a success; a list on the way means each of it."""

    def walk(value: Any, names: list[str]) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one, names)
        elif names and isinstance(value, dict):
            walk(value.get(names[0]), names[1:])
        elif isinstance(value, dict):
            change(value)

    def changed(value: Any) -> Any:
        walk(value, [one for one in pointer.split("/") if one])
        return value

    return body(changed)


def without(pointer: str, name: str) -> Plant:
    """Leave a member out."""
    return inside(pointer, lambda one: one.pop(name, None))


def with_(pointer: str, name: str, value: Any) -> Plant:
    """Give a member another value."""
    return inside(pointer, lambda one: one.__setitem__(name, value))


def status(code: int) -> Plant:
    """Answer a success with another status."""
    return wrapped(lambda call, original: replace(response(call.op, original(call)), status=code))


def media(kind: str) -> Plant:
    """Answer a success with another media type."""
    return wrapped(lambda call, original: replace(response(call.op, original(call)), content_type=kind))


def fails(_call: Call, _original: Handler) -> Any:
    """Fail."""
    raise RuntimeError("planted")


def lost(call: Call, original: Handler) -> Any:
    """Say that all went well, and keep nothing."""
    given = original(call)
    call.world.rollback()
    return given


def unchecked(op: Bound) -> None:
    """Take any request."""
    op.lenient = True


def open_to_all(op: Bound) -> None:
    """Let in whoever calls."""
    op.public = True


def deaf(*names: str) -> Plant:
    """Pass over parameters of the query."""

    def around(call: Call, original: Handler) -> Any:
        call.query = {**call.query, **dict.fromkeys(names)}
        return original(call)

    return wrapped(around)


def always(**query: Any) -> Plant:
    """Read parameters of the query as if they had these values, whatever was sent."""

    def around(call: Call, original: Handler) -> Any:
        call.query = {**call.query, **query}
        return original(call)

    return wrapped(around)


def says(**members: Any) -> Plant:
    """Read members of the body as if they had these values, whatever was sent."""

    def around(call: Call, original: Handler) -> Any:
        call.body = {**call.body, **members} if isinstance(call.body, dict) else call.body
        return original(call)

    return wrapped(around)


def instead(given: Any, status: int) -> Plant:
    """Do nothing, and say this."""
    return wrapped(lambda _call, _original: Response(given, status=status))


def refused(status: int, text: str) -> Plant:
    """Refuse every request."""

    def around(_call: Call, _original: Handler) -> Any:
        raise Problem(status, text)

    return wrapped(around)


def never(call: Call, original: Handler) -> Any:
    """Forget what was to happen later."""
    before = {one["id"] for one in call.state["timers"]}
    given = original(call)
    for one in [one for one in call.state["timers"] if one["id"] not in before]:
        call.state["timers"].remove(one["id"])
    return given


def after(resource: str, change: Callable[[Call, Kept], None]) -> Plant:
    """Change the items of a resource once all is done."""

    def around(call: Call, original: Handler) -> Any:
        given = original(call)
        change(call, kept(call, resource))
        return given

    return wrapped(around)


def before(resource: str, change: Callable[[Call, Kept], None]) -> Plant:
    """Change the items of a resource before anything is done."""

    def around(call: Call, original: Handler) -> Any:
        change(call, kept(call, resource))
        return original(call)

    return wrapped(around)


def forgets(*names: str) -> Plant:
    """Pass over members of the body."""

    def around(call: Call, original: Handler) -> Any:
        if isinstance(call.body, dict):
            call.body = {name: value for name, value in call.body.items() if name not in names}
        return original(call)

    return wrapped(around)


def faults(pack: str) -> dict[str, Fault]:
    """Return the faults of a pack by id."""
    return {one.id: one for one in import_module(f"tests.{pack}.faults").FAULTS}


def planted(pack: str, fault: str, port: int) -> Platform:
    """Boot a server with a fault, "" for a healthy one."""
    platform = boot(contract(pack), Options(ports={pack: port}))
    if fault:
        one = faults(pack)[fault]
        one.plant(platform.services[pack].operations[one.operation])
    return platform


def verdict(pack: str, fault: str, operation: str, port: int) -> int:
    """Serve a fault, verify its operation, and return the exit code: 1 for violations."""
    command = [sys.executable, "-m", "tests.toolhive.planting", pack, fault, str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/__mock__/")
                break
            except OSError:
                time.sleep(0.25)
        command = [
            sys.executable,
            "-m",
            "specdouble",
            "verify",
            "--pack",
            pack,
            url,
            "--only",
            operation,
            "--seed",
            "1",
            "--workers",
            "1",
        ]
        more = ["--credential", "bearerAuth=alquimia-dev-token"] if pack == "alquimia" else []
        return subprocess.run([*command, *more], capture_output=True, check=False).returncode
    finally:
        server.terminate()
        server.wait()


def main(pack: str, first: int = 26100) -> None:
    """Print for every fault whether it is caught, and the share."""
    found = list(faults(pack).values())
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(verdict, pack, one.id, one.operation, first + number) for number, one in enumerate(found)]
        caught = 0
        for one, job in zip(found, jobs, strict=True):
            code = job.result()
            caught += code == 1
            sys.stdout.write(
                f"{'caught' if code == 1 else f'missed {code}':10} {one.id}  {one.operation}: {one.about}\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{caught} of {len(found)} caught\n")


if __name__ == "__main__":
    if len(sys.argv) > 3:
        from specdouble.mock.transports.server import open_sockets, run

        ours = planted(sys.argv[1], sys.argv[2], int(sys.argv[3]))
        run(ours, open_sockets(ours.world.options))
    else:
        main(sys.argv[1], *map(int, sys.argv[2:3]))
