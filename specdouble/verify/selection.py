"""Which tests a run makes: `--only`, `--replay`, `--shard`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import pytest

from specdouble.openapi import Op
from specdouble.verify.api import Api
from specdouble.verify.parts import check_commands
from specdouble.verify.places import asks_for_all
from specdouble.verify.policy import check_words as check_policy
from specdouble.verify.problems import SettingsError
from specdouble.verify.replay import replayed
from specdouble.verify.rules import FAMILIES, family
from specdouble.verify.settings import Settings
from specdouble.verify.waivers import check as check_waivers
from specdouble.verify.waivers import read

# Families whose rules are looked at in every response of every test; no test is about them alone.
ORACLES = ("SCHEMA", "SECRET")


def ops_of(item: pytest.Item) -> list[str]:
    """Return the operations that a test is about: its parameter `op`, else those of its rule marks."""
    callspec = getattr(item, "callspec", None)
    about = callspec.params.get("op") if callspec is not None else None
    if isinstance(about, Op | str):
        return [str(about)]
    return [op for mark in item.iter_markers("rule") for op in mark.args[1:]]


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


def matches(word: str, op: Op) -> bool:
    """Whether a word of --only names an operation: its id, key, tag, path, operationId, or a part of its path."""
    wanted = " ".join(word.split())
    if wanted in (op.id, op.key, op.spec.tag, op.spec.path, op.spec.operation_id, op.service):
        return True
    return "/" in wanted and " " not in wanted and op.spec.path.startswith(wanted.rstrip("/") + "/")


def chosen_ops(settings: Settings) -> list[Op]:
    """Return the operations that a run is about: those that --only names, else all."""
    words = [word for word in settings.only if not _is_rule(settings.api, word) and not _is_test(word)]
    ops = settings.api.contract.ops
    if settings.replay or not words:
        return list(ops)
    return [op for op in ops if any(matches(word, op) for word in words)]


def narrow(settings: Settings) -> bool:
    """Whether a run looks at rules, tests or a finding only, so that most operations are no part of it."""
    return bool(settings.replay) or any(_is_rule(settings.api, word) or _is_test(word) for word in settings.only)


def check_words(settings: Settings) -> None:
    """Refuse a word of --only, --deny, --allow or the waivers that names nothing.

    Raises:
        SettingsError: the word, and the closest one.

    """
    api, ops = settings.api, settings.api.contract.ops
    for word in settings.only:
        if not (_is_rule(api, word) or _is_test(word) or any(matches(word, op) for op in ops)):
            raise SettingsError(f"--only {word!r} names no rule, tag, path or operation{_closest(api, word)}")
    check_waivers(read(settings.waivers), api.rules, [op.id for op in ops])
    check_policy(api, "deny", settings.deny)
    check_policy(api, "allow", settings.allow)
    check_commands(settings)


def _closest(api: Api, word: str) -> str:
    ops = api.contract.ops
    known = [*(op.id for op in ops), *sorted({op.spec.tag for op in ops}), *dict.fromkeys(op.spec.path for op in ops)]
    known += [*api.rules, *FAMILIES, *api.pack.families]
    return f"; the closest is {difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]!r}."


def _is_rule(api: Api, word: str) -> bool:
    return word in FAMILIES or word in api.pack.families or word in api.rules


def _is_test(word: str) -> bool:
    return "test_" in word


def select(settings: Settings, items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split tests into those of this run and the others."""
    words = list(settings.only)
    if settings.replay:
        words = [replayed(settings.replay, settings.replay_from, settings.journal)]
    kept = [item for item in items if not words or any(_wanted(settings.api, word, item) for word in words)]
    number, count = settings.part()
    kept = [item for index, item in enumerate(kept) if index % count == number - 1]
    chosen = set(map(id, kept))
    return kept, [item for item in items if id(item) not in chosen]


def _wanted(api: Api, word: str, item: pytest.Item) -> bool:
    if _is_test(word):
        return test_name(item.nodeid).endswith(test_name(word)) or word in item.nodeid.split("::")
    if word.partition("-")[0] in ORACLES:
        return True
    if _is_rule(api, word):
        return any(word in (one, family(one)) for one in rules_of(item))
    return any(matches(word, api.contract[name]) for name in ops_of(item))


def test_name(nodeid: str) -> str:
    """Return a node id from its file on: where the package lies depends on the folder that a run starts in."""
    path, colons, rest = nodeid.partition("::")
    return path.rpartition("/")[2] + colons + rest if colons else nodeid
