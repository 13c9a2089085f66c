"""Wheels and environments of their own, for tests of what is installed."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

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


def packages(scripts: Path) -> Path:
    """Return the folder of the packages of an environment."""
    base = str(scripts.parent)
    return Path(sysconfig.get_paths(vars={"base": base, "platbase": base})["purelib"])


def verifier(folder: Path, wheel: Path) -> Path:
    """Make an environment of our wheel and its verifier; return the folder of its scripts.

    What the extra asks for, and no more, is linked from where these tests run, for to install it takes longer than most
    tests do; that pip can resolve the extra was seen when this environment was made.
    """
    scripts = environment(folder)
    (metadata,) = (one for one in zipfile.Path(wheel).iterdir() if one.name.endswith(".dist-info"))
    link(packages(scripts), *_required(PathDistribution(metadata), {"verify"}))  # type: ignore[arg-type]
    pip(scripts, "install", "-q", "--no-deps", wheel)
    return scripts


def link(folder: Path, *wanted: str | Requirement) -> None:
    """Link distributions of this environment, with all that they require, into a folder of packages."""
    waiting, known = [Requirement(str(one)) for one in wanted], set[str]()
    while waiting:
        one = waiting.pop()
        if str(one) in known:
            continue
        known.add(str(one))
        found = distribution(one.name)
        assert one.specifier.contains(found.version, prereleases=True), f"{found.name} {found.version} is not {one}"
        waiting += _required(found, one.extras)
        for name in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / name).exists():
                (folder / name).symlink_to(str(found.locate_file(name)))


def _required(found: Distribution, extras: set[str]) -> list[Requirement]:
    every = [Requirement(one) for one in found.requires or ()]
    return [
        one for one in every if not one.marker or any(one.marker.evaluate({"extra": each}) for each in extras or {""})
    ]
