"""The suite finds what is planted: the kept measure is whole and high, and one fault of each class is found again."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble.mock.boot import Platform
from tests.pack import Options, boot
from tests.planted.catalogue import FAULTS, find
from tests.planted.fault import CLASSES
from tests.planted.kill import hunt
from tests.planted.results import OUT_OF_REACH, kept

OUTCOMES = kept()
CAUGHT = {name: one for name, one in OUTCOMES.items() if one["caught"] and name in FAULTS}
# The first of each class that was caught by the checks of its own operation.
SAMPLE = {
    kind: next(name for name, one in CAUGHT.items() if one["class"] == kind and one["level"] == "operation")
    for kind in CLASSES
}


@pytest.fixture(scope="module")
def serving() -> Iterator[Platform]:
    """One platform for all hunts, quiet about the faults that fail on purpose."""
    logging.disable(logging.CRITICAL)
    yield boot(Options())
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("tool", sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")))
def test_the_tools_can_be_imported(tool: str) -> None:
    importlib.import_module(f"tests.planted.{tool}")


def test_the_measure_is_whole() -> None:
    known = {name: one for name, one in OUTCOMES.items() if name in FAULTS}
    assert len(known) >= 150
    assert {one["class"] for one in known.values()} == set(CLASSES)
    assert {one["tag"] for one in known.values()} == {one.tag for one in FAULTS.values()}


def test_at_least_98_of_100_are_caught() -> None:
    caught = sum(one["caught"] for one in OUTCOMES.values())
    assert caught >= 0.98 * len(OUTCOMES)
    assert OUT_OF_REACH.keys() <= {name for name, one in OUTCOMES.items() if not one["caught"]}


@pytest.mark.parametrize("kind", CLASSES)
def test_a_fault_of_each_class_is_found(kind: str, serving: Platform) -> None:
    kill: Any = hunt(serving, find(SAMPLE[kind]), ("operation",))
    assert kill.rules, f"{SAMPLE[kind]} is not found any more"
