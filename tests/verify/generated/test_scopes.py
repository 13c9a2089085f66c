"""What an operation asks for and what a person has: scopes, schemes, the states of an action, figures."""

from __future__ import annotations

import jwt
import pytest

from specdouble.verify.api.credentials import Credential
from specdouble.verify.identities import Identity
from specdouble.verify.suites.model.access.test_holes import granted, meets, needed
from specdouble.verify.suites.model.states.test_states import told
from specdouble.verify.suites.model.writes._figures import formula, held, own

RAW = {
    "security": [{"oauth": ["read"]}],
    "paths": {"/a": {"get": {}, "post": {"security": [{"oauth": ["write"]}, {"oauth": ["admin", "all"]}]}}},
}


def test_scopes_of_operations_and_of_tokens() -> None:
    """Document-wide security holds where an operation says nothing; a token says its scopes as a text or a list."""
    assert needed(RAW, "/a", "GET") == [{"read"}]
    assert needed(RAW, "/a", "POST") == [{"write"}, {"admin", "all"}]
    token = jwt.encode({"scope": "read write"}, "a-key-of-this-test-that-is-long-enough", "HS256")
    assert granted(Identity("ann", {"": Credential("ann", {"Authorization": f"Bearer {token}"})})) == {"read", "write"}
    assert granted(Identity("ben", {"": Credential("ben", {"X-Api-Key": "abc"})})) is None


@pytest.mark.parametrize(
    ("scheme", "met"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, False),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, True),
        ({"type": "apiKey", "in": "cookie", "name": "other"}, False),
        ({"type": "http", "scheme": "bearer"}, False),
    ],
)
def test_a_credential_meets_the_scheme_that_it_has_the_place_of(scheme: dict[str, str], met: bool) -> None:
    """A cookie of a session is none of another name, no key in a header and no bearer token."""
    assert meets(Credential("ann", {"Cookie": "sid=abc; theme=dark"}), scheme) is met


@pytest.mark.parametrize(
    ("text", "wanted", "excluded"),
    [
        ("Cancel an order that is not paid.", set(), {"paid"}),
        ("Pay an order that is placed.", {"placed"}, {"paid", "cancelled"}),
        ("Only placed or paid orders.", {"placed", "paid"}, {"cancelled"}),
        ("Pay it.", set(), set()),
        ("Ship an order. 409 if it is not paid.", {"paid"}, {"placed", "cancelled"}),
        ("Ship it. It is a conflict if it is already cancelled.", set(), {"cancelled"}),
        ("A placed order that is not paid can go, and paid ones are refused.", set(), set()),
    ],
)
def test_words_say_for_which_states_an_action_is(text: str, wanted: set[str], excluded: set[str]) -> None:
    """What is excluded may be refused; that what is not excluded is taken is no promise."""
    assert told(text, ["placed", "paid", "cancelled"]) == (wanted, excluded)


def test_figures_of_an_object_follow_from_its_members() -> None:
    """Formulas in backticks, quantity times price, sums of lines, counts of lines or of pieces."""
    order = {
        "lines": [{"quantity": 2, "unitPrice": 1.5, "lineTotal": 3.0}, {"quantity": 1, "unitPrice": 2, "lineTotal": 2}],
        "itemCount": 3,
        "total": 4.0,
    }
    wrong = [one.name for one in own(order, {}) if not one.holds(order[one.name])]
    assert wrong == ["total"]
    assert [one for one in own({**order, "total": 5.0}, {}) if not one.holds({**order, "total": 5.0}[one.name])] == []
    assert [one for one in own({**order, "discount": 1.0}, {}) if one.name == "total"] == []
    page = {"items": [{"total": 3.0}], "total": 7, "limit": 1, "item_count": 7}
    assert list(own(page, {})) == []
    bare = {"lines": [{"quantity": 3, "unitPrice": 2.5}, {"quantity": 1, "unitPrice": 1}], "total": 8.5}
    assert [(one.name, one.wanted) for one in own(bare, {})] == [("total", 8.5)]
    assert list(own({**bare, "shippingFee": 2}, {})) == []
    assert formula("`minutes * rate / 60`, half up", {"minutes": 90, "rate": 20}) == 30
    assert formula("`__import__('os')`", {}) is None


def test_figures_of_a_parent_follow_from_its_rows() -> None:
    """Counts by noun and by state, and means that the text names."""
    rows = [{"status": "done", "stars": 5}, {"status": "open", "stars": 2}]
    shown = {"task_count": 2, "done_count": 2, "rating": 3, "name_count": 9}
    found = {one.name: one.wanted for one, _ in held(shown, {"rating": "The mean of the stars."}, "task", rows)}
    assert found == {"task_count": 2, "done_count": 1, "rating": 3.5}
