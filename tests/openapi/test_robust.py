"""Broken documents: whatever stands where something else should, nothing crashes, hangs or is changed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specdouble.cli.spec import spec
from specdouble.openapi import Document, SpecError, resolve
from specdouble.openapi.diff import diff
from specdouble.openapi.lint import lint
from specdouble.openapi.lint.source import lint_text
from specdouble.openapi.model import as_overlay, as_text, infer
from specdouble.openapi.problems import problems
from specdouble.openapi.reading import parse
from specdouble.openapi.reading.json_text import encode
from tests.openapi.diff_cases import CASES
from tests.openapi.linting.documents import RIGHT

JUNK: list[Any] = [
    *(None, 0, 1.5, True, "x", "", [], {}, [1], ["a", {}], {"a": 1}, [[]], -1, 10**400, "\ud800", {"": {}}, {"~/": 1}),
    *({"$ref": "#/nope"}, {"$ref": 5}, {"x": {"$ref": "#"}}, {"$ref": "#"}, {"$ref": ""}, {"$dynamicRef": "#x"}),
    *(
        {"allOf": [{"$ref": "#"}]},
        {"pattern": "("},
        {"multipleOf": 0},
        {"required": 5},
        {"items": []},
        {"$id": "http://["},
    ),
    *(
        {"x-specdouble-resource": 5},
        {"x-specdouble-role": []},
        {"x-specdouble-effect": {"refuse": [5]}},
        {"url": "http://["},
    ),
]
DOCUMENTS = [case[2] for case in CASES] + [parse(text.encode(), name) for name, text in RIGHT.items()]
USES: dict[str, Callable[[Any], Any]] = {
    "lint": lint,
    "model": lambda document: (as_text(infer(document)), as_overlay(infer(document), document, "x")),
    "problems": lambda document: problems(Document("x", encode(document))),
    "resolve": resolve,
    "diff": lambda document: (diff(document, DOCUMENTS[0]), diff(DOCUMENTS[0], document)),
}


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*here, key)
        yield from places(inner, (*here, key))


def broken(document: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    made = copy.deepcopy(document)
    for _ in range(choose.randint(1, 3)):
        place = choose.choice([one for one in places(made) if one[0] not in ("openapi", "swagger") and len(one) > 1])
        inner = made
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = copy.deepcopy(choose.choice(JUNK))
    return made


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("use", USES)
def test_broken_documents_are_used_as_far_as_they_go(use: str, seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(30):
        document = broken(choose.choice(DOCUMENTS), choose)
        before = copy.deepcopy(document)

        with suppress(SpecError):  # a sentence, and no traceback
            USES[use](document)

        assert document == before


TEXTS = [text.encode() for text in RIGHT.values()]


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(TEXTS), st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=4)), max_size=4))
def test_damaged_texts_are_read_or_refused_with_a_sentence(text: bytes, damage: list[tuple[int, bytes]]) -> None:
    for at, piece in damage:
        text = text[:at] + piece + text[at + len(piece) :]
    said = ""
    try:
        lint_text(text, "d.yaml")
    except SpecError as error:
        said = str(error)
    assert not said or said.startswith("d.yaml: ")


HOSTILE = {
    "aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{b}: &{b} [{','.join(f'*{a}' for _ in range(9))}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    ),
    "depth": "x: " + "[" * 20000,
    "flow": "{" * 20000,
    "integers": "x-a: " + "9" * 100_000,
    "floats": "x-a: 1e99999",
    "words": "x-a: [.nan, .inf, -.INF, 0x1F, 0o17, 1_000, 12:30:45, ~, =, <<, yes, 2024-01-01]",
    "merge": "x-a: &a {<<: *a}",
    "keys": "? [a, b]\n: c",
    "tags": "x-a: !!python/object/apply:os.system [ls]",
    "nul": "x-a: a\0b",
    "bom": "\ufeffx-a: 1",
    "utf16": "x-a: 1",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("command", [("lint",), ("show",), ("model",), ("diff",)])
def test_hostile_files_end_in_a_verdict_or_in_one_sentence(name: str, command: tuple[str], tmp_path: Any) -> None:
    head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"
    path = tmp_path / "d.yaml"
    text = HOSTILE[name]
    whole = text + "\n" + head if text.startswith("\ufeff") else head + text
    path.write_bytes(whole.encode("utf-16" if name == "utf16" else "utf-8"))

    result = CliRunner().invoke(spec, [*command, str(path), *([str(path)] if command == ("diff",) else [])])

    assert result.exit_code in (0, 2), result.output
    assert result.exit_code == 0 or result.output.startswith("Error: "), result.output
    assert "our fault" not in result.output
    assert len(result.output) < 3000
