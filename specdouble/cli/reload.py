"""``serve --reload``: the server is started again when a file changes, and goes on with the state that still fits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from specdouble import packs
from specdouble.mock.state.collections import Doc

if TYPE_CHECKING:
    from specdouble.cli.target import Target
    from specdouble.mock.state.world import World

CARRY = "SPECDOUBLE_CARRY"  # names the file with the state that one server leaves to the next
_SUFFIXES = (".py", ".json", ".yaml", ".yml", ".toml")
_SKIPPED = ("__pycache__", "node_modules", ".venv", ".git")
_MARKS = ("seeded", "gone", "made")  # collections of notes, which are no items
_SECONDS = 10.0  # that a server has to stop


def serve_again(target: Target, names: Iterable[str], overlay: Path | None) -> None:
    """Run the same command without ``--reload`` in a process that is replaced when a file changes."""
    import watchfiles

    with tempfile.TemporaryDirectory(prefix="specdouble-") as folder:
        command = [sys.executable, "-m", "specdouble", *(word for word in sys.argv[1:] if word != "--reload")]
        environment = {**os.environ, CARRY: str(Path(folder) / "world.json")}
        files, folders = watched(target, names, overlay)
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command again
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server must not outlive us
        try:
            for changes in watchfiles.watch(*folders, recursive=False, watch_filter=_filter(files), step=100):
                told = sorted({Path(path).name for _, path in changes})
                click.echo(f"changed: {', '.join(told)}; starting again", err=True)
                _stop(child)
                child = subprocess.Popen(command, env=environment)  # noqa: S603
        finally:
            _stop(child)


def watched(target: Target, names: Iterable[str], overlay: Path | None) -> tuple[set[Path], list[Path]]:
    """Return the single files that matter, and the folders to look at: theirs, and those whose every file matters."""
    files = {Path(one).resolve() for one in names if Path(one).is_file()}
    files |= {one.with_name(f"{one.name.partition('.')[0]}.overlay{suffix}") for one in files for suffix in _SUFFIXES}
    if overlay is not None:
        files.add(overlay.resolve())
    whole = {folder for layer, folder in packs.find(target.contract.name).layers.items() if layer != "contract_tests"}
    inside = {
        Path(path) for folder in whole for path, _, _ in os.walk(folder) if not set(Path(path).parts) & set(_SKIPPED)
    }
    return files, sorted({one.parent for one in files if one.parent.is_dir()} | inside)


def _filter(files: set[Path]) -> Any:
    alone = {one.parent for one in files}

    def matters(_change: Any, text: str) -> bool:
        path = Path(text)
        return path.suffix in _SUFFIXES and (path in files or path.parent not in alone)

    return matters


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def leave(world: World) -> None:
    """Write the state for the next server, where there will be one."""
    path = os.environ.get(CARRY)
    if path:
        content = {"now": world.state.snapshot(), "began": world.pristine, "offset": world.clock.offset}
        Path(path).write_bytes(orjson.dumps(content, default=str))


def take_over(world: World) -> list[str]:
    """Go on with the state that the last server left, as far as it fits; return what changed, a sentence each.

    Of a collection whose seed data are as they were everything stays; otherwise what clients wrote stays beside the
    new seed data.
    """
    path = Path(os.environ.get(CARRY) or "")
    if not path.is_file():
        return []
    left = orjson.loads(path.read_bytes())
    begins = orjson.loads(orjson.dumps(world.state.snapshot(), default=str))
    kept: dict[str, list[Doc]] = dict(begins)
    told = []
    for name, docs in left["now"].items():
        if name not in world.state:
            if docs and name.rpartition(".")[2] not in _MARKS:
                told.append(f"{name} is gone, with {len(docs)} items")
            continue
        key = world.state[name].declared.key
        began = left["began"].get(name, [])
        if name == "counters":
            kept[name] = _highest(docs, begins[name])
        elif began == begins[name]:
            kept[name] = docs
        else:
            mine = [one for one in docs if one not in began]
            keys = {one[key] for one in mine}
            kept[name] = [*(one for one in begins[name] if one[key] not in keys), *mine]
            told.append(f"{name} has new seed data; {len(mine)} items of clients stay")
    fresh = [name for name in begins if name not in left["now"] and begins[name]]
    told += [f"{name} is new, with {len(begins[name])} items" for name in fresh]
    world.clock.offset = left["offset"]
    world.restore(kept)
    return told


def _highest(docs: list[Doc], begins: list[Doc]) -> list[Doc]:
    """Return the counters of two worlds, each at the higher value: nothing is numbered twice."""
    found = {one["name"]: one for one in begins}
    for one in docs:
        if one["value"] >= found.get(one["name"], one)["value"]:
            found[one["name"]] = one
    return list(found.values())
