"""The Containerfile, without an engine: what it copies is enough, and each command works in an environment made so."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from tests.installing import ROOT, build, environment, link, packages, pip
from tests.ports import free_ports

KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
NOBODY = 65534


def instructions() -> list[tuple[str, str]]:
    """Return the instructions with what they say."""
    text = re.sub(r"\\\n", " ", (ROOT / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


SAID = instructions()


def said(name: str) -> list[str]:
    return [what for one, what in SAID if one == name]


def test_every_instruction_is_one_and_commands_are_lists() -> None:
    assert {name for name, _ in SAID} <= KNOWN
    assert SAID[0][0] == "FROM"
    for what in (*said("ENTRYPOINT"), *said("CMD"), said("HEALTHCHECK")[0].partition("CMD ")[2]):
        assert isinstance(json.loads(what), list)
    assert [name for name, _ in SAID].index("USER") < [name for name, _ in SAID].index("ENTRYPOINT")
    assert said("USER") != ["root"]


def copied() -> list[str]:
    """Return what is copied from the folder."""
    words = [what.split() for what in said("COPY")]
    return [one for several in words if not several[0].startswith("--from") for one in several[:-1]]


def test_what_is_copied_is_what_is_not_ignored() -> None:
    for name in (".dockerignore", ".containerignore"):
        taken = {line[1:] for line in (ROOT / name).read_text().splitlines() if line.startswith("!")}
        assert taken == set(copied())


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment that the image's would be: built from what is copied alone, with what its extras ask for."""
    context = tmp_path_factory.mktemp("context")
    for one in copied():
        place = context / one
        if (ROOT / one).is_dir():
            shutil.copytree(ROOT / one, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / one, place)
    wheel = build(context, tmp_path_factory.mktemp("built"))
    image = Path(tempfile.mkdtemp(prefix="specdouble-image-"))  # not below pytest's folder, which is closed to others
    image.chmod(0o755)
    found = environment(image)
    extras = set(re.search(r"'\.\[([^\]]+)\]'", said("RUN")[0])[1].split(","))  # type: ignore[index]
    pip(found, "install", "-q", "--no-deps", wheel)
    (metadata,) = packages(found).glob("specdouble-*.dist-info")
    wanted = [
        one
        for one in map(_requirement, PathDistribution(metadata).requires or ())
        if not one.marker or any(one.marker.evaluate({"extra": each}) for each in extras | {""})
    ]
    link(packages(found), *wanted)
    yield found
    shutil.rmtree(image, ignore_errors=True)


def _requirement(text: str):  # type: ignore[no-untyped-def]
    from packaging.requirements import Requirement

    return Requirement(text)


def test_it_serves_as_an_ordinary_user_and_says_whether_it_is_healthy(scripts: Path) -> None:
    port, other = free_ports(2)
    shared = scripts.parent / "home"
    shared.mkdir()
    shared.chmod(0o777)
    user = {}
    if os.geteuid() == 0:
        linked = (one.resolve() for one in packages(scripts).iterdir())
        open_ = all(one.stat().st_mode & 0o001 for path in (scripts, *linked) for one in path.parents)
        if not open_:
            pytest.skip("this run is root's, and its packages are closed to others")
        user = {"user": NOBODY, "group": NOBODY}
    variables = {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "HOME": str(shared), "SPECDOUBLE_PORT": str(port),
        "SPECDOUBLE_REGISTRY_PORT": str(other),
    }  # fmt: skip
    check = json.loads(said("HEALTHCHECK")[0].partition("CMD ")[2])

    def healthy() -> bool:
        return subprocess.run(check, env=variables, capture_output=True, check=False, **user).returncode == 0  # type: ignore[call-overload,no-any-return]

    assert not healthy()
    command = json.loads(said("ENTRYPOINT")[0])
    with subprocess.Popen(command, env=variables, cwd=shared, stdout=subprocess.DEVNULL, **user) as run:  # type: ignore[call-overload]
        try:
            until = time.monotonic() + 30
            while not healthy():
                assert time.monotonic() < until
                assert run.poll() is None
            assert healthy()
        finally:
            run.terminate()
    assert run.returncode == 0
