"""Wheels and environments of their own, for tests of what is installed."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build(project: Path, folder: Path) -> Path:
    """Build the wheel of a project into a folder that holds no other of it."""
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(project)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.whl")
    return found


def environment(folder: Path, *wanted: str | Path) -> Path:
    """Make a fresh environment with that installed; return the folder of its scripts.

    It has no pip of its own, which would take longer than most of what is installed.
    """
    venv.create(folder)
    if wanted:
        pip(folder / "bin", "install", "-q", *wanted)
    return folder / "bin"


def pip(scripts: Path, *words: str | Path) -> str:
    """Call our pip for an environment; return what it prints."""
    command = [sys.executable, "-m", "pip", "--python", scripts / "python", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
