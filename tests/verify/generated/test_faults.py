"""Each planted fault of the small app is found by the suite that is for it, and the healthy app has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.generated.served import faults, served, session_for
from tests.verify.generated.small_app import FAULTS

# The rule that finds a fault, and an operation where it shows.
FOUND = {
    "no-auth": ("AUTH-41", "GET /shelves"),
    "foreign-read": ("ISO-41", "GET /shelves/{shelf_id}"),
    "foreign-write": ("ISO-41", "PUT /shelves/{shelf_id}"),
    "delete-keeps": ("LIFE-61", "DELETE /shelves/{shelf_id}"),
    "deleted-listed": ("LIFE-61", "DELETE /shelves/{shelf_id}"),
    "patch-resets": ("LIFE-52", "PATCH /shelves/{shelf_id}"),
    "put-merges": ("LIFE-56", "PUT /shelves/{shelf_id}"),
    "create-lost": ("LIFE-41", "POST /shelves"),
    "page-overlap": ("PAGE-41", "GET /shelves"),
    "page-long": ("PAGE-41", "GET /shelves"),
    "filter-ignored": ("FILTER-41", "GET /shelves"),
    "sort-ignored": ("SORT-41", "GET /shelves"),
    "mass-assignment": ("LIFE-46", "POST /shelves"),
    "crash": ("BOUND-56", "GET /books/{book_id}"),
    "wrong-type": ("LIFE-42", "POST /shelves"),
    "leaks-foreign-list": ("ISO-41", "GET /shelves"),
    "children-stay": ("LIFE-62", "DELETE /shelves/{shelf_id}"),
    "crash-longest": ("FUZZ-44", "POST /shelves"),
    "crash-made": ("FUZZ-45", "GET /books/{book_id}"),
    "login-400": ("AUTH-57", "POST /login"),
    "location-elsewhere": ("LIFE-44", "POST /shelves"),
}
# Nothing in the document says that these are wrong.
NOT_KNOWABLE = {"none", "admin-open", "failed-write", "no-bound"}


def test_every_fault_has_its_rule() -> None:
    """The table is about every fault."""
    assert set(FAULTS) == FOUND.keys() | NOT_KNOWABLE


@pytest.mark.parametrize("fault", FOUND)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path) -> None:
    """The suite for it says so, at the operation that has it; the same suite finds nothing in the healthy app."""
    rule, op = FOUND[fault]
    with served(fault) as url:
        assert any(f" {op}:" in one for one in faults(session_for(url, tmp_path), rule)), rule
    with served() as url:
        assert faults(session_for(url, tmp_path), rule) == []


def test_the_healthy_app_has_no_fault(tmp_path: Path) -> None:
    """All suites together find nothing but drift."""
    with served() as url:
        session = session_for(url, tmp_path)
        assert faults(session) == []
        assert len(session.workshop.how) == len(session.contract.ops)


def test_an_invalid_value_that_is_taken_is_found(tmp_path: Path) -> None:
    """Where the document is exact otherwise, a bound that one operation does not keep is a fault."""
    with served("no-bound") as url:
        found = faults(session_for(url, tmp_path), "BOUND-42")
    assert any("POST /shelves" in one for one in found)
