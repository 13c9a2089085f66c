"""The pages about CI and pytest are true: the workflow is sound, and every option they name exists."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from apis import API, OPTIONS

from specdouble.cli.report import report
from specdouble.verify.running import pytest_options as plugin

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("verify-in-ci.md", "verify-with-pytest.md", "configuration.md")
PYTEST = {"--pyargs", "--help", "-n", "-k", "-c"}


def blocks(page: str, kind: str, title: str = "") -> list[str]:
    head = f'{kind} title="{title}"' if title else kind
    return re.findall(rf"```{head}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def workflow() -> dict[str, Any]:
    (text,) = blocks("verify-in-ci.md", "yaml")
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def commands() -> Iterator[tuple[str, str]]:
    """Yield program and arguments of every command on the pages, those of the workflow too."""
    scripts = [block for page in PAGES for block in blocks(page, "sh")]
    scripts += [step["run"] for job in workflow()["jobs"].values() for step in job["steps"] if "run" in step]
    scripts += [text for page in PAGES for text in re.findall(r"`((?:specdouble|pytest) [^`]+)`", page_text(page))]
    for line in "\n".join(scripts).splitlines():
        if found := re.match(r"(specdouble report \w+|specdouble \w+|pytest)\b(.*)", line.strip()):
            yield found[1], found[2]


def page_text(page: str) -> str:
    return re.sub(r"```.*?```", "", (DOCS / page).read_text(), flags=re.DOTALL)


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])(--[a-z][\w-]*|-[a-z])(?![\w-])", text))


def of_command(command: click.Command) -> set[str]:
    return {name for one in command.params for name in one.opts} | {"--help"}


class Parser:
    """Stands in for pytest's own, and keeps the names of options."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def getgroup(self, *_words: str) -> Parser:
        return self

    def addoption(self, *names: str, **_more: Any) -> None:
        self.names |= {*names}


@pytest.fixture(scope="module")
def of_pytest() -> set[str]:
    parser = Parser()
    plugin.add_options(parser, API)  # type: ignore[arg-type]
    return parser.names | PYTEST


def test_the_pages_show_every_command() -> None:
    programs = {program for program, _arguments in commands()}
    wanted = {"specdouble verify", "specdouble report merge", "specdouble report diff", "specdouble report show"}
    assert wanted | {"pytest", "specdouble cleanup"} <= programs


@pytest.mark.parametrize("name", ["merge", "diff", "show"])
def test_options_of_report_exist(name: str) -> None:
    known = of_command(report.commands[name])
    used = [options(arguments) for program, arguments in commands() if program == f"specdouble report {name}"]
    assert used
    assert set().union(*used) <= known


def test_options_of_pytest_exist(of_pytest: set[str]) -> None:
    used = set().union(*(options(arguments) for program, arguments in commands() if program == "pytest"))
    assert {"--target", "--only", "-n", "-k"} <= used
    assert used - of_pytest == set()
    assert options(page_text("verify-with-pytest.md")) - of_pytest == set()


def test_options_of_verify_exist(of_pytest: set[str]) -> None:
    try:
        verify = importlib.import_module("specdouble.cli.verify").verify
    except ImportError:
        pytest.skip("there is no verify command yet")
    used = set().union(*(options(arguments) for program, arguments in commands() if program == "specdouble verify"))
    assert {"--shard", "--json"} <= used
    settings = {f"--{name}" for name in OPTIONS}
    assert used - of_command(verify) - settings == set()
    everything = settings | of_command(verify) | of_command(report.commands["merge"])
    assert options(page_text("verify-in-ci.md")) - everything == set()


def test_the_workflow_runs_every_shard_once_and_merges_them_all() -> None:
    verify, merged = workflow()["jobs"]["verify"], workflow()["jobs"]["report"]
    shards = verify["strategy"]["matrix"]["shard"]
    assert shards == list(range(1, len(shards) + 1))
    assert verify["strategy"]["fail-fast"] is False
    (step,) = [step for step in verify["steps"] if "verify" in step.get("run", "")]
    assert f"--shard ${{{{ matrix.shard }}}}/{len(shards)} " in step["run"]
    assert step["continue-on-error"] is True
    assert merged["needs"] == "verify"
    assert merged["if"] == "always()"


def test_the_workflow_hands_over_every_credential_as_a_secret() -> None:
    given = workflow()["jobs"]["verify"]["env"]
    names = {
        f"SPECDOUBLE_{name.upper().replace('-', '_')}"
        for name in ("service-token", "registry-key", "admin", "user", "user2", "developer")
    }
    assert given == {name: f"${{{{ secrets.{name} }}}}" for name in names}
    assert {name for name, one in OPTIONS.items() if one.secret} >= {
        name.removeprefix("SPECDOUBLE_").lower().replace("_", "-") for name in names
    }


def test_files_of_the_workflow_fit_together() -> None:
    jobs = workflow()["jobs"]
    (merge,) = [step["run"] for step in jobs["report"]["steps"] if "report merge" in step.get("run", "")]
    (sarif,) = [step["with"]["sarif_file"] for step in jobs["report"]["steps"] if "sarif" in step.get("uses", "")]
    assert f"--sarif {sarif}" in merge
    assert workflow()["permissions"]["security-events"] == "write"
    uploaded = [step["with"] for step in jobs["verify"]["steps"] if "upload-artifact" in step.get("uses", "")]
    assert uploaded == [
        {
            "name": "result-${{ matrix.shard }}",
            "path": "result-${{ matrix.shard }}.json",
            "if-no-files-found": "error",
        }
    ]
    (fetched,) = [step["with"] for step in jobs["report"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert fetched == {"pattern": "result-*", "merge-multiple": True}
    assert "result-*.json" in merge
