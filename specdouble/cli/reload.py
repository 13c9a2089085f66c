"""``serve --reload``: the server is started again when a file changes, and goes on with the state that still fits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from specdouble import packs
from specdouble.files import write_private
from specdouble.mock.state.collections import Doc
from specdouble.packs.manifest import documents_in

if TYPE_CHECKING:
    from specdouble.cli.target import Target
    from specdouble.mock.state.world import World

CARRY = "SPECDOUBLE_CARRY"  # names the file with the state that one server leaves to the next
_SUFFIXES = (".py", ".json", ".yaml", ".yml", ".toml")
_BESIDE = ("fixtures", "mockserver")  # folders beside a document
_SKIPPED = ("__pycache__", "node_modules", ".venv", ".git")
_MARKS = ("seeded", "gone", "made")  # collections of notes, which are no items
_ITEM = {"key", "within", "value"}  # what the record of an item has
_LOOK = 500  # ms between looks at whether the server still runs
_SECONDS = 10.0  # that a server has to stop


def serve_again(target: Target, names: Sequence[str], overlay: Path | None) -> None:
    """Run the same command without ``--reload`` in a process that is replaced when a file changes."""
    import watchfiles

    with tempfile.TemporaryDirectory(prefix="specdouble-") as folder:
        command = [sys.executable, "-m", "specdouble", *(word for word in sys.argv[1:] if word != "--reload")]
        environment = {**os.environ, CARRY: str(Path(folder) / "world.json")}
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command again
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server must not outlive us
        try:
            while True:
                files, folders = watched(target, names, overlay)  # anew each time: folders may have come
                ended = False
                for changes in watchfiles.watch(
                    *folders, recursive=False, watch_filter=_filter(files), step=100, rust_timeout=_LOOK,
                    yield_on_timeout=True,
                ):  # fmt: skip
                    if not changes:
                        if not ended and child.poll() is not None:
                            click.echo("it ended; it starts again when a file changes (Ctrl+C stops)", err=True)
                        ended = child.poll() is not None
                        continue
                    told = sorted({Path(path).name for _, path in changes})
                    click.echo(f"changed: {', '.join(told)}; starting again", err=True)
                    _stop(child)
                    child = subprocess.Popen(command, env=environment)  # noqa: S603
                    break
        except KeyboardInterrupt:  # Ctrl+C, or the end that a signal asked for while files were watched
            pass
        finally:
            _stop(child)


def watched(target: Target, names: Iterable[str], overlay: Path | None) -> tuple[set[Path], list[Path]]:
    """Return the single files that matter, and the folders to look at: theirs, and those whose every file matters.

    Beside a document matter its overlay and the folders for seed data and handlers, also when they come later.
    """
    given = [Path(one).resolve() for one in names]
    inside = [one / "specs" if (one / "specs").is_dir() else one for one in given if one.is_dir()]
    files = {one for one in given if one.is_file()} | {one for folder in inside for one in documents_in(folder)}
    beside = {one.with_name(layer) for one in files for layer in _BESIDE}
    files |= {one.with_name(f"{one.name.partition('.')[0]}.overlay{suffix}") for one in files for suffix in _SUFFIXES}
    files |= beside
    if overlay is not None:
        files.add(overlay.resolve())
    whole = {folder for layer, folder in packs.find(target.contract.name).layers.items() if layer != "contract_tests"}
    below = {
        Path(path)
        for folder in whole | {one for one in beside if one.is_dir()}
        for path, _, _ in os.walk(folder)
        if not set(Path(path).parts) & set(_SKIPPED)
    }
    return files, sorted({one.parent for one in files if one.parent.is_dir()} | below)


def _filter(files: set[Path]) -> Any:
    alone = {one.parent for one in files}

    def matters(_change: Any, text: str) -> bool:
        path = Path(text)
        return path in files or (path.suffix in _SUFFIXES and path.parent not in alone)

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
        write_private(Path(path), orjson.dumps(content, default=str))


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
            kept[name] = _beside(begins[name], mine, key)
            if name.rpartition(".")[2] not in _MARKS:
                stay = f"; {len(mine)} items of clients stay" if mine else ""
                told.append(f"{name} has new seed data{stay}")
    fresh = [name for name in begins if name not in left["now"] and begins[name]]
    told += [f"{name} is new, with {len(begins[name])} items" for name in fresh]
    _count_on(kept)
    world.clock.offset = left["offset"]
    world.restore(kept)
    return told


def _beside(begins: list[Doc], mine: list[Doc], key: str) -> list[Doc]:
    """Return new seed data and what clients wrote, which takes the place of seed data that are the same thing.

    Items of a resource are what the resource's key says, inside of what they belong to; the numbers under which they
    are kept follow the order in which they came, and are given anew.
    """
    taken = {_identity(one, key) for one in mine}
    kept = [one for one in begins if _identity(one, key) not in taken]
    if not mine or not all(one.keys() >= _ITEM for one in mine):
        return [*kept, *mine]
    after = max((one["id"] for one in kept), default=0)
    return [*kept, *({**one, "id": number} for number, one in enumerate(mine, after + 1))]


def _identity(doc: Doc, key: str) -> Any:
    return (doc["key"], *sorted(doc["within"].items())) if doc.keys() >= _ITEM else doc[key]


def _count_on(kept: dict[str, list[Doc]]) -> None:
    """Let the numbers of items go on after the highest one."""
    counters = {one["name"]: one for one in kept["counters"]}
    for name, docs in kept.items():
        numbers = [one["id"] for one in docs if one.keys() >= _ITEM]
        if max(numbers, default=0) > counters.get(f"{name}#", {"value": 0})["value"]:
            counters[f"{name}#"] = {"name": f"{name}#", "value": max(numbers)}
    kept["counters"] = list(counters.values())


def _highest(docs: list[Doc], begins: list[Doc]) -> list[Doc]:
    """Return the counters of two worlds, each at the higher value: nothing is numbered twice."""
    found = {one["name"]: one for one in begins}
    for one in docs:
        if one["value"] >= found.get(one["name"], one)["value"]:
            found[one["name"]] = one
    return list(found.values())
