"""`[serve]` of `specdouble.toml`: options under their own names, below the command line and the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from specdouble.cli import serve as command
from specdouble.cli.main import cli
from specdouble.cli.serve_settings import ServeSettingsError
from specdouble.errors import SpecdoubleError
from specdouble.settings_file import table

ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = ROOT / "docs" / "examples" / "library.yaml"


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return what a server would be started with: its target, its options, and whether requests are printed."""
    monkeypatch.chdir(tmp_path)

    def call(text: str, *words: str, **variables: str) -> tuple[Any, Any, bool]:
        (tmp_path / "specdouble.toml").write_text(text)
        found: list[Any] = []
        monkeypatch.setattr(
            command, "start", lambda target, options, verbose, *_: found.append((target, options, verbose))
        )
        done = CliRunner().invoke(command.serve, words, env=variables, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return found[0]  # type: ignore[no-any-return]

    return call


def test_the_file_says_what_is_served_and_how(chosen: Any) -> None:
    flags = "strict = true\ncors = false\nverbose = true\n"
    text = f'[serve]\ntarget = "{LIBRARY.as_posix()}"\nport = 8099\nseed = 5\n{flags}'
    target, options, verbose = chosen(text)
    assert target.contract.name == "library"
    assert (options.ports, options.seed, options.strict, options.cors, verbose) == (
        {"library": 8099},
        5,
        True,
        False,
        True,
    )


def test_the_environment_and_the_command_line_win(chosen: Any) -> None:
    text = "[serve]\nseed = 5\nport = 8099\nregistry-port = 8098\n[verify]\nseed = 9\n"
    _, options, _ = chosen(text, "--port", "8097", SPECDOUBLE_SEED="7")
    assert (options.seed, options.ports) == (7, {"auth_gateway": 8097, "registry": 8098})
    target, _, _ = chosen('[serve]\ntarget = "nowhere.yaml"\n', str(LIBRARY))
    assert target.contract.name == "library"


def test_options_of_the_pack_stand_there_too(chosen: Any) -> None:
    _, options, _ = chosen('[serve]\ntoken-seconds = 60\ndeploy-seconds = 2\nservice-token = "x"\n')
    assert (options.token_seconds, options.deploy_seconds, options.service_token) == (60, 2, "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[serve]\nsede = 5\n", r"specdouble.toml: \[serve\] knows no 'sede'. Did you mean 'seed'\?"),
        ("[serve]\nreload = true\n", r"\[serve\] knows no 'reload'"),
        ("[serve]\nzzzz = true\n", r"specdouble serve --help lists the options"),
        ('[serve]\nport = "8099"\n', "port is '8099'. Write a whole number."),
        ("[serve]\nport = true\n", "port is True. Write a whole number."),
        ("[serve]\nport = 1.0\n", "port is 1.0. Write a whole number."),
        ("[serve]\nstrict = 1\n", "strict is 1. Write true or false."),
        ("[serve]\nhost = 1\n", "host is 1. Write a text in quotes."),
        ('[serve]\ndeploy-seconds = "1"\n', "deploy-seconds is '1'. Write a number."),
        ("[serve]\ntarget = [1]\n", "target is .1.. Write a text in quotes, or a list of texts."),
        ("[sevre]\nport = 1\n", r"there is no table \[sevre\]. Did you mean \[serve\]\?"),
        ("port = 1\n", "'port' stands outside of a table"),
        ("serve = 1\n", r"write a table \[serve\]"),
        ("[serve\n", "specdouble.toml: "),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_the_closest(chosen: Any, text: str, said: str) -> None:
    with pytest.raises(ServeSettingsError, match=said):
        chosen(text)


def test_a_value_out_of_its_range_is_told_as_that_of_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specdouble.toml").write_text("[serve]\nport = 70000\n")
    done = CliRunner().invoke(command.serve, [])
    assert done.exit_code == 2
    assert "--port" in done.output


def test_without_a_file_nothing_is_said(tmp_path: Path) -> None:
    assert table("serve", tmp_path) == {}
    (tmp_path / "specdouble.toml").write_bytes(b"\xef\xbb\xbf[verify]\n")
    assert table("serve", tmp_path) == {}
    (tmp_path / "specdouble.toml").write_bytes(b"\xff")
    with pytest.raises(SpecdoubleError, match=r"specdouble\.toml"):
        table("serve", tmp_path)


def test_port_0_is_for_every_service_that_has_no_port_of_its_own(chosen: Any) -> None:
    assert chosen("", "--port", "0")[1].ports == {"auth_gateway": 0, "registry": 0}
    assert chosen("", "--port", "0", "--registry-port", "8086")[1].ports == {"auth_gateway": 0, "registry": 8086}
    assert chosen("[serve]\nregistry-port = 8086\n", "--port", "0")[1].ports == {"auth_gateway": 0, "registry": 8086}
    assert chosen("", "--port", "8090")[1].ports == {"auth_gateway": 8090, "registry": 8086}


def test_the_value_of_an_option_of_the_default_pack_is_no_target(chosen: Any) -> None:
    target, options, _ = chosen("", "--signing-key", str(LIBRARY))
    assert (target.contract.name, options.signing_key) == ("imperal", str(LIBRARY))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["ser"], {"serve"}),
        (["serve", "tool"], {"toolhive", "tool"}),
        (["serve", "--signing"], {"--signing-key"}),
        (["serve", "nowhere.yaml", "--see"], {"--seed"}),
        (["serve", str(LIBRARY), "--item"], {"--items"}),
    ],
)
def test_the_shell_completes_commands_packs_and_options(
    words: list[str], found: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMP_WORDS", " ".join(["specdouble", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    done = CliRunner().invoke(cli, prog_name="specdouble", env={"_SPECDOUBLE_COMPLETE": "bash_complete"})
    assert {line.partition(",")[2] for line in done.output.splitlines()} == found
