"""What the suites' tests may ask pytest for; registered only in a run that asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from specdouble.verify.session.check import Check
    from specdouble.verify.session.session import Session


@pytest.fixture(scope="session")
def session(request: pytest.FixtureRequest) -> Session:
    """Give the target, the people and the things of this process."""
    running: Any = request.config.pluginmanager.get_plugin("specdouble-running")
    found: Session = running.session
    return found


@pytest.fixture
def check(request: pytest.FixtureRequest, session: Session) -> Iterator[Check]:
    """Give a test the pen that writes its findings, when it is its turn (see `specdouble.verify.session.alone`)."""
    from specdouble.verify.running.selection import ops_of, rules_of
    from specdouble.verify.session.alone import turn
    from specdouble.verify.session.check import Check

    rules = rules_of(request.node)
    main = rules[0] if rules else "REACH-01"
    known = session.api.rules.get(main)
    # Given people are the same in every process: what one test writes, another one must not take for its own doing.
    alone = request.node.get_closest_marker("alone") is not None or session.users.shares
    alone |= any(session.api.facts(session.contract[op]).alone for op in ops_of(request.node))
    with turn(session.settings.target, alone=alone):
        yield Check(session, main, ops_of(request.node), known.title if known else main)
