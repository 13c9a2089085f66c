"""Patterns with wildcards: what they mean, and that none of them takes long."""

from __future__ import annotations

import itertools
import random
import re
import time
from typing import Any

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.faults.globs import LONGEST, MOST_STARS, glob, meet, wild
from tests.conftest import Client


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/a/*", "/a/b", True), ("/a/*", "/a/b/c", False), ("/a/**", "/a/b/c", True), ("/a/*/c", "/a/b/c", True),
        ("/a/{x}", "/a/", False), ("/a/{x}", "/a/b", True), ("/a/{x}", "/a/b/c", False), ("/a*", "/abc", True),
        ("/a.c", "/abc", False), ("/**", "/a\nb", True), ("", "", True), ("", "a", False), ("/{x}b{y}", "/abc", True),
        ("/{x}b{y}", "/bc", False), ("/é*", "/éa", True), ("/a{", "/a{", True), ("***", "/a/b", True),
    ],
)  # fmt: skip
def test_wildcards_of_a_path(pattern: str, path: str, fits: bool) -> None:
    assert glob(pattern).fits(path) is fits


def test_every_small_pattern_means_what_its_regular_expression_does() -> None:
    chance = random.Random(5)
    pieces = ("a", "b", "/", "*", "**", "{x}")
    texts = ["".join(one) for size in range(5) for one in itertools.product("ab/", repeat=size)]
    for _ in range(300):
        pattern = "".join(chance.choices(pieces, k=chance.randint(0, 6)))
        parts = re.split(r"(\*\*|\*|\{[^{}]*\})", pattern)
        same = re.compile("".join({"**": ".*", "*": "[^/]*", "{x}": "[^/]+"}.get(one, one) for one in parts))
        assert [one for one in texts if glob(pattern).fits(one)] == [one for one in texts if same.fullmatch(one)], (
            pattern
        )


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [("a*", "a/b", True), ("*", "", True), ("a*c", "abcd", False), ("{x}", "y", False), ("{x}", "{x}", True),
     ("a**b", "ab", True), ("", "", True)],
)  # fmt: skip
def test_a_star_of_a_value_is_anything(pattern: str, value: str, fits: bool) -> None:
    assert wild(pattern).fits(value) is fits


@pytest.mark.parametrize("pattern", ["*a*" * 40, "*a" * 40, "{x}" * 40, "**/*a" * 20, "a**" * 40])
def test_no_pattern_takes_long(pattern: str) -> None:
    began = time.process_time()
    assert not glob(pattern + "!").fits("a" * 50_000)
    assert not wild(pattern + "!").fits("a" * 50_000)
    assert not meet("/**" * 100 + "/b", "/a" * 20)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"header": {"x": "*a*" * 40}}, f"header x has 80 stars, and the most is {MOST_STARS}"),
        ({"query": {"x": "*" * 41}}, f"query x has 41 stars, and the most is {MOST_STARS}"),
        ({"query": {"x": "a" * 1001}}, f"query x is a pattern of 1001 characters, and the most is {LONGEST}"),
        ({"path": "/**" * 21}, "path has 42 stars"),
        ({"path": "/" + "a" * 1000}, "path is a pattern of 1001 characters"),
    ],
)
def test_a_pattern_beyond_the_limits_is_refused(client: Client, place: dict[str, Any], said: str) -> None:
    reply = client.post("/__mock__/faults", {**place, "status": 500})
    assert (reply.status, said in str(reply.json)) == (422, True)


@pytest.mark.parametrize("name", ["path", "operation"])
def test_a_filter_beyond_the_limits_is_refused(client: Client, name: str) -> None:
    reply = client.get(f"/__mock__/requests?{name}=/{'*a' * 41}")
    assert (reply.status, f"{name} has 41 stars" in str(reply.json)) == (422, True)


def test_a_long_header_is_answered_at_once_whatever_the_rule(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"header": {"x": "*a" * MOST_STARS}, "status": 500})
    began = time.process_time()
    assert client.get("/items", headers={"x": "a" * 5000 + "!"}).status == 200
    assert client.get("/items", headers={"x": "a" * 5000}).status == 500
    assert time.process_time() - began < 5
