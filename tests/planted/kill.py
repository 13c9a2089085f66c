"""Measures what the suite catches: each fault is served on real ports and verified as a user would, until it is found.

``python -m tests.planted.kill --every 4`` tries each fourth fault written by hand, ``--random 200`` generated ones,
``--only ID`` one. A fault is first looked for on its own operation (what a team would do that has just changed it),
then there with ``--strict``, then on everything of its tag, at last by the whole gate; ``--sample --levels
budget,operation,tag,gate`` looks for the faults of `tests.planted.sample` by a run with a ``--budget`` first. Results
are JSON lines; ``python -m tests.planted.results FILE …`` keeps them for the page docs/power.md.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson
import pytest

from specdouble.cli.progress import Follower
from specdouble.mock.boot import Platform
from specdouble.mock.transports.thread import serving
from specdouble.verify.problems import TargetError
from specdouble.verify.running.preflight import preflight
from specdouble.verify.running.selection import ops_of
from tests.pack import Options, boot
from tests.planted.catalogue import FAULTS, find
from tests.planted.fault import Fault, planted
from tests.planted.sample import sample
from tests.verify.apis import Settings


class Near:
    """A pytest plugin that makes the tests about one operation first: its faults show sooner, by the same tests."""

    def __init__(self, op: str) -> None:
        self.op = op

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Sort the tests that were chosen."""
        yield
        items.sort(key=lambda item: self.op not in ops_of(item))


BUDGET = 6000
LEVELS = ("operation", "strict", "tag", "gate")


@contextlib.contextmanager
def served(platform: Platform) -> Iterator[tuple[str, str]]:
    """Serve a platform from a thread of this process; gives both URLs."""
    with serving(platform) as urls:
        yield urls["auth_gateway"], urls["registry"]


@dataclass
class Kill:
    """What became of one fault: where it was found first, by which rules, and after how many seconds."""

    fault: Fault
    level: str
    rules: tuple[str, ...]
    seconds: float
    unproven: int

    def row(self) -> dict[str, Any]:
        """Return the outcome as JSON data."""
        fault = self.fault
        return {
            "id": fault.id, "class": fault.fault_class, "tag": fault.tag, "operation": fault.operation,
            "caught": bool(self.rules), "level": self.level, "rules": list(self.rules),
            "seconds": round(self.seconds, 2), "unproven": self.unproven,
        }  # fmt: skip


def verify(
    urls: tuple[str, str], only: tuple[str, ...], *, fast: bool = True, seed: int = 1, strict: bool = False,
    budget: int = 0, plugins: tuple[object, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """Verify a server with the suite, in this process; return the result."""
    journal = tempfile.mkdtemp(prefix="specdouble-")
    settings = preflight(
        Settings(target=urls[0], registry=urls[1], only=only, journal=journal, seed=seed, strict=strict, budget=budget)
    )
    follower = Follower(settings, quiet=True)
    root = str(Path(__file__).resolve().parent.parent.parent)
    arguments = ["--pyargs", "specdouble.verify", "-p", "no:cacheprovider", "-p", "no:terminal", "-W", "ignore"]
    arguments += ["-c", os.devnull, "--rootdir", root, "-p", "specdouble.verify.plugin", *(["-x"] if fast else [])]
    arguments += ["-p", "no:unraisableexception"]  # it collects garbage for longer than a short run takes
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        pytest.main(arguments, plugins=[follower, *plugins])
    assert follower.result is not None, "the suite did not run"
    return follower.result


def hunt(platform: Platform, fault: Fault, levels: tuple[str, ...] = LEVELS, budget: int = BUDGET) -> Kill:
    """Serve a fault and look for it, level by level."""
    started = time.perf_counter()
    name = fault.operation if fault.service == "auth_gateway" else f"registry {fault.operation}"
    only = {"operation": (name,), "strict": (name,), "tag": (fault.tag,), "gate": (), "budget": ()}
    platform.world.reset()
    found: dict[str, Any] = {}
    with planted(platform, fault), served(platform) as urls:
        for level in levels:
            try:
                more: dict[str, Any] = {"budget": budget, "plugins": (Near(name),)} if level == "budget" else {}
                found = verify(urls, only[level], strict=level == "strict", **more)
            except TargetError as error:  # exit code 3 tells of trouble, and is no finding
                sys.stdout.write(f"{fault.id}: {error}\n")
                return Kill(fault, level, (), time.perf_counter() - started, 0)
            rules = tuple(dict.fromkeys(one["rule"] for one in found["findings"] if one["severity"] == "violation"))
            if rules:
                break
    return Kill(fault, level, rules, time.perf_counter() - started, found["summary"]["operations"]["unproven"])


@click.command()
@click.option("--every", default=1, help="Try each n-th fault only.")
@click.option("--start", default=0, help="Begin with this one.")
@click.option("--random", "generated", default=0, help="Try this many generated faults instead.")
@click.option("--only", multiple=True, help="Try these faults only; a file of ids is taken too.")
@click.option("--levels", default=",".join(LEVELS), help="Where to look: operation, strict, tag, gate, budget.")
@click.option("--sample", "sampled", is_flag=True, help="Try the sample by which a budget is measured.")
@click.option("--budget", default=BUDGET, help="Requests of the level budget.")
@click.option("--out", type=click.Path(dir_okay=False), help="Append the results to this file as JSON lines.")
def main(
    *, every: int, start: int, generated: int, only: tuple[str, ...], levels: str, sampled: bool, budget: int,
    out: str | None,
) -> None:  # fmt: skip
    """Measure which planted faults the suite catches."""
    logging.disable(logging.CRITICAL)
    if only:
        names = [line for one in only for line in (Path(one).read_text().split() if Path(one).is_file() else [one])]
    elif sampled:
        names = list(sample())[start::every]
    elif generated:
        names = [f"random-{number:05d}" for number in range(start, start + generated * every, every)]
    else:
        names = list(FAULTS)[start::every]
    platform = boot(Options(deploy_seconds=1.0))
    caught = 0
    for count, name in enumerate(names, 1):
        kill = hunt(platform, find(name), tuple(levels.split(",")), budget)
        caught += bool(kill.rules)
        if out:
            with Path(out).open("ab") as file:
                file.write(orjson.dumps(kill.row()) + b"\n")
        mark = f"{kill.level}: {', '.join(kill.rules)}" if kill.rules else "SURVIVES"
        sys.stdout.write(f"{caught}/{count} {name} {kill.seconds:.1f} s  {mark}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
