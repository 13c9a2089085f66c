"""`specdouble serve --faults FILE`: read before anything is promised, and watched by `--reload`."""

from __future__ import annotations

from pathlib import Path

import pytest

from specdouble.cli.main import main
from specdouble.cli.reload import watched
from specdouble.cli.target import Target


@pytest.mark.parametrize(
    ("text", "said"),
    [("- {statsu: 500}", "'statsu' is no key of a rule. Did you mean status?"), (None, "does not exist")],
)
def test_a_file_that_cannot_be_used_is_one_line_before_the_panel(
    shop_file: Path, tmp_path: Path, text: str | None, said: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    file = tmp_path / "faults.yaml"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr("sys.argv", ["specdouble", "serve", str(shop_file), "--port", "0", "--faults", str(file)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_file_that_the_settings_name_and_that_is_not_there_is_told_with_the_settings(
    shop_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specdouble.toml").write_text('[serve]\nfaults = "nope.yaml"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["specdouble", "serve", str(shop_file), "--port", "0"])
    with pytest.raises(SystemExit) as ended:
        main()
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert "nope.yaml" in err
    assert "It is named in specdouble.toml [serve]." in err
    monkeypatch.setattr("sys.argv", ["specdouble", "serve", str(shop_file), "--port", "0", "--faults", "none.yaml"])
    with pytest.raises(SystemExit):
        main()
    assert "specdouble.toml" not in capsys.readouterr().err


def test_reload_watches_the_file(shop_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    held = watched(Target([str(shop_file)], None), [str(shop_file)], None, [str(file)])
    assert held.matters(None, str(file.resolve()))
    assert tmp_path.resolve() in held.folders
