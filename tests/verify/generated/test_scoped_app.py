"""Tokens with scopes, and ids that only the response of another operation gives, against a small server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.verify.generated import scoped_app
from tests.verify.generated.served import HERE, faults, served, session_for


@contextmanager
def session_of(fault: str, folder: Path) -> Iterator[Any]:
    """Serve the app with a fault, and give a session about it: ann may write, ben may only read."""
    spec = folder / "notes.json"
    spec.write_text(json.dumps(scoped_app.document()))
    with served(fault, scoped_app.make_app) as url:
        yield session_for(url, folder, spec=str(spec), auth=str(HERE / "scoped.yaml"))


def test_the_healthy_app_has_no_fault(tmp_path: Path) -> None:
    """That a token with small scopes is refused is right, whoever made the note."""
    with session_of("none", tmp_path) as session:
        assert faults(session) == []
        assert len(session.workshop.how) == len(session.contract.ops)


@pytest.mark.parametrize(
    ("fault", "ops"),
    [
        ("scope-ignored", {"POST /notes", "DELETE /notes/{note_id}", "PUT /notes/{note_id}/labels", "POST /remarks"}),
        ("scope-of-create", {"POST /notes"}),
    ],
)
def test_scopes_that_are_too_small_are_let_in(fault: str, ops: set[str], tmp_path: Path) -> None:
    """Each operation that takes such a token is named, and no other."""
    with session_of(fault, tmp_path) as session:
        found = faults(session, "AUTH-64")
    assert {one.partition(" ")[2].partition(":")[0] for one in found} == ops


def test_what_a_thing_has_one_of_is_read_by_its_own_path(tmp_path: Path) -> None:
    """Labels of a note are compared with what their path shows, two of them in any order."""
    with session_of("label-lost", tmp_path) as session:
        found = faults(session, "LIFE-51")
    assert any("PUT /notes/{note_id}/labels: labels was written with two" in one for one in found)


def test_what_names_a_thing_that_is_gone_goes_with_it_where_the_document_says_so(tmp_path: Path) -> None:
    """A remark names its note in a member, and "with its remarks" says that it goes too."""
    with session_of("remarks-stay", tmp_path) as session:
        found = faults(session, "LIFE-62")
    assert found == ["LIFE-62 DELETE /notes/{note_id}: a remark of a deleted note is answered with 200"]


def test_what_another_operation_gives_is_asked_for(tmp_path: Path) -> None:
    """A required parameter of the query has the id that an operation with the same response gave."""
    with session_of("none", tmp_path) as session:
        op = session.contract["GET /drafts"]
        request = session.workshop.request(op)
        assert request.how.given == (("id", "GET /drafts/start", "id"),)
        assert session.workshop.send(request).status == 200
