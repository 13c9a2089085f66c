"""Collections: indexes, totals, transactions and snapshots, against examples and against a naive model."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from specdouble.mock.state.clock import Clock
from specdouble.mock.state.collections import Collection, Doc, State, StateError, Store
from specdouble.mock.state.stores import base

NOTES = Collection("notes", by=("owner", ("owner", "kind")), sums=("size",))


@pytest.fixture
def state() -> State:
    return State([NOTES, Collection("people", key="name")], Clock().stamp)


@pytest.fixture
def notes(state: State) -> Store:
    return state["notes"]


def note(key: str, owner: str = "ada", kind: str = "memo", size: int = 1) -> Doc:
    return {"id": key, "owner": owner, "kind": kind, "size": size}


def ids(docs: Any) -> list[str]:
    return [doc["id"] for doc in docs]


def test_a_taken_id_is_refused_and_the_document_stays(notes: Store) -> None:
    notes.add(note("a", size=1))
    with pytest.raises(KeyError, match="notes already holds 'a'"):
        notes.add(note("a", size=2))
    assert notes.get("a") == note("a", size=1)
    assert notes.sum("size", owner="ada") == 1


def test_unknown_ids_are_none_to_get_and_an_error_to_change(notes: Store) -> None:
    assert notes.get("x") is None
    for change in (lambda: notes.update("x", size=2), lambda: notes.remove("x")):
        with pytest.raises(KeyError):
            change()


@pytest.mark.parametrize("value", [["a"], {"a": 1}])
def test_what_can_be_no_id_names_nothing(notes: Store, value: Any) -> None:
    """A handler asks with what a client sent."""
    notes.add(note("a"))
    assert (notes.get(value), value in notes, notes.first(owner=value), notes.first(owner=value, size=1)) == (
        None, False, None, None)  # fmt: skip
    assert (list(notes.find(owner=value)), list(notes.newest(owner=value, kind="memo"))) == ([], [])
    assert (notes.page(0, 9, owner=value), notes.count(owner=value), notes.sum("size", owner=value)) == ([], 0, 0)
    with pytest.raises(KeyError):
        notes.remove(value)


def test_an_update_makes_a_new_document_and_leaves_the_one_in_hand(notes: Store) -> None:
    held = notes.add(note("a"))
    fresh = notes.update("a", kind="list")
    assert (held["kind"], fresh["kind"]) == ("memo", "list")
    assert notes.get("a") is fresh


@pytest.mark.rule("E10")
def test_updated_at_moves_on_every_write_unless_it_is_given(state: State) -> None:
    people = state["people"]
    first = people.add({"name": "ada", "updated_at": "2026-01-01T00:00:00Z"})
    second = people.update("ada", age=1)
    third = people.update("ada", age=2)
    assert first["updated_at"] < second["updated_at"] < third["updated_at"]
    assert third["updated_at"].endswith("Z")
    assert people.update("ada", updated_at="2027-01-01T00:00:00Z")["updated_at"] == "2027-01-01T00:00:00Z"


def test_a_field_may_be_called_like_a_parameter(notes: Store) -> None:
    notes.add(note("a"))
    assert notes.update("a", key=1, self=2)["key"] == 1
    assert ids(notes.page(0, 5, key=1)) == ["a"]


def test_a_changed_document_leaves_its_old_index_and_keeps_its_age_in_the_new_one(notes: Store) -> None:
    for key, owner in (("a", "ada"), ("b", "bob"), ("c", "ada")):
        notes.add(note(key, owner))
    notes.update("a", owner="bob")
    assert ids(notes.find(owner="ada")) == ["c"]
    assert ids(notes.find(owner="bob")) == ["a", "b"]
    assert ids(notes.newest(owner="bob")) == ["b", "a"]


def test_values_without_an_index_are_searched_for(notes: Store) -> None:
    notes.add(note("a", size=1))
    notes.add(note("b", size=2))
    assert ids(notes.find(size=2)) == ["b"]
    assert ids(notes.find(owner="ada", size=2)) == ["b"]
    assert notes.count(size=2) == 1
    assert notes.first(owner="ada", size=2) == note("b", size=2)
    assert notes.first(owner="nobody") is None


def test_a_page_counts_from_the_newest(notes: Store) -> None:
    for number in range(10):
        notes.add(note(str(number)))
    assert ids(notes.page(0, 3)) == ["9", "8", "7"]
    assert ids(notes.page(8, 5, owner="ada")) == ["1", "0"]
    assert notes.page(10, 5) == []


def test_documents_may_go_while_they_are_listed(notes: Store) -> None:
    for key in "abc":
        notes.add(note(key))
    seen = []
    for doc in notes.find(owner="ada"):
        seen.append(doc["id"])
        if doc["id"] == "a":
            notes.remove("b")
    assert seen == ["a", "c"]
    assert notes.remove_where(owner="ada") == 2
    assert len(notes) == 0


def test_totals_follow_every_change(notes: Store) -> None:
    notes.add(note("a", size=3))
    notes.add(note("b", size=4))
    notes.update("a", size=10)
    assert notes.sum("size", owner="ada") == 14
    assert notes.sum("size", owner="ada", kind="memo") == 14
    notes.update("b", owner="bob")
    assert (notes.sum("size", owner="ada"), notes.sum("size", owner="bob")) == (10, 4)
    notes.remove("a")
    assert notes.sum("size", owner="ada") == 0


def test_a_missing_amount_counts_nothing(notes: Store) -> None:
    notes.add({"id": "a", "owner": "ada"})
    notes.add({"id": "b", "owner": "ada", "size": None})
    assert notes.sum("size", owner="ada") == 0
    notes.remove("a")


def test_a_rollback_undoes_everything_in_order(state: State, notes: Store) -> None:
    for key in "abc":
        notes.add(note(key))
    state.commit()
    before = state.snapshot()
    notes.remove("b")
    notes.add(note("d", owner="bob"))
    notes.update("d", owner="ada")
    notes.put(note("a", owner="bob", size=9))
    notes.add(note("b"))
    notes.remove("d")
    assert state.dirty
    state.rollback()
    assert state.snapshot() == before
    assert not state.dirty
    assert ids(notes.find(owner="ada")) == ["a", "b", "c"]
    assert notes.sum("size", owner="ada") == 3


def test_a_commit_cannot_be_undone(state: State, notes: Store) -> None:
    notes.add(note("a"))
    state.commit()
    state.rollback()
    assert ids(notes) == ["a"]


def test_a_restore_takes_named_collections_and_empties_the_others(state: State, notes: Store) -> None:
    notes.add(note("a", size=5))
    held = state.snapshot()
    notes.update("a", size=6)
    state["people"].add({"name": "ada"})
    state.restore({"notes": held["notes"]})
    assert notes.sum("size", owner="ada") == 5
    assert len(state["people"]) == 0
    assert not state.dirty


def test_a_collection_cannot_be_declared_twice() -> None:
    with pytest.raises(StateError, match="'notes' is declared twice"):
        State([NOTES, NOTES], Clock().stamp)


def test_what_came_late_into_an_index_is_in_order_in_a_fork_of_a_fork(state: State, notes: Store) -> None:
    """Nobody reads the index in between, which would put it in order."""
    for key, owner in (("a", "bob"), ("b", "ada")):
        notes.add(note(key, owner))
    notes.update("a", owner="ada")
    state.commit()
    fork = state.fork(Clock().stamp)
    for number in range(5):
        fork["notes"].add(note(str(number), "eve"))
    fork.commit()
    again = fork.fork(Clock().stamp)
    assert ids(again["notes"].find(owner="ada")) == ["a", "b"]
    assert ids(again["notes"].newest(owner="ada", kind="memo")) == ["b", "a"]


# -- the model -----------------------------------------------------------------------------------------------------

KEYS = st.sampled_from("abcdefgh")
OWNERS = st.sampled_from(["ada", "bob", "eve"])
KINDS = st.sampled_from(["memo", "list", None])
SIZES = st.integers(-50, 50)
WANTED = st.sampled_from(
    [
        (),
        ("owner",),
        ("kind",),
        ("size",),
        ("owner", "kind"),
        ("owner", "size"),
        ("kind", "size"),
        ("owner", "kind", "size"),
    ]
)


class StoreAgainstModel(RuleBasedStateMachine):
    """Does the same to a Store and to a plain list, and asks both the same questions.

    The model is a list of documents in order of insertion; the committed one is kept aside as a copy. There are several
    states at a time, forked from one another; one of them is in hand.
    """

    @initialize(large=st.sampled_from([2, 256]))
    def begin(self, large: int) -> None:
        base._LARGE = large  # from which size on a bucket is not copied
        self.others: list[tuple[State, list[Doc]]] = []
        self.frozen: list[tuple[State, list[Doc]]] = []
        self.kept: list[tuple[Any, list[Doc]]] = []
        self.hold(State([NOTES], Clock().stamp), [])

    def hold(self, state: State, model: list[Doc]) -> None:
        self.state, self.store = state, state["notes"]
        self.model, self.committed = list(model), list(model)

    def held(self, key: str) -> Doc | None:
        return next((doc for doc in self.model if doc["id"] == key), None)

    @rule(key=KEYS, owner=OWNERS, kind=KINDS, size=SIZES)
    def add(self, key: str, owner: str, kind: str | None, size: int) -> None:
        doc = {"id": key, "owner": owner, "kind": kind, "size": size}
        if self.held(key) is None:
            assert self.store.add(doc) == doc
            self.model.append(doc)
        else:
            with pytest.raises(KeyError):
                self.store.add(doc)

    @rule(key=KEYS, changes=st.fixed_dictionaries({}, optional={"owner": OWNERS, "kind": KINDS, "size": SIZES}))
    def update(self, key: str, changes: Doc) -> None:
        old = self.held(key)
        if old is None:
            with pytest.raises(KeyError):
                self.store.update(key, **changes)
        else:
            new = {**old, **changes}
            assert self.store.update(key, **changes) == new
            self.model[self.model.index(old)] = new

    @rule(key=KEYS, owner=OWNERS, kind=KINDS, size=SIZES)
    def put(self, key: str, owner: str, kind: str | None, size: int) -> None:
        doc = {"id": key, "owner": owner, "kind": kind, "size": size}
        old = self.held(key)
        self.store.put(doc)
        if old is None:
            self.model.append(doc)
        else:
            self.model[self.model.index(old)] = doc

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        old = self.held(key)
        if old is None:
            with pytest.raises(KeyError):
                self.store.remove(key)
        else:
            assert self.store.remove(key) == old
            self.model.remove(old)

    @rule(owner=OWNERS)
    def remove_where(self, owner: str) -> None:
        gone = [doc for doc in self.model if doc["owner"] == owner]
        assert self.store.remove_where(owner=owner) == len(gone)
        self.model = [doc for doc in self.model if doc["owner"] != owner]

    @rule()
    def commit(self) -> None:
        self.state.commit()
        self.committed = list(self.model)

    @rule()
    def rollback(self) -> None:
        self.state.rollback()
        self.model = list(self.committed)

    @rule(stay=st.booleans())
    def fork(self, stay: bool) -> None:
        self.commit()
        fork = self.state.fork(Clock().stamp)
        if stay:
            self.others.append((fork, list(self.model)))
        else:
            self.others.append((self.state, list(self.model)))
            self.hold(fork, self.model)

    @rule(data=st.data())
    def change_states(self, data: st.DataObject) -> None:
        if self.others:
            self.commit()
            number = data.draw(st.integers(0, len(self.others) - 1))
            state, model = self.others[number]
            self.others[number] = self.state, list(self.model)
            self.hold(state, model)

    @rule()
    def freeze(self) -> None:
        self.commit()
        self.frozen.append((self.state.fork(Clock().stamp), list(self.model)))

    @rule(data=st.data())
    def reset(self, data: st.DataObject) -> None:
        if self.frozen:
            state, model = data.draw(st.sampled_from(self.frozen))
            self.state.take(state)
            self.hold(self.state, model)

    @rule()
    def let_go(self) -> None:
        if self.others:
            self.state.let_go()
            assert len(self.store) == 0
            self.hold(*self.others.pop())

    @rule()
    def snapshot(self) -> None:
        self.kept.append((self.state.snapshot(), list(self.model)))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        if self.kept:
            snapshot, model = data.draw(st.sampled_from(self.kept))
            self.state.restore(snapshot)
            self.model, self.committed = list(model), list(model)

    @rule(fields=WANTED, owner=OWNERS, kind=KINDS, size=SIZES, offset=st.integers(0, 4), limit=st.integers(0, 4))
    def ask(self, fields: tuple[str, ...], owner: str, kind: str | None, size: int, offset: int, limit: int) -> None:
        every = {"owner": owner, "kind": kind, "size": size}
        equals = {field: every[field] for field in fields}
        matching = [doc for doc in self.model if all(doc[field] == value for field, value in equals.items())]
        assert list(self.store.find(**equals)) == matching
        assert list(self.store.newest(**equals)) == matching[::-1]
        assert self.store.first(**equals) == (matching[0] if matching else None)
        assert self.store.page(offset, limit, **equals) == matching[::-1][offset : offset + limit]
        assert self.store.count(**equals) == len(matching)
        if fields in (("owner",), ("owner", "kind")):
            assert self.store.sum("size", **equals) == sum(doc["size"] for doc in matching)

    @invariant()
    def same_documents_in_the_same_order(self) -> None:
        assert list(self.store) == self.model
        assert len(self.store) == len(self.model)
        assert all(self.store.get(doc["id"]) == doc and doc["id"] in self.store for doc in self.model)
        assert not any(key in self.store for key in "abcdefgh" if self.held(key) is None)

    @invariant()
    def the_other_states_hold_what_they_held(self) -> None:
        for state, model in (*self.others, *self.frozen):
            assert list(state["notes"]) == model
            for owner in ("ada", "bob"):
                mine = [doc for doc in model if doc["owner"] == owner]
                assert list(state["notes"].find(owner=owner)) == mine
                assert state["notes"].sum("size", owner=owner) == sum(doc["size"] for doc in mine)


StoreAgainstModel.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None, database=None)
TestStoreAgainstModel = StoreAgainstModel.TestCase


HELD = """
from specdouble.mock.state.collections import Collection, State
state = State([Collection("notes")], lambda: "")
for number in range(5000):
    state["notes"].add({"id": number})
state.commit()
kept = state.fork(lambda: "")
"""


def test_a_process_that_holds_many_documents_ends() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], timeout=30, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
