"""The page of commands names every command, and each that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import click

from specdouble.cli.main import COMMANDS, cli

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"


def named() -> list[list[str]]:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `specdouble")]
    return [found.split() for line in rows for found in re.findall(r"`specdouble ([a-z ]+[a-z])", line.split(" | ")[0])]


def test_the_page_lists_every_command() -> None:
    assert set(COMMANDS) - {words[0] for words in named()} == set()


def test_every_command_of_the_page_is_there() -> None:
    context = click.Context(cli)
    for words in named():
        command = cli.get_command(context, words[0])  # type: ignore[attr-defined]
        assert command is not None, words
        if isinstance(command, click.Group) and len(words) > 1:
            assert words[1] in command.commands, words


def test_every_command_of_a_group_is_listed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)  # type: ignore[attr-defined]
        for inner in command.commands if isinstance(command, click.Group) else ():
            assert re.search(rf"\b{inner}\b", text), f"specdouble {name} {inner}"
