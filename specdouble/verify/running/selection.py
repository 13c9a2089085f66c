"""Which tests a run makes: `--only`, `--replay`, `--shard`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import pytest

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.chosen import is_rule, is_test, matches
from specdouble.verify.api.places import asks_for_all
from specdouble.verify.api.policy import check_words as check_policy
from specdouble.verify.api.rules import FAMILIES, family
from specdouble.verify.problems import SettingsError
from specdouble.verify.results.baseline import read as read_baseline
from specdouble.verify.results.replay import replayed
from specdouble.verify.results.waivers import check as check_waivers
from specdouble.verify.results.waivers import read
from specdouble.verify.settings.values import Settings
from specdouble.verify.users.parts import check_commands

# Families whose rules are looked at in every response of every test; no test is about them alone.
ORACLES = ("SCHEMA", "SECRET")


def ops_of(item: pytest.Item) -> list[str]:
    """Return the operations that a test is about: its parameter `op`, else those of its rules.

    A parameter may be an operation's id, where the rules name none.
    """
    callspec = getattr(item, "callspec", None)
    given = callspec.params.get("op") if callspec is not None else None
    if isinstance(given, Op):
        return [given.id]
    named = [op for mark in item.iter_markers("rule") for op in mark.args[1:]]
    return named or ([given] if isinstance(given, str) else [])


def rules_of(item: pytest.Item) -> list[str]:
    """Return the rules that a test proves."""
    return [mark.args[0] for mark in item.iter_markers("rule")]


def about(item: pytest.Item) -> list[tuple[str, str]]:
    """Return what a test looks at: each of its rules, on each of its operations."""
    return [(rule, op) for rule in rules_of(item) for op in ops_of(item)]


def whole(config: pytest.Config, own: Path | None = None) -> bool:
    """Whether pytest was asked for all suites, not for some of their files or tests."""
    option = config.option
    asked = [str(one) for one in config.args]
    return all(asks_for_all(one, own) for one in asked) and not (
        getattr(option, "keyword", "") or getattr(option, "markexpr", "") or getattr(option, "deselect", None)
    )


def check_words(settings: Settings) -> None:
    """Refuse a word of --only, --deny, --allow or the waivers that names nothing, and a recipe for nothing.

    Raises:
        SettingsError: the word, and the closest one.

    """
    api, ops = settings.api, settings.api.contract.ops
    _bound = api.recipes
    for word in settings.only:
        if not (is_rule(api, word) or is_test(word) or any(matches(word, op) for op in ops)):
            raise SettingsError(f"--only {word!r} names no rule, tag, path or operation{_closest(api, word)}")
    if settings.prune_baseline and not settings.baseline:
        raise SettingsError("--prune-baseline is of no use alone; --baseline FILE names the file.")
    read_baseline(settings.baseline)
    check_waivers(read(settings.waivers), api.rules, [op.id for op in ops])
    check_policy(api, "deny", settings.deny)
    check_policy(api, "allow", settings.allow)
    check_commands(settings)


def _closest(api: Api, word: str) -> str:
    ops = api.contract.ops
    known = [*(op.id for op in ops), *sorted({op.spec.tag for op in ops}), *dict.fromkeys(op.spec.path for op in ops)]
    known += [*api.rules, *FAMILIES, *api.pack.families]
    return f"; the closest is {difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]!r}."


def select(settings: Settings, items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split tests into those of this run and the others."""
    every = items
    items = _without_replaced(settings.api, items)
    words = list(settings.only)
    if settings.replay:
        words = [replayed(settings.replay, settings.replay_from, settings.journal)]
    kept = [item for item in items if not words or any(_wanted(settings.api, word, item) for word in words)]
    number, count = settings.part()
    kept = [item for index, item in enumerate(kept) if index % count == number - 1]
    chosen = set(map(id, kept))
    return kept, [item for item in every if id(item) not in chosen]


def _without_replaced(api: Api, items: Sequence[pytest.Item]) -> Sequence[pytest.Item]:
    """Leave out what a folder of the user's own has in another form: a test of the same rule on the same operations.

    A pack says which general suites are not for it in other ways.
    """
    if not api.generated or api.folder is None:
        return items
    mine = {id(item) for item in items if item.path.is_relative_to(api.folder)}
    pairs = {pair for item in items if id(item) in mine for pair in about(item)}
    return [item for item in items if id(item) in mine or not about(item) or not set(about(item)) <= pairs]


def _wanted(api: Api, word: str, item: pytest.Item) -> bool:
    if is_test(word):
        return test_name(item.nodeid).endswith(test_name(word)) or word in item.nodeid.split("::")
    if word.partition("-")[0] in ORACLES:
        return True
    if is_rule(api, word):
        return any(word in (one, family(one)) for one in rules_of(item))
    return any(matches(word, api.contract[name]) for name in ops_of(item))


def test_name(nodeid: str) -> str:
    """Return a node id from its file on: where the package lies depends on the folder that a run starts in."""
    path, colons, rest = nodeid.partition("::")
    return path.rpartition("/")[2] + colons + rest if colons else nodeid
