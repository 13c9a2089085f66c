"""A runner of GitHub workflows, as far as the page about CI needs one: jobs, a matrix, steps, artifacts, outcomes.

Each job gets an empty home and an empty workspace, as a hosted runner does. `run:` lines are executed by `bash -e`;
the few actions that the page uses are played, and another one is an error.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.]+)\s*\}\}")


@dataclass
class Step:
    """How one step ended: its exit code (`outcome`), and whether the job counts it as a failure."""

    name: str
    code: int
    failed: bool
    output: str


@dataclass
class Job:
    """One job that ran: its workspace, the step summary, and its steps."""

    name: str
    workspace: Path
    steps: list[Step] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether GitHub shows the job red."""
        return any(step.failed for step in self.steps)

    @property
    def summary(self) -> str:
        """What the job wrote into its step summary."""
        path = self.workspace.parent / "summary.md"
        return path.read_text() if path.exists() else ""

    def step(self, word: str) -> Step:
        """Return the one step with a word in its name or command."""
        (found,) = [one for one in self.steps if word in one.name]
        return found


class Runner:
    """Runs the jobs of a workflow, one after the other, in a folder of its own.

    `contexts` are what `${{ … }}` may name (`vars`, `secrets`, `github`); an unset one is empty, as on GitHub. `path`
    is put before PATH, `environ` is what the machine adds, `checkout` the user's repository. `uploaded` holds the
    SARIF files that were handed to code scanning, each with the workspace that it came from.
    """

    def __init__(
        self, workflow: dict[str, Any], folder: Path, contexts: dict[str, dict[str, str]], *, path: Path,
        checkout: Path, environ: dict[str, str],
    ) -> None:  # fmt: skip
        self.workflow, self.folder, self.contexts = workflow, folder, contexts
        self.path, self.checkout, self.environ = path, checkout, environ
        self.artifacts = folder / "artifacts"
        self.uploaded: list[tuple[Path, dict[str, Any]]] = []

    def jobs(self, name: str, most: int | None = None) -> list[Job]:
        """Run a job, once for each entry of its matrix, or for the first few of them."""
        job = self.workflow["jobs"][name]
        matrix = job.get("strategy", {}).get("matrix", {})
        (axis, values) = next(iter(matrix.items()), ("", [""]))
        return [self._job(name, job, {axis: str(value)} if axis else {}) for value in values[:most]]

    def _job(self, name: str, job: dict[str, Any], matrix: dict[str, str]) -> Job:
        home = self.folder / "-".join((name, *matrix.values()))
        made = Job(name, home / "workspace")
        shutil.rmtree(home, ignore_errors=True)
        made.workspace.mkdir(parents=True)
        self.contexts["matrix"] = matrix
        given = {**self.workflow.get("env", {}), **job.get("env", {})}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SPECDOUBLE", "GITHUB", "XDG"))}
        environ = {
            **kept, "HOME": str(home), "PATH": f"{self.path}:{os.environ['PATH']}", "CI": "true",
            "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(made.workspace),
            "GITHUB_STEP_SUMMARY": str(home / "summary.md"), **self.environ,
            **{key: self._filled(str(value)) for key, value in given.items()},
        }  # fmt: skip
        environ.pop("PYTHONPATH", None)
        for step in job["steps"]:
            if made.failed and step.get("if") != "always()":
                continue
            made.steps.append(self._step(step, made, environ))
        return made

    def _step(self, step: dict[str, Any], job: Job, environ: dict[str, str]) -> Step:
        name = str(step.get("name") or step.get("uses") or step["run"])
        if "run" in step:
            command = ["bash", "-e", "-c", self._filled(step["run"])]
            done = subprocess.run(
                command, cwd=job.workspace, env=environ, capture_output=True, text=True, check=False
            )  # fmt: skip
            code, output = done.returncode, done.stdout + done.stderr
        else:
            output = self._action(step["uses"].partition("@")[0], step.get("with", {}), job)
            code = int(bool(output))
        return Step(name, code, bool(code) and not step.get("continue-on-error"), output)

    def _action(self, name: str, given: dict[str, Any], job: Job) -> str:
        """Play an action; return what went wrong, or nothing."""
        given = {key: self._filled(str(value)) for key, value in given.items()}
        if name == "actions/checkout":
            shutil.copytree(self.checkout, job.workspace, dirs_exist_ok=True)
        elif name == "actions/upload-artifact":
            return self._upload(given, job)
        elif name == "actions/download-artifact":
            for folder in sorted(self.artifacts.glob(given["pattern"])):
                shutil.copytree(folder, job.workspace, dirs_exist_ok=True)
        elif name == "github/codeql-action/upload-sarif":
            path = job.workspace / given["sarif_file"]
            if not path.is_file():
                return f"Path does not exist: {path}"
            self.uploaded.append((job.workspace, json.loads(path.read_text())))
        else:
            assert name == "actions/setup-python", f"the runner knows no {name}"
        return ""

    def _upload(self, given: dict[str, str], job: Job) -> str:
        found = sorted(job.workspace.glob(given["path"]))
        if not found and given.get("if-no-files-found") == "error":
            return f"No files were found with the provided path: {given['path']}"
        folder = self.artifacts / given["name"]
        folder.mkdir(parents=True, exist_ok=True)
        for path in found:
            shutil.copy(path, folder)
        return ""

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._value(*found[1].split(".")), text)

    def _value(self, context: str, name: str) -> str:
        assert context in self.contexts, f"there is no context {context}"
        return self.contexts[context].get(name, "")


def places(sarif: dict[str, Any]) -> Iterator[str]:
    """Yield the file of every result of a SARIF log."""
    for run in sarif["runs"]:
        for result in run["results"]:
            yield result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
