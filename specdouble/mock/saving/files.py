"""What a world holds as the files of a project folder, from which a server begins with the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson

from specdouble import packs
from specdouble.mock.boot import Platform, seed_files
from specdouble.mock.saving.relative import Relative, fields_with_times, since_now
from specdouble.mock.state.collections import Doc, Store
from specdouble.mock.state.seeds import STATE, read
from specdouble.mock.state.world import World
from specdouble.openapi.contract import Service
from specdouble.openapi.reading.bundle import FILES as SEVERAL
from specdouble.packs.manifest import SUFFIXES

_OWN = ("counters", "timers")


def saved(platform: Platform, world: World, everything: bool = False) -> dict[str, str]:
    """Return the files of a folder that holds a world: its documents or the pack it extends, and its data.

    Of a pack only what differs from its seed data is written, unless `everything` is asked for. Who is signed in is
    not saved.
    """
    files = _sources(platform)
    whole = everything or _begins_elsewhere(platform, world)
    state: dict[str, Any] = {"collections": {}}
    began = (world.start.root or world.start).state
    claims = {name: read(path)["records"] for name, path in seed_files(platform.contract).files("default")
              if name != STATE}  # fmt: skip
    for name in world.state.names():
        store, before = world.state[name], began[name]
        if store.declared.sign_ins or store.declared.derived or name in _OWN:
            continue
        writer = _writer(platform, world, claims.get(name, []))
        keeper = platform.keepers.get(name)
        if keeper is not None:
            if whole or not _is_same(store, before):
                file, values = keeper.records(world)
                if values is None:
                    state["collections"][name] = [writer.doc(doc) for doc in store]
                else:
                    files[f"fixtures/{file}.json"] = _text({"records": [writer.value(one) for one in values]})
        elif name.startswith(".") or ".." in name:
            if whole or not _is_same(store, before):
                state["collections"][name] = [writer.doc(doc) for doc in store]
        elif whole:
            if len(store) or len(before) or name in claims:
                files[f"fixtures/{name}.json"] = _text({"ordered": True, "records": [writer.doc(doc) for doc in store]})
        else:
            changed = _changes(store, before, writer)
            if changed:
                files[f"fixtures/{name}.json"] = _text({"extends": True, "ordered": True, **changed})
    _keep_up(state, world, began["timers"])
    if any(state.values()):
        files[f"fixtures/{STATE}.json"] = _text(state)
    return files


def _changes(store: Store, before: Store, writer: Relative) -> Doc:
    """Return what differs: which documents are gone, and of the others the fields that changed."""
    key = store.declared.key
    records, gone = [], []
    for doc in store:
        old = before.get(doc[key])
        if old is doc:
            continue
        if old is None:
            records.append(writer.doc(doc))
        elif old.keys() - doc.keys():  # a field is gone: the document stands for itself
            gone.append(doc[key])
            records.append(writer.doc(doc))
        elif changed := {name: one for name, one in doc.items() if name not in old or old[name] != one}:
            records.append(writer.doc({key: doc[key], **changed}))
    gone += [doc[key] for doc in before if doc[key] not in store]
    if not gone and not records:
        return {}
    return {**({"without": gone} if gone else {}), "records": records}


def _is_same(store: Store, before: Store) -> bool:
    docs = list(before)
    return store.holds(docs) or list(store) == docs


def _keep_up(state: dict[str, Any], world: World, began: Store) -> None:
    """Add what is still to happen that the data do not bring by themselves, and the numbers that were given."""
    known = [(one["name"], one["payload"]) for one in began]
    now = int(world.clock.now())
    timers = [
        {"name": one["name"], "at": {"$epoch": since_now(one["at"] - now)}, "payload": one["payload"]}
        for one in world.state["timers"]
        if (one["name"], one["payload"]) not in known
    ]
    start = (world.start.root or world.start).state["counters"]
    counters = {}
    for one in world.state["counters"]:
        held = start.get(one["name"])
        if one["name"] != "timers" and (held is None or one["value"] > held["value"]):
            counters[one["name"]] = one["value"]
    state |= {"timers": timers} if timers else {}
    state |= {"counters": counters} if counters else {}


def _writer(platform: Platform, world: World, records: list[Any]) -> Relative:
    times, epochs = fields_with_times(records)
    return Relative(world.clock.now(), platform.world.made_at, times, epochs)


def _begins_elsewhere(platform: Platform, world: World) -> bool:
    """Whether the folder would not begin with what the world began with: other seed data, or data beside a document."""
    name = platform.contract.name
    root = world.start.root or world.start
    beside = not packs.is_described(name) and "fixtures" in packs.find(name).layers
    return root.seed_data != "default" or beside or packs.find(name).over is not None


def _sources(platform: Platform) -> dict[str, str]:
    """Return what the folder has beside data: the name of the pack that it extends, or the documents themselves."""
    found = packs.find(platform.contract.name)
    if packs.is_described(found.name):
        base = found.extends or (found.name if packs.comes_by_name(found) else str(found.layers["specs"].parent))
        said = "# This folder is that pack, with the seed data in fixtures/ laid over its own.\n"
        return {"specs/pack.toml": f"{said}extends = {json.dumps(base)}\n"}
    files: dict[str, str] = {}
    for service in platform.contract.services:
        files |= _document(service)
    handlers = found.layers.get("mockserver")
    for path in sorted(handlers.rglob("*.py")) if handlers is not None else ():
        files[f"mockserver/{path.relative_to(handlers)}"] = path.read_text(encoding="utf-8")  # type: ignore[arg-type]
    if handlers is not None and "mockserver/__init__.py" not in files:
        files["mockserver/__init__.py"] = (
            '"""What answers beside the document."""\n\nfrom specdouble.mock.kit import ServerPack\n\n'
            "pack = ServerPack(inferred=True)  # the document answers what no function here does\n"
        )
    return files


def _document(service: Service) -> dict[str, str]:
    """Return the document of a service: its file with its overlay, or as it is served where it has several files."""
    source = packs.document_of(service.name)
    raw = orjson.loads(service.document.json)
    if source is None or not isinstance(source.published, Path) or SEVERAL in raw:
        return {f"specs/{service.name}.json": _text(raw)}
    path = source.published
    found = {f"specs/{path.name}": path.read_text(encoding="utf-8")}
    if source.overlay is not None:
        end = source.overlay.suffix if source.overlay.suffix in SUFFIXES else ".yaml"
        found[f"specs/{path.name.partition('.')[0]}.overlay{end}"] = source.overlay.read_text(encoding="utf-8")
    return found


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str).decode()
