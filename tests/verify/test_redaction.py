"""No secret of a run leaves it: not in one output, whatever the target sends back."""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from apis import API

from specdouble.cli.main import cli
from specdouble.mock.boot import Platform
from specdouble.verify.responses.redact import Redactor, fields_of
from tests.verify.tokens import token
from tests.verify.wsgi import Server, Tap, echo

KINDS = ("json", "html", "junit", "sarif", "codequality", "markdown")


LOOKS = API.words.secret_looks


def redactor(*secrets: str) -> Redactor:
    return Redactor.of(dict.fromkeys(secrets, "token"), LOOKS)


# -- values ------------------------------------------------------------------------------------------------------------


def test_a_secret_is_replaced_by_its_kind_and_a_mark() -> None:
    cleaned = redactor("s3cret-token").clean("Bearer s3cret-token, once more: s3cret-token.")
    assert re.fullmatch(r"Bearer <token [0-9a-f]{4}>, once more: <token [0-9a-f]{4}>\.", cleaned)


def test_of_two_that_overlap_the_longer_one_is_replaced() -> None:
    cleaned = redactor("s3cret-token", "s3cret-token-and-more").clean("s3cret-token-and-more")
    assert "and-more" not in cleaned


@pytest.mark.parametrize("value", ["short", "aaaaaaaaaaaa", "abababababab", "", None, 7])
def test_what_stands_in_ordinary_words_is_left_alone(value: object) -> None:
    made = Redactor(LOOKS)
    made.learn(value, "token")
    assert made.known == {}


@pytest.mark.parametrize(
    "spelt",
    [
        lambda secret: json.dumps({"detail": secret}),
        lambda secret: json.dumps({"detail": secret}, ensure_ascii=False),
        lambda secret: f"https://example.com/?token={quote(secret, safe='')}",
        lambda secret: f"plain {secret} text",
    ],
)
def test_other_spellings_are_known(spelt: object) -> None:
    secret = 'pä"ss/word\\7&x'
    text = spelt(secret)  # type: ignore[operator]
    assert "word" in text
    assert "word" not in redactor(secret).clean(text)


@pytest.mark.parametrize(
    "value",
    [
        token("imp_u_somebody"),
        "imp_live_0123456789abcdef",
        "imp_rt_0123456789abcdef",
        token("x")[:-20],
        "pi_3Nabc_secret_9fWqkR1x",
        "seti_1Mxyz_secret_Zz81kqLw",
    ],
)
def test_a_secret_of_somebody_else_is_known_by_its_look(value: str) -> None:
    cleaned = Redactor(LOOKS).clean(f"their token is {value}!")
    assert re.fullmatch(r"their token is <secret [0-9a-f]{4}>!", cleaned)


@pytest.mark.parametrize("text", ["imp_u_abc123 and imp_dev_xyz", "the prefix imp_live_abcd", "eyJ is how they begin"])
def test_ids_and_prefixes_are_no_secrets(text: str) -> None:
    assert Redactor(LOOKS).clean(text) == text


def test_secrets_are_learned_at_any_depth() -> None:
    made = Redactor(LOOKS)
    made.learn_from(
        {"items": [{"user": {"password": "hidden-1"}}], "name": "shown-1"}, fields_of("/v1/users", API.words)
    )
    assert list(made.known) == ["hidden-1"]
    made.learn_from({"key": "shown-2"}, fields_of("/v1/settings", API.words))
    made.learn_from({"key": "hidden-2"}, fields_of("/v1/keys", API.words))
    assert list(made.known) == ["hidden-1", "hidden-2"]
    made.learn_from({"token": "abcdefghijklmnopqrstuvwxyz"}, fields_of("/v1/settings", API.words))
    assert len(made.known) == 3


def test_everything_in_a_result_is_cleaned() -> None:
    value = {"a-s3cret-x": ["a-s3cret-x", {"deep": ("a-s3cret-x", 3, None)}]}
    assert "a-s3cret-x" not in str(redactor("a-s3cret-x").clean_all(value))


@pytest.mark.parametrize("value", ["platform-tok", "PLATFORM-TOKEN", "platform-token-x", "plat form-token", "-token"])
def test_a_header_shows_nothing_that_was_made_from_a_secret(value: str) -> None:
    masked = redactor("platform-token").mask(f"Bearer {value}")
    assert "plat" not in masked.lower()
    assert "<" in masked


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer garbage", "Basic YWRtaW46YWRtaW4=", "Bearer a.b.c"])
def test_a_header_of_a_made_up_credential_is_shown(value: str) -> None:
    assert redactor("platform-token").mask(value) == value


# A test of every kind of credential: what is refused is echoed.
TESTS = (
    "test_auth_matrix.py::test_no_wrong_credential_opens_it[POST /v1/keys]",
    "test_auth_matrix.py::test_a_service_operation_opens_to_no_person[GET /v1/events/stats]",
    "test_reach.py::test_a_valid_request_is_taken[POST /v1/auth/register]",
)

# -- whole runs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def where(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path


def leaks(secrets: set[str], texts: dict[str, str]) -> list[str]:
    """Return where a secret stands, in any spelling."""
    known = {one for one in secrets if len(one) >= 6 and len(set(one)) >= 5}
    assert len(known) > 5
    found = []
    for secret in known:
        spellings = {secret, html.escape(secret), json.dumps(secret)[1:-1], quote(secret, safe="")}
        found += [f"{name}: {secret}" for name, text in texts.items() if any(one in text for one in spellings)]
    return found


def test_a_target_that_echoes_credentials_makes_no_report_show_one(
    specdouble_platform: Platform, where: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tap = Tap(specdouble_platform, echo)
    with Server(tap) as server:
        words = ["verify", server.url, "-n", "1", "--journal", str(where / "runs"), "--seed", "1"]
        words += [word for kind in KINDS for word in (f"--{kind}", str(where / f"report.{kind}"))]
        words += [word for test in TESTS for word in ("--only", test)]
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(where / "summary.md"))
        with pytest.raises(SystemExit) as ended:
            cli(words, standalone_mode=False)
        out, err = capfd.readouterr()
    assert ended.value.code == 1
    texts = {path.name: path.read_text() for path in where.rglob("*") if path.is_file()}
    assert len(texts) >= len(KINDS) + 3  # and the summary, the journal, the kept result
    told = json.loads(texts["report.json"])
    assert {one["rule"] for one in told["findings"]} >= {"SECRET-01"}
    assert [one for one in told["findings"] if "<access token" in str(one)]
    tap.secrets |= {"dev-service-token", "s3cure!admin", "imp_reg_key_dev"}
    assert leaks(tap.secrets, {**texts, "stdout": out, "stderr": err}) == []


def test_plain_pytest_shows_none_either(
    specdouble_platform: Platform, where: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(where)
    tap = Tap(specdouble_platform, echo)
    with Server(tap) as server:
        words = [
            "--pyargs",
            "specdouble.verify",
            "-p",
            "specdouble.verify.plugin",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
        ]
        words += ["--rootdir", str(where), "--target", server.url, "--only", TESTS[0], "-vv", "-W", "ignore"]
        words += ["--contract-journal", str(where / "runs"), "--contract-result", "r.json", "--junitxml", "j.xml"]
        code = pytest.main([*words, "--showlocals", "-rA"])
        out, err = capfd.readouterr()
    assert code == 1, out + err
    assert "SECRET-01 POST /v1/keys" in out
    assert "CONFORM" in out
    texts = {path.name: path.read_text() for path in where.rglob("*") if path.is_file()}
    assert leaks(tap.secrets | {"dev-service-token"}, {**texts, "stdout": out, "stderr": err}) == []
