"""The suites find nothing in our own mock when it is right in another way; extra fields are warnings, unless strict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planted.kill import served
from tests.verify.another_way import WAYS, platform_of
from tests.verify.fronts import FRONTS, fronted
from tests.verify.running import told, verify

# The part of the gate that looks at what a way changes: words of --only, and suites.
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "more headers": (("api-keys", "me"), ("test_reach", "test_methods", "test_rules_me", "test_rules_keys")),
    "slower": (("api-keys",), ("test_reach", "test_rules_keys")),
    "403 and 404": (
        (),
        ("test_rules_confirmations", "test_rules_keys", "test_rules_sessions", "test_rules_calls_access"),
    ),
    "401 and 403": (("api-keys", "events", "POST /v1/auth/register"), ("test_auth_matrix", "test_rules_auth_accounts")),
    "other words": ((), ("test_rules_auth_accounts", "test_rules_developer", "test_rules_me")),
    "more fields": (("api-keys", "me", "roles", "billing"), ("test_reach", "test_lifecycles")),
    "422 for a header": (("events", "POST /v1/auth/register", "me"), ("test_auth_matrix", "test_rules_auth_accounts")),
    "keys backwards": (("api-keys", "billing"), ("test_reach", "test_lifecycles")),
    "white space": (("api-keys", "billing"), ("test_reach", "test_lifecycles")),
    "six digits of a second": (("actions", "api-keys"), ("test_reach", "test_lifecycles", "test_rules_actions")),
    "times as they come": (("actions", "api-keys"), ("test_reach", "test_lifecycles", "test_rules_actions")),
    "other ids": ((), ("test_rules_keys", "test_rules_sessions", "test_rules_roles", "test_rules_tasks")),
    "crowded": ((), ("test_rules_users_list", "test_rules_browse")),
    "a crowd": ((), ("test_rules_users_list", "test_rules_browse", "test_rules_audit", "test_rules_plans")),
    "rate limit": (("api-keys",), ("test_reach", "test_rules_keys", "test_models")),
    "rate limit until a date": (("api-keys",), ("test_reach", "test_rules_keys", "test_models")),
    "rate limit without a word": (("api-keys",), ("test_reach", "test_rules_keys", "test_models")),
}
# The part of the gate that a front is tried with: all kinds of requests, and a stream.
FRONTED: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("api-keys", "events"),
    ("test_reach", "test_methods", "test_auth_matrix", "test_lifecycles", "test_rules_streams"),
)


def run(way: str, *, whole: bool = False, **more: Any) -> dict[str, Any]:
    """Verify the mock, right in another way, with a part of the gate or all of it."""
    only, suites = ((), ()) if whole else PARTS[way]
    with served(platform_of(way)) as (gateway, registry):
        return verify(gateway, only, suites=suites, registry=registry, **more)


@pytest.mark.parametrize("way", PARTS)
def test_nothing_is_found(way: str) -> None:
    result = run(way)
    assert told(result) == []
    assert result["summary"]["exit_code"] == 0
    assert result["summary"]["operations"]["conforms"] > 0


def behind(front: str, *, whole: bool = False) -> dict[str, Any]:
    """Verify the mock behind a front, with a part of the gate or all of it."""
    only, suites = ((), ()) if whole else FRONTED
    with fronted(front) as (gateway, registry):
        return verify(gateway, only, suites=suites, registry=registry)


@pytest.mark.parametrize("front", FRONTS)
def test_nothing_is_found_behind_a_front(front: str) -> None:
    result = behind(front)
    assert told(result) == []
    assert result["summary"]["exit_code"] == 0
    assert result["summary"]["operations"]["conforms"] >= 5


def test_extra_fields_are_warnings() -> None:
    result = run("more fields")
    assert {one["rule"] for one in result["findings"]} == {"SCHEMA-05"}
    assert told(result, "warning")


def test_extra_fields_are_violations_when_it_is_strict() -> None:
    result = run("more fields", strict=True)
    assert {one["rule"] for one in result["findings"] if one["severity"] == "violation"} == {"SCHEMA-05"}
    assert result["summary"]["exit_code"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_the_whole_gate_finds_nothing(way: str) -> None:
    result = run(way, whole=True)
    assert told(result) == []
    assert result["summary"]["operations"]["conforms"] > 150


@pytest.mark.slow
@pytest.mark.parametrize("front", FRONTS)
def test_the_whole_gate_finds_nothing_behind_a_front(front: str) -> None:
    result = behind(front, whole=True)
    assert told(result) == []
    assert result["summary"]["operations"]["conforms"] > 150
