"""What follows from the recipe of a create: who makes an item says how it is listed, read, changed and removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble.verify.api.recipes import Read, Ready, recipe
from specdouble.verify.problems import Unmet
from specdouble.verify.session.derived import about, changes, for_operation, made, maker_of
from tests.verify.generated.served import served, session_for

SHELVES, SHELF, CHANGE = "POST /shelves", "GET /shelves/{shelf_id}", "PATCH /shelves/{shelf_id}"


@recipe(SHELVES)
def shelf(session: Any) -> Ready:
    """Make a shelf, which the list shows."""
    who = session.workshop.identities.first.everything
    return Ready(who, body={"name": session.users.fresh("shelf"), "colour": "blue"}, watch=(Read("GET /shelves", who),))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a session about the healthy app, whose pack says how a shelf is made and nothing else."""
    with served() as url:
        found = session_for(url, tmp_path)
        monkeypatch.setitem(found.api.__dict__, "recipes", {SHELVES: shelf})
        yield found


def ready(session: Any, op: str) -> Ready:
    """Return the request that follows for an operation."""
    make = for_operation(session.api, session.contract[op])
    assert make is not None
    return make(session).but(op=session.contract[op])


def test_reads_and_lists_share_an_item_and_writes_have_one_of_their_own(session: Any) -> None:
    """Whoever looks gets the same item each time, which is there and listed; whoever removes gets a new one."""
    seen, again, gone = (ready(session, one) for one in (SHELF, SHELF, "DELETE /shelves/{shelf_id}"))
    assert seen.params == again.params != gone.params
    assert session.play(seen).need().json["colour"] == "blue"
    assert session.play(ready(session, "GET /shelves")).ok
    before = session.look(gone.watch)
    assert session.play(gone).ok
    assert session.look(gone.watch) != before


def test_a_write_needs_its_body_alone(session: Any) -> None:
    """The path, the caller and the reads that show it follow; `fresh` takes another item each time."""
    change = changes(CHANGE)(lambda _session: {"colour": "red"})
    assert change(session).params == change(session).params
    assert session.play(change(session).but(op=session.contract[CHANGE]))["colour"] == "red"
    fresh = changes(CHANGE, {"x": 1}, fresh=True)(lambda _session: {"colour": "red"})
    assert fresh(session).params != change(session).params
    assert fresh(session).query == {"x": 1}
    assert [one.op for one in fresh(session).watch] == [SHELF]


def test_what_is_made_may_differ_in_some_members(session: Any) -> None:
    """Members that are given stand in place of the recipe's."""
    where = made(session, SHELVES, colour="green")
    read = ready(session, SHELF).but(params=where.params)
    assert session.play(read)["colour"] == "green"


def test_nothing_follows_where_nobody_says_how_an_item_is_made(session: Any) -> None:
    """Without the recipe of a create there is no item, and that is said."""
    op = session.contract["DELETE /genres/{slug}"]
    assert maker_of(session.api, op) is None
    with pytest.raises(Unmet, match="about nothing that a recipe of a create makes"):
        about(session, op)
