"""What a run never does on its own, whatever a document has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specdouble.packs.documents import contract_of_file
from specdouble.verify.generated import Known
from specdouble.verify.generated.guard import ends_a_session, forbidden

OPERATIONS = {
    "/admin/flush": "post",
    "/shutdown": "post",
    "/me/password": "put",
    "/account": "delete",
    "/things": "delete",
    "/logout": "post",
    "/sessions/current": "delete",
    "/settings": "put",
    "/things/{thingId}": "delete",
    "/search": "post",
    "/send-mails": "post",
}


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """Give the model of a document with dangerous operations."""
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}}
    paths: dict[str, object] = {}
    for path, method in OPERATIONS.items():
        named = (
            [{"name": "thingId", "in": "path", "required": True, "schema": {"type": "string"}}] if "{" in path else []
        )
        more = {} if method == "delete" else {"requestBody": body}
        paths[path] = {method: {"parameters": named, "responses": {"204": {"description": "Done."}}, **more}}
    paths["/settings"]["get"] = {  # type: ignore[index]
        "responses": {"200": {"description": "They.", "content": body["content"]}}
    }
    file = tmp_path / "d.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "D", "version": "1"}, "paths": paths}))
    return Known(contract_of_file(file))


@pytest.mark.parametrize(
    ("key", "here", "elsewhere"),
    [
        ("POST /admin/flush", "stop or empty", "stop or empty"),
        ("POST /shutdown", "stop or empty", "stop or empty"),
        ("PUT /me/password", "password", "password"),
        ("DELETE /account", "account", "account"),
        ("DELETE /things", "did not make", "did not make"),
        ("DELETE /sessions/current", "", "nothing says what it does"),
        ("DELETE /things/{thingId}", "", ""),
        ("POST /search", "", ""),
        ("PUT /settings", "", "belongs to somebody"),
        ("POST /send-mails", "", "nothing says what it does"),
    ],
)
def test_what_is_dangerous_is_not_sent(key: str, here: str, elsewhere: str, known: Known) -> None:
    """The reason says what may happen; --allow with the operation lets it through."""
    op = known.contract[key]
    for local, said in ((True, here), (False, elsewhere)):
        why = forbidden(op, known.about(op), (), local=local)
        assert (said in why) if said else not why
    assert not forbidden(op, known.about(op), (op.id,), local=False)


def test_what_ends_a_session_gets_one_of_its_own(known: Known) -> None:
    """A logout is sent with a fresh login."""
    assert ends_a_session(known.contract["POST /logout"])
    assert not ends_a_session(known.contract["POST /search"])
