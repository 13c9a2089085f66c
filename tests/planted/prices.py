"""Measures what each test of the suite costs, in requests: with all its probes, and when it samples them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from specdouble.verify.api.api import Api
from specdouble.verify.running import run as running
from specdouble.verify.running.plan import Plan, in_order
from specdouble.verify.running.run import KEY
from specdouble.verify.running.selection import test_name
from tests.pack import Options, boot
from tests.planted.kill import served, verify
from tests.verify.apis import API


class Prices:
    """A pytest plugin that keeps what each test spent."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record of a test."""
        for name, data in report.user_properties:
            if name == KEY and isinstance(data, dict) and report.when == "teardown":
                self.spent[test_name(report.nodeid)] = data["spent"]


def measure(*, samples: bool) -> tuple[dict[str, int], dict[str, Any]]:
    """Run the whole gate against a healthy server; return what each test spent, and the result."""
    logging.disable(logging.CRITICAL)

    def everything(_api: Api, items: Sequence[pytest.Item], _budget: int) -> Plan:
        made = in_order(API, items) if samples else list(items)
        return Plan(made, samples={item.nodeid for item in made} if samples else set())

    chosen, running.plan = running.plan, everything
    prices = Prices()
    try:
        with served(boot(Options(deploy_seconds=1.0))) as urls:
            result = verify(urls, (), fast=False, budget=10_000_000, plugins=(prices,))
    finally:
        running.plan = chosen
    return prices.spent, result
