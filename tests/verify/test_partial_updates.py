"""LIFE-03 counts what it judged: a refused update is a violation, and where no field can be read back nothing is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from apis import API

from specdouble.verify.api.recipes import Ready
from specdouble.verify.problems import Unmet
from specdouble.verify.suites.state import test_lifecycles as lifecycles

OP = API.contract["PATCH /v1/me/settings"]


class Noting:
    """Stands for the check: notes what was judged."""

    def __init__(self) -> None:
        self.judged: list[tuple[bool, str]] = []

    def that(self, holds: Any, message: str, *_rest: Any, **_more: Any) -> bool:
        self.judged.append((bool(holds), message))
        return bool(holds)


def judge(monkeypatch: pytest.MonkeyPatch, shown: dict[str, Any], *, taken: bool) -> list[tuple[bool, str]]:
    """Return what was judged of a server that shows this, and takes or refuses every update."""
    now = dict(shown)

    def play(_ready: Ready, *, body: dict[str, Any]) -> Any:
        if taken:
            now.update(body)
        return SimpleNamespace(ok=taken, status=200 if taken else 409)

    monkeypatch.setattr(lifecycles, "_shown", lambda *_: dict(now))
    session = SimpleNamespace(
        api=API, play=play, some=lambda items, *_: list(items), ready=lambda op: Ready(op=op, body={"theme": "dark"})
    )
    check: Any = Noting()
    lifecycles.test_a_partial_update_leaves_the_rest_alone(OP, session, check)
    return list(check.judged)


def test_an_update_that_is_taken_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judge(monkeypatch, {"theme": "light", "language": "en"}, taken=True)
    assert found
    assert all(holds for holds, _ in found)


def test_a_refused_update_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judge(monkeypatch, {"theme": "light"}, taken=False)
    assert found == [(False, "an update of theme alone is refused")]


def test_what_no_read_shows_is_not_made_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="no read shows a field that it changes"):
        judge(monkeypatch, {"language": "en"}, taken=True)
