"""`specdouble verify --init` and the page about the settings: every key, no secret, nothing overwritten."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path

import pytest
from apis import API, OPTIONS

from specdouble.cli.main import cli
from specdouble.cli.starter import settings_text, waivers_text
from specdouble.verify.problems import SettingsError
from specdouble.verify.results import waivers
from specdouble.verify.running.gather import gather

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
SECRETS = {name for name, one in OPTIONS.items() if one.secret}
LEFT_OUT = {"spec", "overlay", "tests"}  # a pack is named instead


def init(*words: str) -> None:
    cli(["verify", *words, "--init"], standalone_mode=False)


def uncommented(text: str) -> str:
    """Take away the `# ` of every line that shows a key, as the file tells its reader to do."""
    return re.sub(r"^# ([a-z][\w-]* = |\[\[)", r"\1", text, flags=re.MULTILINE)


def test_it_is_readable_as_it_is_and_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "specdouble.toml").write_text(settings_text(API, {}))
    found = gather({}, {}, tmp_path)
    assert (found.target, found.seed > 0, found.allow_writes, found.waivers) == ("", True, True, "")
    assert tomllib.loads(settings_text(API, {})) == {"verify": {}}
    (tmp_path / "waivers.toml").write_text(waivers_text(datetime.date(2026, 6, 1)))
    assert waivers.read(str(tmp_path / "waivers.toml")) == []


def test_every_key_stands_in_it_and_can_be_uncommented(tmp_path: Path) -> None:
    text = uncommented(settings_text(API, {}))
    assert set(tomllib.loads(text)["verify"]) == set(OPTIONS) - SECRETS - LEFT_OUT
    (tmp_path / "specdouble.toml").write_text(text)
    assert gather({}, {}, tmp_path).allow_destructive is True
    for name, option in OPTIONS.items():
        assert f"# {option.help}" in text or name in LEFT_OUT, name
        assert name not in SECRETS or f"SPECDOUBLE_{name.upper().replace('-', '_')}" in text


def test_the_waivers_can_be_uncommented(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(uncommented(waivers_text(datetime.date(2026, 6, 1))))
    first, second = waivers.read(str(path))
    assert (first.rule, first.operation, first.expires) == ("AUTH-07", "GET /v1/keys", datetime.date(2026, 11, 30))
    assert (second.rule, second.operation) == ("", "POST /v1/keys")


def test_what_was_given_is_set_and_secrets_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    init(
        "https://guard:gate-passw0rd@auth.example.com", "--allow-writes", "--only", "AUTH", "--only", 'a"b\\c',
        "--min-proven", "0.5", "--service-token", "tok-secret-1", "--user", "ada@example.com:s3cret-password",
    )  # fmt: skip
    text = (tmp_path / "specdouble.toml").read_text()
    assert tomllib.loads(text)["verify"] == {
        "target": "https://auth.example.com", "only": ["AUTH", 'a"b\\c'], "allow-writes": True, "min-proven": 0.5,
        "waivers": "waivers.toml",  # which is written beside it
    }  # fmt: skip
    for secret in ("tok-secret-1", "s3cret-password", "gate-passw0rd"):
        assert secret not in text
    out = capsys.readouterr().out
    assert "specdouble.toml written\nwaivers.toml written\n" in out
    assert "--service-token is a secret and was not written: set SPECDOUBLE_SERVICE_TOKEN" in out
    assert "s3cret-password" not in out


@pytest.mark.parametrize("name", ["specdouble.toml", "waivers.toml"])
def test_it_never_overwrites(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("# mine\n")
    with pytest.raises(SettingsError, match=f"{name} is there already; nothing was written"):
        init()
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "# mine\n"


def test_what_makes_no_sense_is_not_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="--profile 'daily'"):
        init("--profile", "daily")
    assert list(tmp_path.iterdir()) == []


def test_it_says_where_it_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specdouble.toml").symlink_to(tmp_path / "nowhere" / "x")
    with pytest.raises(SettingsError, match="is there already"):
        init()


def test_the_page_knows_every_key_and_its_example_is_a_waiver(tmp_path: Path) -> None:
    text = PAGE.read_text()
    rows = set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE))
    assert rows >= set(OPTIONS) | set(waivers.KEYS)
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "w.toml").write_text(example)
    (one,) = waivers.read(str(tmp_path / "w.toml"))
    assert one.reason
    assert "`--sarif`" in text
    assert "`--sarif-file`" not in text.partition("These are options")[2]


@pytest.mark.parametrize("text", ['waivers = "x"\n', '[waiver_]\nrule = "A"\n', 'rule = "AUTH-07"\nreason = "x"\n'])
def test_a_waivers_file_with_something_else_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"write one table \[\[waiver\]\]"):
        waivers.read(str(tmp_path / "w.toml"))
