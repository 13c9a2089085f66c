"""Measures which tests find a fault: every test about the operation of a fault is made, to its end.

``python -m tests.planted.matrix --every 3`` adds each third fault that is not known yet to `matrix.json`, by which
`tests.planted.telling` orders the tests of a run with a budget. Faults of the sample are never among them.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click
import orjson
import pytest

from specdouble.mock.boot import Platform
from specdouble.verify.problems import TargetError
from specdouble.verify.responses.record import VIOLATION
from specdouble.verify.running.run import KEY
from specdouble.verify.running.selection import test_name
from tests.pack import Options, boot
from tests.planted.catalogue import FAULTS, find
from tests.planted.fault import Fault, planted
from tests.planted.kill import served, verify
from tests.planted.sample import sample

KEPT = Path(__file__).with_name("matrix.json")


class Finders:
    """A pytest plugin that keeps which tests found a violation."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record of a test."""
        for name, data in report.user_properties:
            if name == KEY and isinstance(data, dict) and any(one["severity"] == VIOLATION for one in data["findings"]):
                self.names.add(test_name(report.nodeid))


def finders(platform: Platform, fault: Fault) -> list[str]:
    """Serve a fault and return the tests about its operation that find it."""
    found = Finders()
    name = fault.operation if fault.service == "auth_gateway" else f"registry {fault.operation}"
    platform.world.reset()
    with planted(platform, fault), served(platform) as urls:
        verify(urls, (name,), fast=False, plugins=(found,))
    return sorted(found.names)


@click.command()
@click.option("--every", default=1, help="Try each n-th fault only.")
def main(every: int) -> None:
    """Add faults to the file."""
    logging.disable(logging.CRITICAL)
    kept: dict[str, list[str]] = orjson.loads(KEPT.read_bytes()) if KEPT.exists() else {}
    platform = boot(Options(deploy_seconds=1.0))
    for name in [one for one in sorted(FAULTS) if one not in kept and one not in sample()][::every]:
        try:
            tests = finders(platform, find(name))
        except TargetError as error:
            sys.stdout.write(f"{name}: {error}\n")
            continue
        kept |= {name: tests} if tests else {}
        KEPT.write_bytes(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n")
        sys.stdout.write(f"{len(kept)} {name}: {len(tests)} tests find it\n")


if __name__ == "__main__":
    main()
