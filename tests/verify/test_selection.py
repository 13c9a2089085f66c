"""Which tests a run makes: a word of --only names a rule, a family, a tag, a path, an operation or a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from apis import Settings, contract

from specdouble.verify.api.chosen import chosen_ops, matches, narrow
from specdouble.verify.api.rules import rule
from specdouble.verify.problems import SettingsError
from specdouble.verify.running.selection import check_words, replayed, select


class Item:
    """What a test shows of itself to the selection."""

    def __init__(self, nodeid: str, *marks: Any, op: str = "") -> None:
        self.nodeid = nodeid
        self.marks = [one.mark for one in marks]
        if op:
            self.callspec = type("Callspec", (), {"params": {"op": contract()[op]}})()

    def iter_markers(self, _name: str) -> list[Any]:
        return self.marks


ITEMS: list[Any] = [
    Item("specdouble/verify/suites/test_reach.py::test_taken[POST /v1/keys]", rule("REACH-01"), op="POST /v1/keys"),
    Item("specdouble/verify/suites/test_reach.py::test_taken[GET /v1/keys]", rule("REACH-01"), op="GET /v1/keys"),
    Item("contract_tests/imperal/suites/identity/test_rules_keys.py::test_once", rule("K01", "POST /v1/keys")),
    Item("specdouble/verify/suites/test_auth.py::test_no[DELETE]", rule("AUTH-01"), op="DELETE /v1/keys/{key_id}"),
    Item("specdouble/verify/suites/test_registry.py::test_keys", rule("R05", "registry GET /v1/apps/{app_id}/keys")),
    Item("specdouble/verify/suites/test_registry.py::test_apps", rule("R06", "registry GET /v1/apps")),
]


def kept(*words: str, **more: Any) -> list[int]:
    chosen, others = select(Settings(only=words, **more), ITEMS)
    assert sorted(map(id, [*chosen, *others])) == sorted(map(id, ITEMS))
    return [ITEMS.index(one) for one in chosen]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), [0, 1, 2, 3, 4, 5]),
        (("REACH-01",), [0, 1]),
        (("REACH",), [0, 1]),
        (("AUTH",), [3]),
        (("K01",), [2]),
        (("RULE",), [2, 4, 5]),
        (("SCHEMA-04",), [0, 1, 2, 3, 4, 5]),
        (("SECRET",), [0, 1, 2, 3, 4, 5]),
        (("POST /v1/keys",), [0, 2]),
        (("POST  /v1/keys ",), [0, 2]),
        (("/v1/keys",), [0, 1, 2, 3]),
        (("/v1/keys/",), [3]),
        (("/v1/key",), []),
        (("/v1",), [0, 1, 2, 3, 4, 5]),
        (("api-keys",), [0, 1, 2, 3]),
        (("registry",), [4, 5]),
        (("registry GET /v1/apps",), [5]),
        (("GET /v1/apps",), [5]),
        (("/v1/apps",), [4, 5]),
        (("AUTH", "K01"), [2, 3]),
        (("test_once",), [2]),
        (("test_taken[GET /v1/keys]",), [1]),
        (("test_reach.py::test_taken[GET /v1/keys]",), [1]),
        (("elsewhere/contract_tests/suites/test_reach.py::test_taken[GET /v1/keys]",), [1]),
    ],
)
def test_a_word_chooses(words: tuple[str, ...], wanted: list[int]) -> None:
    assert kept(*words) == wanted


def test_an_operation_id_is_a_word_too() -> None:
    op = contract()["POST /v1/keys"]
    assert matches(op.spec.operation_id, op)


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_shards_make_every_test_once(count: int) -> None:
    parts = [kept(shard=f"{number}/{count}") for number in range(1, count + 1)]
    assert sorted(one for part in parts for one in part) == list(range(len(ITEMS)))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_shard_is_a_part_of_what_was_chosen() -> None:
    assert (kept("/v1/keys", shard="1/2"), kept("/v1/keys", shard="2/2")) == ([0, 2], [1, 3])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"only": ("AUHT",)}, r"--only 'AUHT' names no rule, tag, path or operation; the closest is 'AUTH'\."),
        ({"only": ("GET /v1/kys",)}, "the closest is 'GET /v1/keys'"),
        ({"only": ("/v1/key",)}, "the closest is '/v1/keys'"),
        ({"deny": ("AUTH-01",)}, "--deny 'AUTH-01' names no operation, tag, path or class of reasons"),
        ({"deny": ("/v1/paiouts",)}, "--deny '/v1/paiouts'"),
        ({"allow": ("/v1/paiouts",)}, "--allow '/v1/paiouts'"),
        ({"task_command": "start {task}"}, r"--task-command knows no \{task\}"),
    ],
)
def test_a_word_that_names_nothing_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        check_words(Settings(**settings))


def test_words_that_name_something_are_taken() -> None:
    check_words(Settings(only=("AUTH", "K01", "api-keys", "/v1/keys", "test_x"), deny=("auth", "/v1/keys")))


def test_a_run_is_about_what_it_names() -> None:
    assert len(chosen_ops(Settings())) == 189
    assert [op.id for op in chosen_ops(Settings(only=("GET /v1/keys",)))] == ["GET /v1/keys"]
    assert len(chosen_ops(Settings(only=("AUTH",)))) == 189
    assert narrow(Settings(only=("AUTH",)))
    assert not narrow(Settings(only=("/v1/keys",)))


def keep(where: Path, name: str, *findings: tuple[str, str]) -> None:
    data = {"run": {"id": name}, "findings": [{"id": identity, "test": test} for identity, test in findings]}
    (where / f"{name}.result.json").write_bytes(orjson.dumps(data))


def test_a_finding_is_replayed_by_its_test(tmp_path: Path) -> None:
    keep(tmp_path, "r-1", ("aaaaaaaaaaaa", "contract_tests/imperal/suites/identity/test_rules_keys.py::test_once"))
    keep(tmp_path, "r-2", ("bbbbbbbbbbbb", "test_other.py::test_x"))
    (tmp_path / "r-3.result.json").write_text("cut o")
    assert replayed("aaaaaaaaaaaa", journal=str(tmp_path)).endswith("::test_once")
    assert kept(replay="aaaaaaaaaaaa", journal=str(tmp_path)) == [2]
    with pytest.raises(SettingsError, match="--replay 'cccccccccccc': no result that was kept in"):
        replayed("cccccccccccc", journal=str(tmp_path))
