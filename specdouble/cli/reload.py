"""``serve --reload``: the server is started again when a file changes, and goes on with the state that still fits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from specdouble import packs
from specdouble.files import write_private
from specdouble.mock.state.collections import Doc
from specdouble.moments import parse_stamp
from specdouble.openapi.places import METHODS
from specdouble.openapi.reading.bundle import referred
from specdouble.packs.manifest import documents_in

if TYPE_CHECKING:
    from specdouble.cli.target import Target
    from specdouble.mock.state.world import World
    from specdouble.openapi.contract import Contract

CARRY = "SPECDOUBLE_CARRY"  # names the file with the state that one server leaves to the next
_SUFFIXES = (".py", ".json", ".yaml", ".yml", ".toml")
_BESIDE = ("fixtures", "mockserver")  # folders beside a document
_SETTINGS = "specdouble.toml"
_SKIPPED = ("__pycache__", "node_modules", ".venv", ".git")
_MARKS = ("seeded", "gone", "made")  # collections of notes, which are no items
_ITEM = {"key", "within", "value"}  # what the record of an item has
_NAMED = 12  # names in a sentence of what changed
_SEEDING_SECONDS = 30.0  # that seeding may take
_EPOCHS = 1e9  # seconds since 1970 from which on a number may be a time
_LOOK = 500  # ms between looks at whether the server still runs
_SECONDS = 10.0  # that a server has to stop


def serve_again(target: Target, names: Sequence[str], overlay: Path | None, beside: Sequence[str] = ()) -> None:
    """Run the same command without ``--reload`` in a process that is replaced when a file changes.

    `beside` names further files that matter.
    """
    import watchfiles

    with tempfile.TemporaryDirectory(prefix="specdouble-") as folder:
        command = [sys.executable, "-m", "specdouble", *(word for word in sys.argv[1:] if word != "--reload")]
        environment = {**os.environ, CARRY: str(Path(folder) / "world.json")}
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command again
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server must not outlive us
        try:
            while True:
                held = watched(target, names, overlay, beside)  # anew each time: folders may have come
                ended = False
                for changes in watchfiles.watch(
                    *held.folders, recursive=False, watch_filter=held.matters, step=100, rust_timeout=_LOOK,
                    yield_on_timeout=True,
                ):  # fmt: skip
                    if not changes:
                        if not ended and child.poll() is not None:
                            click.echo("it ended; it starts again when a file changes (Ctrl+C stops)", err=True)
                        ended = child.poll() is not None
                        continue
                    told = sorted({_shown(Path(path)) for _, path in changes})
                    click.echo(f"changed: {', '.join(told)}; starting again", err=True)
                    _stop(child)
                    child = subprocess.Popen(command, env=environment)  # noqa: S603
                    break
        except KeyboardInterrupt:  # Ctrl+C, or the end that a signal asked for while files were watched
            pass
        finally:
            _stop(child)


@dataclass(frozen=True, slots=True)
class Watched:
    """What matters to a server: single files, and folders whose every file does, with all that lie in them."""

    files: set[Path]
    below: set[Path]

    @property
    def folders(self) -> list[Path]:
        """The folders to look at."""
        return sorted({one.parent for one in self.files if one.parent.is_dir()} | self.below)

    def matters(self, change: Any, text: str) -> bool:
        """Whether a change of that path does."""
        path = Path(text)
        if path in self.files:
            return True
        if path.parent not in self.below or path.name in _SKIPPED:
            return False
        return path.suffix in _SUFFIXES or (getattr(change, "name", "") == "added" and path.is_dir())


def watched(target: Target, names: Iterable[str], overlay: Path | None, more: Iterable[str] = ()) -> Watched:
    """Return what matters to the server of a target.

    That are the layers of its pack; beside a document its overlay, the files that it refers to, and the folders for
    seed data and handlers, also when they come later; the settings in the present folder; and `more` files.
    """
    given = [Path(one).resolve() for one in names]
    inside = [one / "specs" if (one / "specs").is_dir() else one for one in given if one.is_dir()]
    documents = {one for one in given if one.is_file()} | {one for folder in inside for one in documents_in(folder)}
    files = documents | {Path.cwd() / _SETTINGS}
    beside = {one.with_name(layer) for one in documents for layer in _BESIDE}
    files |= {one.with_name(f"{one.name.partition('.')[0]}.overlay{end}") for one in documents for end in _SUFFIXES}
    files |= beside | {path for one in documents for path in referred(one)} | {Path(one).resolve() for one in more}
    if overlay is not None:
        files.add(overlay.resolve())
    layers = {folder for layer, folder in packs.find(target.contract.name).layers.items() if layer != "contract_tests"}
    whole = layers | {one for one in (*beside, *inside) if one.is_dir()}
    return Watched(files, {path for folder in whole for path in _folders_in(folder)})


def _folders_in(folder: Path) -> Iterator[Path]:
    """Yield a folder and those below it; where it lies itself does not matter, for packs are installed too."""
    for path, names, _ in os.walk(folder):
        names[:] = [one for one in names if one not in _SKIPPED]
        yield Path(path)


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _shown(path: Path) -> str:
    """Return a path from the present folder, if it lies there."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else path.name


