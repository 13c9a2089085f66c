"""A run with a budget: what it may spend, which tests it makes, which probes, and how it says what it left out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from apis import API, Settings, contract

from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.api.credentials import Person
from specdouble.verify.http.meter import RESERVE, Meter, Spent
from specdouble.verify.results.budget import Budget, sentences
from specdouble.verify.results.proof import Proof
from specdouble.verify.running.plan import PREFLIGHT, plan, prices
from specdouble.verify.session.sampling import Sampling
from specdouble.verify.users.lending import Lending
from tests.verify.running import verify

GET, POST = (httpx.Request(method, "http://x.example/v1/keys") for method in ("GET", "POST"))


# -- what may be spent -------------------------------------------------------------------------------------------------


def test_processes_of_a_run_spend_one_budget() -> None:
    settings = Settings(target="http://127.0.0.1:1", budget=100)
    meters = [Meter(settings), Meter(settings)]
    for number in range(100 - RESERVE):
        meters[number % 2].take(GET)
    for meter in meters:
        with pytest.raises(Spent, match="the budget of 100 requests is spent: --budget allows more"):
            meter.take(POST)
    assert sum(meter.sent for meter in meters) == 100 - RESERVE
    meters[0].close()


def test_what_is_created_pays_for_its_removal() -> None:
    meter = Meter(Settings(target="http://127.0.0.1:1", budget=100))
    sent = (100 - RESERVE) // 2
    for _ in range(sent):
        meter.take(POST)
        meter.reserve()
    with pytest.raises(Spent):
        meter.take(POST)
    meter.sweeping = True
    for _ in range(sent):
        meter.take(httpx.Request("DELETE", "http://x.example/v1/keys/1"))
    assert meter.sent == 2 * sent <= 100
    meter.close()


def test_a_shard_has_its_part() -> None:
    assert Settings(target="http://127.0.0.1:1", profile="staging").budget == 6000
    assert Settings(target="http://127.0.0.1:1", profile="staging", shard="2/4").allowance == 1500
    assert Settings(target="http://127.0.0.1:1").allowance == 0


def test_a_run_never_sends_more_than_its_budget(specdouble_server: Urls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preflight, the control plane, set-up and cleaning up are counted where requests leave this process."""
    sent, send = [], httpx.Client.send

    def counting(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        sent.append(request)
        return send(self, request, **more)

    monkeypatch.setattr(httpx.Client, "send", counting)
    result = verify(specdouble_server.auth_gateway, registry=specdouble_server.registry, budget=300)
    told = result["budget"]
    assert 100 < len(sent) <= 300, told
    assert told["requests"] == 300
    assert told["spent"] <= 300
    assert told["left_out"] > 1000
    assert result["summary"]["exit_code"] == 2  # most operations are unproven: little of the gate costs so little
    assert all(one["removed"] for one in result["created"])
    reasons = {why for one in result["operations"] for why in one["reasons"]}
    assert "left out: a budget of 300 requests (--budget)" in reasons
    unproven = [one for one in result["proof"] if one["verdict"] == "unproven"]
    assert len(unproven) > 300


# -- which tests -------------------------------------------------------------------------------------------------------


def item(name: str, rule: str, op: str = "") -> Any:
    params = {"op": contract()[op]} if op else {}
    marks = [SimpleNamespace(name="rule", args=(rule, *([op] if op else [])))]
    return SimpleNamespace(
        nodeid=f"specdouble/verify/suites/{name}",
        callspec=SimpleNamespace(params=params),
        iter_markers=lambda _name: iter(marks),
    )


def known(function: str, count: int) -> list[Any]:
    names = [name for name in prices(API.pack.prices) if name.startswith(function)][:count]
    return [item(name, "REACH-01", name.partition("[")[2][:-1]) for name in names]


def test_a_plan_costs_no_more_than_the_budget_and_is_always_the_same() -> None:
    items = [*known("test_methods.py::test_und", 0), *known("test_reach.py::test_a_valid", 189)]
    first, again = plan(API, items, 200), plan(API, list(reversed(items)), 200)
    assert {one.nodeid for one in first.kept} == {one.nodeid for one in again.kept}
    assert 0 < len(first.kept) < 189
    assert len(first.kept) + len(first.left) == 189
    spent = sum(prices(API.pack.prices)[one.nodeid.rpartition("suites/")[2]][1] for one in first.kept)
    assert spent <= 200 - PREFLIGHT - RESERVE


def test_nothing_is_sampled_where_everything_is_paid_for() -> None:
    made = plan(API, known("test_reach.py::test_a_valid", 189), 10_000)
    assert not made.left
    assert not made.samples


def test_an_unknown_test_comes_last() -> None:
    items = [item("test_new.py::test_new", "B01"), *known("test_reach.py::test_a_valid", 5)]
    assert [one.nodeid for one in plan(API, items, 62).left] == ["specdouble/verify/suites/test_new.py::test_new"]


def test_every_price_is_of_a_test_and_none_is_missing(pytester_ids: set[str]) -> None:
    unknown = pytester_ids - prices(API.pack.prices).keys()
    assert len(unknown) <= 0.03 * len(pytester_ids), f"measure prices again: python -m tests.planted.telling {unknown}"
    assert all(sampled >= 0 and whole >= 0 for _, sampled, whole in prices(API.pack.prices).values())


@pytest.fixture
def pytester_ids() -> set[str]:
    """The names of all tests, for each function with an operation those of its parameter list."""
    import importlib
    import inspect

    from specdouble.verify.api import places

    found = set()
    for path in places.wanted(places.files(), generated=False):
        loaded = importlib.import_module(str(places.module_name(path)))
        for name, test in inspect.getmembers(loaded, inspect.isfunction):
            if name.startswith("test_") and not any(
                mark.name in ("parametrize", "operations") for mark in getattr(test, "pytestmark", ())
            ):
                found.add(f"{path.name}::{name}")
    return found


# -- which probes ------------------------------------------------------------------------------------------------------


def test_the_first_are_made_everywhere_and_the_others_take_turns() -> None:
    sampling = Sampling(seed=1)
    things = list(range(30))
    assert sampling.some(things, 2, 1, "a") == things
    sampling.on = True
    turns = {tuple(sampling.some(things, 2, 1, f"operation {number}")) for number in range(200)}
    assert all(turn[:2] == (0, 1) and len(turn) == 3 for turn in turns)
    assert {turn[2] for turn in turns} == set(range(2, 30))  # each kind is tried somewhere
    assert sampling.some(things, 2, 1, "a") == sampling.some(things, 2, 1, "a")
    other = Sampling(seed=2)
    other.on = True
    assert [sampling.some(things, 0, 1, str(one)) for one in things] != [
        other.some(things, 0, 1, str(one)) for one in things
    ]


def person(number: int) -> Person:
    return Person("somebody", f"p{number}@example.com", "x", id=f"imp_u_{number:06d}")


def answered(method: str, url: str, status: int, content: bytes = b"") -> httpx.Response:
    return httpx.Response(status, request=httpx.Request(method, url, content=content))


@pytest.fixture
def lending(monkeypatch: pytest.MonkeyPatch) -> Lending:
    monkeypatch.setattr(Person, "stale", False)
    made = Lending()
    made.on = True
    return made


def test_who_was_not_changed_is_lent_again(lending: Lending) -> None:
    first = lending.lend("person", lambda: person(1))
    other = lending.lend("person", lambda: person(2))
    assert first.id != other.id  # nobody is lent twice in one test
    first.label = "renamed by the test"
    lending.heard(answered("GET", "http://x/v1/users/imp_u_000001", 200))
    lending.heard(answered("DELETE", "http://x/v1/users/imp_u_000001", 403))
    lending.back()
    again = {lending.lend("person", lambda: person(3)).id for _ in range(2)}
    assert again == {"imp_u_000001", "imp_u_000002"}


@pytest.mark.parametrize(
    "response",
    [
        answered("DELETE", "http://x/v1/users/imp_u_000001", 200),
        answered("POST", "http://x/v1/auth/login", 200, b'{"email": "p1@example.com"}'),
        answered("POST", "http://x/v1/webhooks/stripe", 202, b'{"customer": "cus_imp_u_000001"}'),
    ],
    ids=["path", "address", "body"],
)
def test_who_was_changed_is_not(response: httpx.Response, lending: Lending) -> None:
    lending.lend("person", lambda: person(1))
    lending.heard(response)
    lending.back()
    assert lending.lend("person", lambda: person(2)).id == "imp_u_000002"


# -- what is told ------------------------------------------------------------------------------------------------------


def test_what_is_left_out_is_unproven() -> None:
    budget = Budget(6000, 5900, [[("B01", "GET /v1/keys")], [("AUTH-01", "GET /v1/keys")]])
    budget.add({"rules": ["BOUND-09"], "left_out": 7})
    proof = Proof(API)
    budget.tell(proof)
    budget.tell(proof)
    reason = "left out: a budget of 6,000 requests (--budget)"
    assert proof.reasons("GET /v1/keys", narrow=False) == [reason]  # AUTH-01 is a check of its own, B01 is a rule
    verdicts = {one["rule"]: one["reasons"] for one in proof.rules(["GET /v1/keys"])}
    assert verdicts["B01"] == [{"reason": reason, "operations": ["GET /v1/keys"]}]
    assert budget.notes() == [
        "5,900 of 6,000 requests of the budget were used; 2 tests were left out, and their rules are unproven",
        "Sampled (the most telling probes, on every operation): BOUND-09",
    ]
    assert sentences(None) == []


def test_an_impossible_budget_is_an_error(tmp_path: Path) -> None:
    from specdouble.verify.problems import SettingsError

    with pytest.raises(SettingsError, match="--budget 5 is too small to look at anything"):
        Settings(target="http://127.0.0.1:1", journal=str(tmp_path)).but(budget=5)


def test_the_order_was_not_learnt_from_the_sample() -> None:
    from tests.planted.catalogue import find
    from tests.planted.matrix import KEPT
    from tests.planted.results import KEPT_BUDGET, kept
    from tests.planted.sample import sample

    assert not set(sample()) & orjson.loads(KEPT.read_bytes()).keys()
    assert kept(KEPT_BUDGET).keys() <= set(sample())
    assert all(find(name) for name in sample())
