"""What a run is about: the operations, rules and tests that `--only` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdouble.openapi import Op
from specdouble.verify.api.rules import FAMILIES

if TYPE_CHECKING:
    from specdouble.verify.api.api import Api
    from specdouble.verify.settings.values import Settings


def matches(word: str, op: Op) -> bool:
    """Whether a word of --only names an operation: its id, key, tag, path, operationId, or a part of its path."""
    wanted = " ".join(word.split())
    if wanted in (op.id, op.key, op.spec.tag, op.spec.path, op.spec.operation_id, op.service):
        return True
    return "/" in wanted and " " not in wanted and op.spec.path.startswith(wanted.rstrip("/") + "/")


def chosen_ops(settings: Settings) -> list[Op]:
    """Return the operations that a run is about: those that --only names, else all."""
    words = [word for word in settings.only if not is_rule(settings.api, word) and not is_test(word)]
    ops = settings.api.contract.ops
    if settings.replay or not words:
        return list(ops)
    return [op for op in ops if any(matches(word, op) for word in words)]


def narrow(settings: Settings) -> bool:
    """Whether a run looks at rules, tests or a finding only, so that most operations are no part of it."""
    return bool(settings.replay) or any(is_rule(settings.api, word) or is_test(word) for word in settings.only)


def is_rule(api: Api, word: str) -> bool:
    """Whether a word names a rule or a family of them."""
    return word in FAMILIES or word in api.pack.families or word in api.rules


def is_test(word: str) -> bool:
    """Whether a word names a test."""
    return "test_" in word
