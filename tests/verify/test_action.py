"""The GitHub action and the GitLab job do what the page about CI says, run by bash as a runner runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from reports_sample import full, small
from test_any_document import DOCUMENT, KEY
from test_baseline import pets
from test_reports_docs import blocks

from specdouble.verify.reports import write
from tests.verify.composite import Composite, Played

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent
Play = Callable[..., Played]


@pytest.fixture
def environ() -> dict[str, str]:
    kept = {
        name: one for name, one in os.environ.items() if not name.startswith(("SPECDOUBLE", "GITHUB", "PYTHONPATH"))
    }
    return {**kept, "PATH": f"{SCRIPTS}{os.pathsep}{kept['PATH']}"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "pets.json").write_text(json.dumps(DOCUMENT))
    (folder / "README.md").write_text("# Pets\n")
    return folder


@pytest.fixture
def play(tmp_path: Path, workspace: Path, environ: dict[str, str]) -> Play:
    temporary = tmp_path / "temp"
    temporary.mkdir()

    def run(**inputs: str) -> Played:
        usual = {
            "package": "none",
            "spec": "pets.json",
            "credentials": f"key={KEY}\r\n\n",
            "args": "--only\nGET /owner\n",
        }
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return Composite(ROOT, temporary).play(workspace, {**usual, **given}, environ)

    return run


@pytest.fixture(scope="module")
def leaky() -> Iterator[str]:
    with pets(leaky=True) as url:
        yield url


def test_a_healthy_server_passes_with_every_report(play: Play, workspace: Path) -> None:
    with pets(leaky=False) as url:
        played = play(url=url, seed="7", upload_sarif="true", sarif_file="README.md")
    assert played.code == 0, played.log
    assert played.outputs["exit-code"] == "0"
    assert (played.outputs["violations"], float(played.outputs["proven"])) == ("0", 1.0)
    found = {path.name for path in (workspace / "specdouble-report").iterdir()}
    assert found == {"specdouble.json", "specdouble.html", "specdouble.xml", "specdouble.sarif", "specdouble.md"}
    assert [name for name, _given in played.called] == [
        "actions/setup-python@v6", "github/codeql-action/upload-sarif@v4", "actions/upload-artifact@v7",
    ]  # fmt: skip
    assert (workspace / played.called[1][1]["sarif_file"]).is_file()
    assert played.called[2][1] == {"name": "specdouble-report", "path": "specdouble-report"}
    assert "CONFORM 1/1" in played.summary
    result = json.loads((workspace / played.outputs["result"]).read_text())
    assert (result["run"]["seed"], result["run"]["sarif_file"]) == (7, "README.md")
    assert KEY not in played.log + played.summary + json.dumps(result)


def test_a_fault_fails_the_step_after_its_reports_were_kept(play: Play, leaky: str) -> None:
    played = play(url=leaky, upload_sarif="true")
    assert (played.code, played.outputs["exit-code"]) == (1, "1")
    assert int(played.outputs["violations"]) > 0
    assert [name.partition("@")[0] for name, _given in played.called][1:] == [
        "github/codeql-action/upload-sarif", "actions/upload-artifact",
    ]  # fmt: skip
    assert "::error title=AUTH-41" in played.log


def test_what_is_known_and_what_fails_are_inputs(play: Play, leaky: str) -> None:
    assert play(url=leaky, fail_on="never", baseline="known.json").code == 0  # not there yet
    play(url=leaky, args="--only\nGET /owner\n--write-baseline\nknown.json")
    played = play(
        url=leaky, baseline="known.json", summary="false", annotations="false", artifact="", python_version=""
    )
    assert (played.code, played.called, played.summary.count("KNOWN")) == (0, [], 0)
    assert int(played.outputs["known"]) > 0
    assert "::error" not in played.log
    assert "::notice" not in played.log


def test_without_a_verdict_the_step_fails_too(play: Play) -> None:
    assert play(url="http://127.0.0.1:1").code == 3
    assert play(url="http://127.0.0.1:1", fail_on="all").code == 2


def test_recorded_traffic_is_an_input(play: Play, workspace: Path) -> None:
    entry = {"request": {"method": "GET", "url": "https://x.example/pets", "headers": []},
             "response": {"status": 500, "content": {"text": "{}", "mimeType": "application/json"}}}  # fmt: skip
    (workspace / "t.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    played = play(har="t.har\n", args="")
    assert (played.code, played.outputs["violations"]) == (1, "1")


def test_every_input_is_used() -> None:
    text = (ROOT / "action.yml").read_text()
    for name in yaml.safe_load(text)["inputs"]:
        assert f"inputs.{name}" in text, name


def test_the_page_names_inputs_that_exist() -> None:
    known = yaml.safe_load((ROOT / "action.yml").read_text())
    (step,) = blocks("verify-in-ci.md", "yaml", "one step")
    given = yaml.safe_load(step)["steps"][1]["with"]
    assert given.keys() <= known["inputs"].keys()


def test_the_job_of_gitlab_leaves_the_reports_that_it_names(
    workspace: Path, environ: dict[str, str], leaky: str
) -> None:
    (text,) = blocks("verify-in-ci.md", "yaml", "gitlab")
    job = yaml.safe_load(text)["contract"]
    install, verify = job["script"]
    assert install == 'pip install "$SPECDOUBLE_PACKAGE"'
    (workspace / "docs").mkdir()
    shutil.move(workspace / "pets.json", workspace / "docs" / "openapi.yaml")
    given = {"STAGING_URL": leaky, "SPECDOUBLE_CREDENTIAL": f"key={KEY}", "SPECDOUBLE_ONLY": "GET /owner"}
    command, given = ["bash", "-eo", "pipefail", "-c", verify], {**environ, **given}
    done = subprocess.run(command, cwd=workspace, env=given, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    for name in (*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()):
        assert (workspace / name).stat().st_size, name
    entries = json.loads((workspace / job["artifacts"]["reports"]["codequality"]).read_text())
    assert {one["check_name"]: one["severity"] for one in entries}["AUTH-41"] == "critical"


@pytest.mark.parametrize("make", [full, lambda: small("violates", "conforms")])
def test_a_code_quality_report_has_what_gitlab_asks_for(make: Any, tmp_path: Path) -> None:
    result = make()
    write(result, {"codequality": tmp_path / "q.json"})
    entries = json.loads((tmp_path / "q.json").read_text())
    wanted = [one["id"] for one in result["findings"] if not one["waiver"]]
    assert sorted(one["fingerprint"] for one in entries) == sorted(wanted)
    for one in entries:
        assert one.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert one["location"]["lines"]["begin"] >= 1
        assert not one["location"]["path"].startswith(("/", "./"))
