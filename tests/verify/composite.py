"""A runner of a composite action, as far as ours needs one: inputs, conditions, bash steps, outputs, PATH.

`run:` steps are executed by bash with the options that a hosted runner gives it; actions that are used are noted.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
_CONDITION = re.compile(r"([\w.-]+) (!=|==) '([^']*)'")


@dataclass
class Played:
    """What became of an action: its exit code, its output, what it set, and the actions that it called."""

    code: int = 0
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    called: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    summary: str = ""


class Composite:
    """An action in a folder; `play` runs its steps in a workspace."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        self.action = yaml.safe_load((folder / "action.yml").read_text())
        self.folder, self.temporary = folder, temporary

    def play(self, workspace: Path, inputs: dict[str, str], environ: dict[str, str], last: str = "") -> Played:
        """Run the steps one after the other, up to the first that fails, or to the `last` one."""
        unknown = inputs.keys() - self.action["inputs"].keys()
        assert not unknown, f"the action has no input {unknown}"
        given = {name: str(one.get("default", "")) for name, one in self.action["inputs"].items()} | inputs
        played, outputs, paths = Played(), dict[str, dict[str, str]](), list[str]()
        files = {name: self.temporary / name for name in ("output", "path", "summary")}

        files["summary"].unlink(missing_ok=True)

        def value(name: str) -> str:
            first, _, rest = name.partition(".")
            if first == "inputs":
                return given[rest]
            if first == "steps":
                step, _, key = rest.partition(".outputs.")
                return outputs.get(step, {}).get(key, "")
            return {"github.action_path": str(self.folder)}[name]

        def filled(text: Any) -> str:
            return _EXPRESSION.sub(lambda found: value(found[1]), str(text))

        for step in self.action["runs"]["steps"]:
            if condition := step.get("if"):
                found = _CONDITION.fullmatch(condition)
                assert found, f"the runner does not know {condition}"
                if (value(found[1]) == found[3]) is not (found[2] == "=="):
                    continue
            if "uses" in step:
                played.called.append((step["uses"], {name: filled(one) for name, one in step.get("with", {}).items()}))
                continue
            assert step["shell"] == "bash"
            for file in ("output", "path"):
                files[file].write_text("")
            script = self.temporary / "script.sh"
            script.write_text(filled(step["run"]))
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=workspace,
                env={
                    **environ,
                    "PATH": os.pathsep.join([*reversed(paths), environ["PATH"]]),
                    "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(workspace), "RUNNER_TEMP": str(self.temporary),
                    "GITHUB_OUTPUT": str(files["output"]), "GITHUB_PATH": str(files["path"]),
                    "GITHUB_STEP_SUMMARY": str(files["summary"]),
                    **{name: filled(one) for name, one in step.get("env", {}).items()},
                },
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            played.log += done.stdout + done.stderr
            paths += files["path"].read_text().split("\n")[:-1]
            outputs[step.get("id", "")] = dict(line.split("=", 1) for line in files["output"].read_text().splitlines())
            if done.returncode or step.get("name") == last:
                played.code = done.returncode
                break
        played.outputs = {name: filled(one["value"]) for name, one in self.action["outputs"].items()}
        played.summary = files["summary"].read_text() if files["summary"].exists() else ""
        return played
