"""Requests from the model: parents first, bodies that are valid, people who are let in, and what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble.verify.api.recipes import Ready
from specdouble.verify.problems import TargetError, Unmet
from specdouble.verify.running.preflight import preflight
from specdouble.verify.safety.journal import Journal
from specdouble.verify.session.cleanup import sweep
from tests.verify.generated.served import served, session_for


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    """Give a session about the healthy app."""
    with served() as url:
        yield session_for(url, tmp_path)


def test_parents_are_made_first(session: Any) -> None:
    """A request below a parent names one that the run has made."""
    request = session.workshop.request(session.contract["POST /shelves/{shelf_id}/books"])
    assert session.workshop.send(request).status == 201
    assert [one.resource.name for one in session.workshop.made][:1] == ["shelf"]


def test_each_write_is_about_a_thing_of_its_own(session: Any) -> None:
    """Two requests to delete name two things."""
    op = session.contract["DELETE /shelves/{shelf_id}"]
    assert session.workshop.request(op).params != session.workshop.request(op).params


def test_the_person_with_more_rights_is_asked_where_others_are_refused(session: Any) -> None:
    """An operation that ordinary people may not call is called by the chief, and no other one is."""
    session.workshop.learn(session.contract["PUT /genres/{slug}"])
    session.workshop.learn(session.contract["GET /shelves"])
    assert session.workshop.how["PUT /genres/{slug}"][0].name == "chief"
    assert session.workshop.how["GET /shelves"][0].name == "ann"


def test_a_recipe_of_the_user_wins(session: Any) -> None:
    """What the user wrote for an operation is sent, and the rest follows from the model."""

    def make(asked: Any) -> Ready:
        who = asked.workshop.identities.first.everything
        return Ready(who=who, body={"name": "mine", "colour": "blue"})

    session.api.__dict__["recipes"] = {"POST /shelves": make}
    try:
        reply = session.workshop.send(session.workshop.request(session.contract["POST /shelves"]))
        thing = session.workshop.thing(
            session.contract.first.name, "shelf", session.workshop.identities.first, fresh=True
        )
    finally:
        del session.api.__dict__["recipes"]
    assert reply["name"] == "mine"
    assert thing.item
    assert thing.item["colour"] == "blue"


def test_what_a_run_makes_is_written_down_and_removed(session: Any) -> None:
    """Each thing is in the journal with what removes it, and is gone after the sweep."""
    thing = session.workshop.thing(session.contract.first.name, "shelf", session.workshop.identities.first, fresh=True)
    pending = Journal.pending(Journal.read(session.settings.run, session.journal.path.parent))
    assert [one["undo"] for one in pending] == ["DELETE /shelves/{shelf_id}"]
    assert sweep(session) == []
    assert session.workshop.reading.get(thing).status == 404


def test_what_cannot_be_reached_says_what_was_tried(session: Any) -> None:
    """An operation that refuses everybody is unproven, with the statuses and the people."""
    session.workshop.identities.people = session.workshop.identities.people[:1]
    with pytest.raises(Unmet, match="403 as ann"):
        session.workshop.learn(session.contract["PUT /genres/{slug}"])


def test_a_wrong_url_is_told_before_the_run(tmp_path: Path) -> None:
    """Where nothing of the document is there, the run does not begin."""
    with served() as url:
        settings = session_for(url, tmp_path).settings
        assert preflight(settings.but(target=f"{url}/below")).target == url
    from specdouble.verify.generated.preflight import _bases

    op = settings.api.contract.ops[0]
    assert list(_bases("http://x/api", [op])) == ["http://x/api", "http://x"]


def test_a_login_that_is_refused_is_told_before_the_run(tmp_path: Path) -> None:
    """A wrong password ends the run with the name of whose it is."""
    auth = tmp_path / "auth.yaml"
    auth.write_text(
        "auth: [{name: ann, loginEndpointAuth: {endpoint: /login, verb: POST, "
        'payloadRaw: \'{"email": "ann@example.com", "password": "no"}\', token: {extractFromField: /access_token}}}]'
    )
    with served() as url, pytest.raises(TargetError, match=r"login of ann .* answered with 401"):
        session_for(url, tmp_path, auth=str(auth))