def leave(world: World, contract: Contract | None = None) -> None:
    """Write the state for the next server, where there will be one, and what its documents say."""
    path = os.environ.get(CARRY)
    if path:
        content = {
            "now": world.state.snapshot(),
            "began": world.pristine,
            "offset": world.clock.offset,
            "seeded": world.start.kept_at,
            "operations": digests(contract) if contract is not None else None,
        }
        write_private(Path(path), orjson.dumps(content, default=str))


def digests(contract: Contract) -> dict[str, str]:
    """Return what tells one state of each operation from another, and of all that operations refer to."""
    found: dict[str, str] = {}
    for service in contract.services:
        mark = f"{service.name}: " if len(contract.services) > 1 else ""
        for document in service.documents:
            raw = orjson.loads(document.json)
            for path, item in (raw.get("paths") or {}).items():
                for method, operation in item.items() if isinstance(item, dict) else ():
                    if method in METHODS:
                        found[f"{mark}{method.upper()} {path}"] = _digest([operation, item.get("parameters")])
            parts = raw.get("components") or {"schemas": raw.get("definitions") or {}}
            for kind, named in parts.items() if isinstance(parts, dict) else ():
                for name, one in named.items() if isinstance(named, dict) else ():
                    found[f"{mark}{kind} {name}"] = _digest(one)
    return found


def _digest(value: Any) -> str:
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()[:16]


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Say what came, went and changed, a sentence each; at most a dozen names in each."""
    told = []
    for word, names in (
        ("new", [one for one in now if one not in before]),
        ("gone", [one for one in before if one not in now]),
        ("changed", [one for one in now if before.get(one, now[one]) != now[one]]),
    ):
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            told.append(f"{word}: {', '.join(names[:_NAMED])}{more}")
    return told


def take_over(world: World, contract: Contract | None = None) -> list[str]:
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
    shift = world.start.kept_at - left.get("seeded", world.start.kept_at)
    before = left.get("operations")
    told = differences(before, digests(contract)) if before is not None and contract is not None else []
    for name, docs in left["now"].items():
        if name not in world.state:
            if docs and name.rpartition(".")[2] not in _MARKS:
                told.append(f"{name} is gone, with {len(docs)} items")
            continue
        key = world.state[name].declared.key
        began = left["began"].get(name, [])
        if name == "counters":
            kept[name] = _highest(docs, begins[name])
        elif _is_same(began, begins[name], shift):
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


def _is_same(began: Any, begins: Any, shift: float) -> bool:
    """Whether seed data are as they were, but for the times, which are so many seconds later."""
    if isinstance(began, dict) and isinstance(begins, dict):
        return began.keys() == begins.keys() and all(_is_same(one, begins[name], shift) for name, one in began.items())
    if isinstance(began, list) and isinstance(begins, list):
        return len(began) == len(begins) and all(map(_is_same, began, begins, [shift] * len(began)))
    if began == begins:
        return True
    before, now = _moment(began), _moment(begins)
    return before is not None and now is not None and abs(now - before - shift) < _SEEDING_SECONDS


def _moment(value: Any) -> float | None:
    """Return the time that a text or a number of seconds since 1970 stands for, None for anything else."""
    if isinstance(value, str):
        try:
            return parse_stamp(value)
        except ValueError:
            return None
    return value if isinstance(value, float | int) and value > _EPOCHS else None


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
