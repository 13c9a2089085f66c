"""Faults of the shop are found by the rules that are for them, and the healthy shop has none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from specdouble.verify.generated.grading import settle
from specdouble.verify.problems import TargetError, Unmet
from specdouble.verify.responses.record import Record
from specdouble.verify.running.gather import gather
from specdouble.verify.running.opening import make_session
from specdouble.verify.session.check import Check, Stop
from tests.reference_app.hunt import App
from tests.second_app import app as app_module
from tests.second_app.faults import CATALOGUE, activate
from tests.verify.generated.served import suites

HERE = Path(__file__).parent
SHOP = App("tests.second_app")
# The rule that finds a fault, and the operation whose test it is.
FOUND = {
    "location-elsewhere": ("LIFE-44", "POST /products"),
    "crash-empty-cart": ("REACH-41", "GET /cart"),
    "crash-delete-used": ("LIFE-67", "DELETE /addresses/{addressId}"),
    "user-coupons": ("AUTH-62", "PUT /coupons/{code}"),
    "session-any-case": ("AUTH-41", "GET /account"),
    "session-kept-after-logout": ("AUTH-46", "DELETE /session"),
    "password-any-case": ("AUTH-57", "POST /session"),
    "delete-product-reviews": ("LIFE-62", "DELETE /products/{productId}"),
    "delete-item-twice": ("BOUND-56", "DELETE /cart/items/{productId}"),
    "order-key-any-body": ("LIFE-73", "POST /orders"),
    "order-key-shared": ("LIFE-73", "POST /orders"),
    "page-last-lost": ("PAGE-41", "GET /admin/orders"),
    "page-meta-limit": ("PAGE-41", "GET /products"),
    "filter-max-price": ("FILTER-41", "GET /products"),
    "filter-total": ("PAGE-47", "GET /products"),
    "address-foreign-use": ("ISO-48", "POST /orders"),
    "review-foreign-delete": ("ISO-41", "POST /products/{productId}/reviews"),
    "cart-shared": ("ISO-49", "GET /cart"),
    "account-foreign": ("ISO-45", "GET /account"),
    "line-total": ("LIFE-78", "POST /orders"),
    "order-total": ("LIFE-78", "POST /orders"),
    "order-count": ("LIFE-78", "POST /orders"),
    "rating-average": ("LIFE-77", "GET /products/{productId}/reviews"),
    "coupon-zero": ("LIFE-64", "PUT /coupons/{code}"),
    "account-false": ("LIFE-64", "PATCH /account"),
    "patch-resets-tags": ("LIFE-52", "PATCH /products/{productId}"),
    "role-written": ("LIFE-57", "PATCH /account"),
    "cancel-paid": ("LIFE-66", "POST /orders/{orderId}/cancel"),
    "pay-twice": ("LIFE-66", "POST /orders/{orderId}/pay"),
}


@pytest.fixture(autouse=True)
def _healthy_again() -> Iterator[None]:
    yield
    activate(None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shop")
    (made / "document.json").write_text(json.dumps(SHOP.document()))
    return made


def faults(fault: str | None, folder: Path, rule: str, op_id: str) -> list[str]:
    """Return what the tests of a rule find at an operation of the shop with a fault."""
    url = SHOP.start(fault)
    given: dict[str, Any] = {"spec": str(folder / "document.json"), "target": url, "journal": str(folder)}
    session = make_session(gather({**given, "auth": str(HERE / "auth.yaml"), "seed": 1}, {}))
    found: list[dict[str, Any]] = []
    made = 0
    for name, test, wanted in suites():
        op = session.contract[op_id]
        if name != rule or not wanted(op, session.api):
            continue
        record = Record(test=f"{test.__name__}[{op.id}]", rules=(rule,), ops=(op.id,))
        session.client.begin(record)
        with suppress(Stop, Unmet, TargetError):
            test(op=op, session=session, check=Check(session, rule, (op.id,), rule))
        made += 1
        settle(record.findings.values(), {op.id: dict(record.judged[op.id])})
        found += [one for one in record.findings.values() if one["kind"] == "fault"]
    session.client.http.close()
    session.control.http.close()
    assert made, f"{rule} makes no test for {op_id}"
    return [f"{one['rule']} {one['op']}: {one['message']}" for one in found]


@pytest.mark.parametrize("fault", FOUND)
def test_a_fault_is_found_by_its_rule_and_the_healthy_shop_has_none(fault: str, folder: Path) -> None:
    rule, op = FOUND[fault]
    assert faults(fault, folder, rule, op)
    assert faults(None, folder, rule, op) == []


def test_faults_are_many_and_of_all_classes() -> None:
    kinds = Counter(one.kind for one in CATALOGUE.values())
    assert len(CATALOGUE) >= 60
    assert min(kinds.values()) >= 2


def test_every_fault_has_a_place() -> None:
    code = "\n".join(path.read_text() for path in HERE.glob("*.py") if not path.name.startswith("test_"))
    assert [one for one in CATALOGUE if f'"{one}"' not in code] == []
    assert {FOUND.get(one, ("", ""))[0] for one in FOUND} <= {name for name, _test, _wanted in suites()}


def test_its_document_is_the_one_it_keeps() -> None:
    client = app_module.create_app().test_client()
    assert client.get("/products").status_code == 200
    assert client.get("/products?limit=41").status_code == 400
    assert client.get("/cart").status_code == 401
    signed = client.post("/session", json={"login": "mara", "password": "Mara-secret-1"})
    assert signed.status_code == 200
    assert client.get("/cart").get_json() == {"data": {"items": [], "itemCount": 0, "total": 0}}
