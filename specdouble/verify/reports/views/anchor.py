"""The file of the reader's own repository to which SARIF and JUnit tie what was found.

Code scanning shows an alert at a line of a file that the repository has. A finding is about a server, so the file is
one that the people who verify it keep: the one they name, else the settings of the run, a README, the workflow.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from specdouble.verify.settings.urls import in_repository

DEFAULTS = ("specdouble.toml", "waivers.toml", "README.md", "README.rst", "README")
WORKFLOWS = ".github/workflows"


@dataclass(frozen=True)
class Anchor:
    """A file, as a path from the root of the repository, with its text as far as it is there."""

    path: str
    text: str = ""

    @property
    def uri(self) -> str:
        """The path as a relative URI."""
        return quote(self.path)

    def line(self, operation_path: str) -> int:
        """Return the line, from 1, on which a path of the API first stands: for a document that lists them; else 1."""
        if not operation_path:
            return 1
        found = re.search(rf"(?<![\w/]){re.escape(operation_path)}(?![\w/{{-])", self.text)
        return self.text.count("\n", 0, found.start()) + 1 if found else 1


def anchor(given: str = "", where: Path | None = None) -> Anchor:
    """Return the named file, else the first of the usual ones that the repository around `where` has.

    A named file need not be there: the job that writes the report may have no checkout.

    Raises:
        SettingsError: the named file is outside of the repository.

    """
    root = _root(where or Path.cwd())
    names = [in_repository(given)] if given else [*DEFAULTS, *_workflows(root)]
    for name in names:
        if (root / name).is_file():
            return Anchor(name, _text(root / name))
    return Anchor(names[0])


def _root(where: Path) -> Path:
    """Return the root of the repository: what GitHub says, else the nearest folder with `.git`, else this one."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if workspace and Path(workspace).is_dir():
        return Path(workspace)
    return next((one for one in (where, *where.parents) if (one / ".git").exists()), where)


def _workflows(root: Path) -> list[str]:
    folder = root / WORKFLOWS
    found = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    return [f"{WORKFLOWS}/{one.name}" for one in found if "specdouble" in _text(one)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
