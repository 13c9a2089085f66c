"""docs/clients.md is true: its rows name what the clients have, and the tests use all of it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PAGE = (HERE.parent.parent / "docs" / "clients.md").read_text()
ROWS = re.findall(r"^\| `([\w.]+)` \| ((?:`\w+` ?)+) \| (\d+) \|$", PAGE, re.M)
LOCAL = {"for_user", "subscribe"}  # they call nothing


def used() -> dict[str, set[str]]:
    """Return the names that each test file uses, by file."""
    found = {}
    for path in sorted(HERE.glob("test_*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        names |= {node.id for node in nodes if isinstance(node, ast.Name)}
        names |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        found[path.name] = names
    return found


def test_the_page_has_rows() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize(("client", "operations", "count"), ROWS)
def test_a_row_is_complete_and_tried(client: str, operations: str, count: str) -> None:
    named = re.findall(r"\w+", operations)
    module, _, last = client.rpartition(".")
    if last[0].isupper():
        held = getattr(importlib.import_module(module), last)
        has = {name for name, _made in inspect.getmembers(held, inspect.isfunction) if not name.startswith("_")}
        assert set(named) == has - LOCAL
    else:
        assert [name for name in named if not hasattr(importlib.import_module(client), name)] == []
    assert len(named) == len(set(named)) == int(count)
    files = used().values()
    tried = set().union(*(names for names in files if last in names or not last[0].isupper()))
    assert [name for name in named if name not in tried] == []


def test_every_tool_over_stdio_is_tried() -> None:
    listed = PAGE.split("tools over stdio:")[1].split(";")[0]
    text = (HERE / "test_imperal_mcp.py").read_text()
    assert [name for name in re.findall(r"`(\w+)`", listed) if f'"{name}"' not in text] == []
