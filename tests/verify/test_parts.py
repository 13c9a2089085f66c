"""Parts that somebody outside the API plays: commands and a mock's control plane, one interface."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from apis import Settings

from specdouble.packs.imperal.contract_tests.parts import CARDS, Parts, token_of
from specdouble.packs.imperal.contract_tests.people import Person
from specdouble.verify.http.control import Control
from specdouble.verify.problems import SettingsError, Unmet
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.users.parts import check_commands

REMOTE = "https://auth.example.com"
LINK = "Welcome.\nConfirm: https://app.example.com/verify?utm=mail&token=verify_9f8e7d6c5b4a3f2e1d0c\nBye."
ADA = Person("ada", "ada@example.com", "pw", id="imp_u_ada", access_token="secret-access-token")


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "part.py"
    path.write_text(f"import os, sys\n{text}\n")
    return f"{sys.executable} {path}"


def parts(**settings: Any) -> Parts:
    given = Settings(target=REMOTE, control="off", **settings)
    check_commands(given)
    return Parts(given, Control(given), Redactor())


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (LINK, "verify_9f8e7d6c5b4a3f2e1d0c"),
        ('<a href="https://x.example/v#token=abcDEF123456">', "abcDEF123456"),
        ("Your token is verify_1a2b3c4d5e6f7a8b9c0d.", "verify_1a2b3c4d5e6f7a8b9c0d"),
        ("Confirm your address with this token: bVZKIpkU_xZSTHaZHCyqVA", "bVZKIpkU_xZSTHaZHCyqVA"),
        ("Confirm your address with this token: bVZKIpkUfxZSTHaZHCyqVA.", "bVZKIpkUfxZSTHaZHCyqVA"),
        ("To specdouble-1a2b3c4d5e6f7a8b@example.com: the token is -abcDEF123456-", "-abcDEF123456-"),
        ("https://mailer-42.shop.example.com/verify/abcDEFghiJKL is good for an hour", "abcDEFghiJKL"),
        ("plaintoken", "plaintoken"),
        ("", ""),
        ("No mail yet for this address", ""),
        ("Congratulations! Unfortunately, nothing-to-confirm at https://mailer-42.shop.example.com/.", ""),
    ],
)
def test_the_token_of_a_mail_is_found(text: str, token: str) -> None:
    assert token_of(text) == token


def test_a_mailbox_is_a_command_and_its_token_a_secret(tmp_path: Path) -> None:
    one = parts(
        mail_command=script(tmp_path, f"print({LINK!r} if sys.argv[1] == 'a+b@example.com' else '')") + " {email}"
    )
    assert one.has("mail")
    assert one.mailed("a+b@example.com") == "verify_9f8e7d6c5b4a3f2e1d0c"
    assert "verify_9f8e" not in one.redactor.clean(LINK)


def test_a_mail_may_take_some_seconds(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    text = f"import pathlib; p = pathlib.Path({str(seen)!r}); print({LINK!r} if p.exists() else ''); p.touch()"
    assert parts(mail_command=script(tmp_path, text) + " {email}").mailed("a@example.com").startswith("verify_")


def test_no_shell_reads_an_address(tmp_path: Path) -> None:
    one = parts(mail_command=script(tmp_path, "print('token=' + 'x1' * 8 if len(sys.argv) == 2 else '')") + " {email}")
    assert one.mailed("a; touch {email} `id` $(id)@example.com") == "x1" * 8


def test_a_device_is_approved_and_the_token_travels_in_the_environment(tmp_path: Path) -> None:
    told = tmp_path / "told"
    text = f"open({str(told)!r}, 'w').write(' '.join(sys.argv[1:]) + ' ' + os.environ['SPECDOUBLE_ACCESS_TOKEN'])"
    parts(approve_command=script(tmp_path, text) + " {user_code} {email}").approve("AAAA-BBBB", ADA)
    assert told.read_text() == "AAAA-BBBB ada@example.com secret-access-token"


def test_tasks_and_states_are_one_word(tmp_path: Path) -> None:
    echo = script(tmp_path, "print('-'.join(sys.argv[1:]))")
    one = parts(
        task_command=f"{echo} {{user_id}} {{app_id}}", state_command=f"{echo} {{app_id}} {{provider}} {{user_id}}"
    )
    assert one.task("imp_u_ada", "notes", name="not for a command") == "imp_u_ada-notes"
    assert one.state("notes", "google", "imp_u_ada") == "notes-google-imp_u_ada"
    two = parts(task_command=script(tmp_path, "print('two words')"))
    with pytest.raises(Unmet, match="--task-command must print one word, and printed 2"):
        two.task("imp_u_ada", "notes")


def test_a_payment_is_confirmed_with_the_id_of_its_intent(tmp_path: Path) -> None:
    told = tmp_path / "told"
    text = f"open({str(told)!r}, 'w').write(' '.join(sys.argv[1:]) + ' ' + os.environ['SPECDOUBLE_CLIENT_SECRET'])"
    parts(pay_command=script(tmp_path, text) + " {intent} {payment_method}").pay("seti_1_secret_2", CARDS[2], "imp_u_a")
    assert told.read_text() == f"seti_1 {CARDS[2]} seti_1_secret_2"


@pytest.mark.parametrize(
    ("part", "ask"),
    [
        ("mail", lambda one: one.mailed("a@example.com")),
        ("approve", lambda one: one.approve("A-B", ADA)),
        ("pay", lambda one: one.pay("seti_1_secret_2", "pm_card_visa", "imp_u_a")),
        ("task", lambda one: one.task("imp_u_a", "notes")),
        ("state", lambda one: one.state("notes", "google", "imp_u_a")),
    ],
)
def test_where_nobody_plays_a_part_its_option_is_named(part: str, ask: Any) -> None:
    one = parts()
    assert not one.has(part)
    with pytest.raises(Unmet, match=f"is needed: --{part}-command"):
        ask(one)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nonsense_module", "ended with 1 and said .*nonsense_module"),
        ("import time; time.sleep(20)", "did not end within 3 seconds"),
    ],
)
def test_a_command_that_fails_says_so(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=f"--task-command {said}"):
        parts(task_command=script(tmp_path, text), timeout=3).task("imp_u_a", "notes")


def test_a_command_that_fails_tells_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", "Zk8-quite-secret-77")
    text = "sys.exit('no charge with ' + os.environ['STRIPE_TEST_KEY'] + ' nor sk_live_0a1b2c3d4e5f')"
    with pytest.raises(Unmet, match="ended with 1 and said no charge with ") as failed:
        parts(pay_command=script(tmp_path, text)).pay("seti_1_secret_2", "pm_card_visa", "imp_u_a")
    assert "quite-secret" not in str(failed.value)
    assert "0a1b2c3d4e5f" not in str(failed.value)


def test_a_command_may_print_any_bytes(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match="must print one word, and printed 2"):
        parts(task_command=script(tmp_path, r"os.write(1, b'\xff\xfe \xe3')")).task("imp_u_a", "notes")


def test_a_command_that_is_not_there_says_so() -> None:
    with pytest.raises(Unmet, match="--task-command cannot be started: /nowhere/at/all: No such file"):
        parts(task_command="/nowhere/at/all").task("imp_u_a", "notes")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mail_command": "mail {adress}"}, r"--mail-command knows no \{adress\}; it knows \{email\}"),
        ({"mail_command": "mail"}, r"--mail-command must name \{email\}"),
        ({"approve_command": "x 'open"}, "--approve-command cannot be read: No closing quotation"),
        ({"approve_command": "x {access_token}"}, "in the environment as SPECDOUBLE_ACCESS_TOKEN"),
    ],
)
def test_a_command_that_cannot_work_is_refused_before_the_run(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parts(**settings)


def test_test_cards_are_settings() -> None:
    assert parts().cards == CARDS
    assert parts(test_cards=("pm_mine",)).cards == ("pm_mine", *CARDS[1:])


def test_a_command_that_cannot_be_started_is_not_tried_again(tmp_path: Path) -> None:
    told = tmp_path / "told"
    text = f"open({str(told)!r}, 'a').write('x'); import time; time.sleep(20)"
    one = parts(task_command=script(tmp_path, text), timeout=1)
    for _ in range(3):
        with pytest.raises(Unmet, match="--task-command did not end within 1 seconds"):
            one.task("imp_u_a", "notes")
    assert told.read_text() == "x"


def test_a_command_that_failed_before_it_ever_worked_is_not_tried_again(tmp_path: Path) -> None:
    told = tmp_path / "told"
    count = f"open({str(told)!r}, 'a').write('x'); "
    one = parts(task_command=script(tmp_path, f"{count}sys.exit('no worker')"))
    for _ in range(3):
        with pytest.raises(Unmet, match="--task-command ended with 1 and said no worker"):
            one.task("imp_u_a", "notes")
    assert told.read_text() == "x"
    text = f"{count}sys.exit('once') if len(open({str(told)!r}).read()) == 3 else print('task-1')"
    one = parts(task_command=script(tmp_path, text))
    assert one.task("imp_u_a", "notes") == "task-1"
    with pytest.raises(Unmet, match="said once"):
        one.task("imp_u_a", "notes")
    assert one.task("imp_u_a", "notes") == "task-1"


def test_a_mailbox_that_never_showed_a_mail_is_waited_for_once(tmp_path: Path) -> None:
    one = parts(mail_command=script(tmp_path, "") + " {email}", timeout=1)
    started = time.monotonic()
    for _ in range(9):
        with pytest.raises(Unmet, match="no mail with a token"):
            one.mailed("a@example.com")
    assert time.monotonic() - started < 5
