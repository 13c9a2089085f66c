"""The policy: what a run never sends by default, with class and reason; the user narrows and widens it."""

from __future__ import annotations

from typing import Any

import pytest
from apis import API, Settings, contract
from click.testing import CliRunner

from specdouble.cli.main import cli
from specdouble.packs.imperal.contract_tests.safety import DENIED
from specdouble.verify.api.policy import stands
from specdouble.verify.problems import SettingsError
from specdouble.verify.running.gather import gather
from specdouble.verify.running.selection import check_words

REMOTE = "https://auth.example.com"


def denied(**settings: Any) -> dict[str, str]:
    """Return the operations that a run beyond loopback does not send, with their class."""
    given = Settings(target=REMOTE, **settings)
    found = {op.id: stands(given, op) for op in contract().ops}
    return {op: one.reason for op, one in found.items() if one is not None}


def test_every_entry_names_operations_a_class_and_a_sentence() -> None:
    for entry in DENIED:
        assert entry.reason in API.reasons
        assert len(entry.why.split()) > 3
        assert [op for op in entry.ops if contract()[op].reads] == []
    assert len(API.denied) == sum(len(entry.ops) for entry in DENIED), "an operation stands twice"


def test_only_what_costs_money_mails_people_or_cannot_be_undone_is_denied() -> None:
    found = denied()
    assert found.keys() == API.denied.keys()
    assert len(found) <= 12
    for free in ("GET /v1/billing/plans", "PUT /v1/billing/profile", "POST /v1/webhooks/gmail", "POST /v1/keys",
                 "registry POST /v1/hub/{user_id}/messages"):  # fmt: skip
        assert free not in found


def test_on_loopback_nothing_is_denied() -> None:
    assert [op.id for op in contract().ops if stands(Settings(target="http://localhost:1"), op)] == []


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (("money",), {op for op, entry in API.denied.items() if entry.reason == "money"}),
        (("POST /v1/auth/signup",), {"POST /v1/auth/signup"}),
        (("/v1/agencies",), {"POST /v1/agencies", "PUT /v1/agencies/{agency_id}/settings"}),
        (("agencies", "mail"), {"POST /v1/agencies", "PUT /v1/agencies/{agency_id}/settings", "POST /v1/auth/signup"}),
        (tuple(API.reasons), set(API.denied)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "gone",
)
def test_allow_takes_off_the_list_by_class_operation_path_and_tag(words: tuple[str, ...], gone: set[str]) -> None:
    assert denied().keys() - denied(allow=words).keys() == gone
    assert gone


def test_deny_puts_on_the_list_and_wins() -> None:
    tag = contract()["GET /v1/keys"].spec.tag
    found = denied(allow=("mail", "/v1/keys"), deny=(tag, "POST /v1/auth/signup", "money"))
    assert {found[op] for op in ("GET /v1/keys", "POST /v1/keys", "POST /v1/auth/signup")} == {"user"}
    assert found["POST /v1/billing/topup"] == "user"


def test_a_part_that_was_given_takes_its_class_off() -> None:
    assert "money" not in denied(stripe_secret="whsec_x").values()
    assert "money" not in denied(pay_command="pay {payment_method}").values()
    assert "mail" not in denied(mail_command="mail {email}").values()
    assert set(denied(control="off").values()) == set(API.reasons)
    assert set(denied(control="http://mock.example.com/__mock__").values()) == {"permanent"}


def test_the_reason_says_what_and_which_option_helps() -> None:
    for op, entry in API.denied.items():
        said = str(stands(Settings(target=REMOTE), contract()[op]))
        assert entry.why in said
        assert f"--allow {entry.reason}" in said
    said = str(stands(Settings(target=REMOTE, deny=("/v1/keys",)), contract()["GET /v1/keys"]))
    assert said == "the operation is denied: --deny /v1/keys"


def test_settings_come_from_the_file_too(tmp_path: Any) -> None:
    (tmp_path / "specdouble.toml").write_text('[verify]\nallow = ["money"]\ndeny = ["agencies"]\n')
    found = gather({"target": REMOTE}, {}, tmp_path)
    assert (found.allow, found.deny) == (("money",), ("agencies",))


@pytest.mark.parametrize("option", ["allow", "deny"])
def test_a_word_that_names_nothing_is_refused_with_the_closest(option: str) -> None:
    words: dict[str, Any] = {option: ("mony",)}
    with pytest.raises(SettingsError, match=f"--{option} 'mony' names no .*the closest is 'money'"):
        check_words(Settings(target=REMOTE, **words))


def test_rules_shows_the_policy() -> None:
    said = CliRunner().invoke(cli, ["verify", "--rules"]).output
    for op, entry in API.denied.items():
        assert f"  {op}\n" in said
        assert entry.why in said
    for reason, one in API.reasons.items():
        assert f"{reason}: {one.text}" in said
