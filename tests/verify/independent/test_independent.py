"""The suites against an independent implementation: no false alarm, every fault found, nothing passed in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from specdouble.verify.api import places
from tests.verify.apis import API, contract
from tests.verify.independent.app import FAULTS, SERVICE_TOKEN, create
from tests.verify.running import asgi, told, verdicts, verify

PATHS = (
    "/healthz", "/v1/auth/.well-known/jwks.json", "/v1/auth/login", "/v1/auth/logout", "/v1/auth/me",
    "/v1/auth/refresh", "/v1/auth/register", "/v1/auth/sessions", "/v1/auth/sessions/revoke-others",
    "/v1/auth/sessions/{session_id}/revoke", "/v1/billing/balance", "/v1/billing/payments", "/v1/billing/topup",
    "/v1/billing/topup-config", "/v1/billing/topup/confirm", "/v1/billing/wallet", "/v1/billing/wallet/history",
    "/v1/events/stats", "/v1/keys", "/v1/keys/{key_id}", "/v1/me/nickname",
)  # fmt: skip
SERVED = tuple(op.key for op in contract().ops if op.service == "auth_gateway" and op.spec.path in PATHS)
# Why rules cannot be proven there, by a word of the reason: what the target lacks, or nobody gave.
LACKING = {
    "admin", "cases-uid", "change-password", "developer/register", "events/stream", "me/extensions", "outside the API",
    "payment-methods", "plans", "signup", "stripe-secret", "users/{user_id}",
}  # fmt: skip
LONG = {"test_auth_matrix", "test_bounds", "test_fuzz"}  # the slow test makes them too
GIVEN: dict[str, Any] = {"service_token": SERVICE_TOKEN, "control": "off"}


def conforms(result: dict[str, Any]) -> None:
    """Check that nothing was found, and that what is unproven is so for want of something that the target lacks."""
    assert told(result) == []
    assert set(verdicts(result, "conforms")) == set(SERVED)
    lacking = {one["rule"]: one["reasons"] for one in result["proof"] if one["verdict"] == "unproven"}
    reasons = {reason["reason"] for all_ in lacking.values() for reason in all_}
    for reason in reasons:
        assert any(word in reason for word in LACKING), reason
    for word in LACKING:
        assert any(word in reason for reason in reasons), word
    assert 0 < len(lacking) < result["summary"]["rules"]["conforms"]


def test_it_is_large_enough() -> None:
    assert len(PATHS) > 12
    assert {op.spec.path for op in contract().ops if op.key in SERVED} >= set(PATHS)


def test_right_in_another_way() -> None:
    """All suites but those that send thousands of requests."""
    with asgi(create()) as url:
        suites = tuple(sorted(path.stem for path in places.files(API.folder) if path.stem not in LONG))
        result = verify(url, SERVED, suites=suites, **GIVEN)
    conforms(result)
    stands_in = [one for one in result["findings"] if one["severity"] == "warning"]
    assert {one["message"] for one in stands_in} == {"status 403 is not declared"}
    assert {one["key"] for one in stands_in} == {
        "DELETE /v1/keys/{key_id}",
        "POST /v1/auth/sessions/{session_id}/revoke",
    }


@pytest.mark.slow
def test_right_by_the_command(tmp_path: Path) -> None:
    """The real command, with random and hostile requests too."""
    words = [word for key in SERVED for word in ("--only", key)]
    with asgi(create()) as url:
        done = command(tmp_path, url, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    conforms(json.loads((tmp_path / "result.json").read_bytes()))


def test_the_command_on_a_few_paths(tmp_path: Path) -> None:
    words = [word for key in ("/healthz", "/v1/auth/.well-known/jwks.json") for word in ("--only", key)]
    with asgi(create()) as url:
        done = command(tmp_path, url, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_bytes())
    assert sorted(verdicts(result, "conforms")) == ["GET /healthz", "GET /v1/auth/.well-known/jwks.json"]


def command(tmp_path: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `specdouble verify` as a user does."""
    program = [sys.executable, "-m", "specdouble", "verify", url, "-n", "1", "-q", "--control", "off"]
    env = {**os.environ, "SPECDOUBLE_SERVICE_TOKEN": SERVICE_TOKEN, "XDG_STATE_HOME": str(tmp_path)}
    journal = ["--journal", str(tmp_path), "--json", str(tmp_path / "result.json")]
    return subprocess.run([*program, *journal, *words], env=env, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("strict", [False, True])
def test_a_field_that_no_schema_knows(strict: bool) -> None:
    with asgi(create(extra=True)) as url:
        result = verify(url, ("GET /v1/auth/me",), suites=("test_reach",), strict=strict, **GIVEN)
    assert [one.partition(":")[0] for one in told(result)] == ["SCHEMA-05 GET /v1/auth/me"] * strict
    assert len(told(result, "warning")) == (not strict)
    assert result["summary"]["exit_code"] == int(strict)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    op, suite = FAULTS[fault]
    with asgi(create(frozenset({fault}))) as url:
        result = verify(url, (op,), suites=(suite,), fast=True, **GIVEN)
    assert op in {one["key"] for one in result["findings"] if one["severity"] == "violation"}, told(result)
