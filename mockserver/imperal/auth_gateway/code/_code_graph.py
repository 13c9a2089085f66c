"""What can be asked about synced code: symbols, their uses, routes between repositories, and exact text.

Everything rests on the facts that the client sent with each text. Nothing is guessed by meaning: ``semantic`` is off.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specdouble.mock.kit import Doc, World

from . import _code

TOP = 10
EXACT, STARTS, HOLDS, IN_TEXT = 1.0, 0.8, 0.6, 0.3  # how well a definition answers a word of a search
SLICE_MOST = 200


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition in a file: ``qualname`` within the file, first and last line from 1, and the file's lines."""

    file: Doc
    name: str
    qualname: str
    kind: str
    first: int
    last: int
    lines: list[str]

    @property
    def id(self) -> str:
        """Return path, ``::`` and qualified name."""
        return f"{self.file['path']}::{self.qualname}"

    @property
    def text(self) -> str:
        """Return the lines of the definition."""
        return "\n".join(self.lines[max(self.first - 1, 0) : max(self.last, 0)])

    def shown(self) -> Doc:
        """Write it as a CodeSymbol."""
        return {
            "id": self.id,
            "title": self.qualname,
            "kind": self.kind,
            "path": self.file["path"],
            "qualname": self.qualname,
            "start_line": self.first,
            "end_line": self.last,
            "text": self.text,
        }


def defined_in(world: World, file: Doc) -> list[Definition]:
    """Return the definitions of a file, in the order they came."""
    lines = _code.text(world, file).splitlines()
    return [
        Definition(
            file,
            str(one.get("name") or one["qualname"]),
            one["qualname"],
            str(one.get("kind") or "symbol"),
            _line(one, "start_line", 1),
            _line(one, "end_line", _line(one, "start_line", 1)),
            lines,
        )
        for one in _code.facts(world, file, "defs")
        if isinstance(one.get("qualname"), str)
    ]


def definitions(world: World, repo: Doc, path_glob: str = "") -> Iterator[Definition]:
    """Yield the definitions of a repository, by path."""
    for file in _code.files(world, repo, path_glob):
        yield from defined_in(world, file)


def _line(one: Doc, name: str, default: int) -> int:
    value = one.get(name)
    return value if type(value) is int else default


# -- looking for something -----------------------------------------------------------------------------------------


def outline(world: World, file: Doc) -> list[Doc]:
    """List the definitions of a file with their lines."""
    found = defined_in(world, file)
    return [{"name": one.qualname, "kind": one.kind, "start": one.first, "end": one.last} for one in found]


def search(world: World, repo: Doc, query: Doc) -> tuple[list[Doc], float | None]:
    """Return the ``k`` definitions that answer ``q`` best, and how well the best one does (0 to 1)."""
    words, kind = query["q"].lower().split(), query["kind"]
    ranked = [
        (_score(words, one), one) for one in definitions(world, repo, query["path_glob"]) if kind in ("", one.kind)
    ]
    found = sorted((pair for pair in ranked if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].id))
    return [one.shown() for _points, one in found[: query["k"]]], found[0][0] if found else None


def _score(words: list[str], one: Definition) -> float:
    return round(sum(_points(word, one) for word in words) / len(words), 3) if words else 0.0


def _points(word: str, one: Definition) -> float:
    name, qualname = one.name.lower(), one.qualname.lower()
    if word in (name, qualname):
        return EXACT
    if name.startswith(word):
        return STARTS
    if word in qualname:
        return HOLDS
    return IN_TEXT if word in one.text.lower() else 0.0


def grep(world: World, repo: Doc, query: Doc) -> tuple[list[Doc], int]:
    """Return the first ``k`` lines that hold the exact text ``q``, and how many there are."""
    found: list[Doc] = []
    total = 0
    for file in _code.files(world, repo, query["path_glob"]):
        for number, line in enumerate(_code.text(world, file).splitlines(), 1):
            if query["q"] in line:
                total += 1
                if total <= query["k"]:
                    found.append({"path": file["path"], "line": number, "text": line})
    return found, total


# -- what hangs together -------------------------------------------------------------------------------------------


def _uses(world: World, file: Doc, inside: str | None = None) -> set[str]:
    """Return the names used in a file, or in one definition of it."""
    refs = [one for one in _code.facts(world, file, "refs") if inside is None or one.get("in_def") == inside]
    return {part for one in refs for part in f"{one.get('head') or ''}.{one.get('chain') or ''}".split(".") if part}


def _named(world: World, repo: Doc, symbols: list[str]) -> list[Definition]:
    """Return the definitions that symbols name: a name, a qualified name, or a path, ``::`` and a name."""
    wanted = set(symbols)
    return [one for one in definitions(world, repo) if wanted & {one.name, one.qualname, one.id}]


def slice_of(world: World, repo: Doc, symbols: list[str], depth: int) -> list[Doc]:
    """Return the named definitions, and up to ``depth`` steps of what they call and what calls them."""
    level = _named(world, repo, symbols)
    found = {one.id: one for one in level}
    every = [(one, _uses(world, one.file, one.qualname)) for one in definitions(world, repo)] if depth else []
    for _ in range(depth):
        names, ids = {one.name for one in level}, {one.id for one in level}
        called = {name for one, used in every if one.id in ids for name in used}
        level = [one for one, used in every if one.id not in found and (one.name in called or names & used)]
        found |= {one.id: one for one in level}
    return [one.shown() for one in list(found.values())[:SLICE_MOST]]


def impact(world: World, repo: Doc, symbols: list[str]) -> Doc:
    """Tell which files a change of symbols reaches: those that bring in or use the names, and measured ones."""
    named = _named(world, repo, symbols)
    names, homes = {one.name for one in named}, {one.file["path"] for one in named}
    targets = sorted(one.id for one in named)
    items: list[Doc] = []
    by_name, same_file = [], []
    for file in _code.files(world, repo) if names else ():
        path = file["path"]
        if path in homes:
            users = [one.id for one in defined_in(world, file) if names & _uses(world, file, one.qualname)]
            same_file += users
        elif names & {one.get("imported") or one.get("local_name") for one in _code.facts(world, file, "bindings")}:
            items.append(_reached(path, "import", "facts of the client", 1.0, targets))
        elif names & _uses(world, file):
            by_name.append(path)
    measured = [one for one in repo["measured"] if one["src_path"] in homes]
    items += [_reached(one["dst_path"], "measured", one["origin"], one["confidence"], targets) for one in measured]
    return {
        "resolved": targets,
        "data": {"items": items},
        "same_file": same_file,
        "by_name": by_name,
        "by_name_count": len(by_name),
    }


def _reached(path: str, via: str, origin: str, confidence: float, targets: list[str]) -> Doc:
    shown: dict[str, Any] = {"id": path, "title": path, "depth": 1, "via": via, "origin": origin, "uses": None}
    return {**shown, "confidence": confidence, "targets": targets}


def profile(world: World, repo: Doc) -> Doc:
    """Describe a repository: its languages by number of files, its definitions, and those most files use."""
    files, defined = _code.files(world, repo), list(definitions(world, repo))
    used = Counter(name for file in files for name in _uses(world, file))
    top = sorted(defined, key=lambda one: (-used[one.name], one.id))[:TOP]
    return {
        "repo_key": repo["repo_key"],
        "git_ref": repo["git_ref"],
        "file_count": len(files),
        "def_count": len(defined),
        "languages": dict(Counter(_code.language(world, file) for file in files)),
        "top_symbols": [one.qualname for one in top],
    }


# -- between repositories ------------------------------------------------------------------------------------------


def contracts(world: World, user_id: str) -> Doc:
    """List the routes that a user's repositories provide and use, and tie each use to the providers of its route."""
    endpoints = [
        _endpoint(repo, file, one)
        for repo in world.state["code_repos"].find(user_id=user_id)
        for file in _code.files(world, repo)
        for one in _code.facts(world, file, "strings")
        if one.get("domain") == "route"
    ]
    providers = defaultdict(list)
    for one in endpoints:
        if one["role"] == "provider":
            providers[one["method"], one["route"]].append(_place(one))
    links = [
        {"route": f"{one['method']} {one['route']}", "provider": provider, "consumer": _place(one)}
        for one in endpoints
        if one["role"] == "consumer"
        for provider in providers[one["method"], one["route"]]
    ]
    return {"endpoints": endpoints, "links": links}


def _endpoint(repo: Doc, file: Doc, one: Doc) -> Doc:
    method, _, route = str(one.get("key") or "").partition(" ")
    role = "provider" if one.get("role") == "provides" else "consumer"
    shown = {"repo_key": repo["repo_key"], "method": method, "route": route, "path": file["path"], "role": role}
    return {**shown, "line": _line(one, "line", 1)}


def _place(one: Doc) -> str:
    return f"{one['repo_key']}:{one['path']}:{one['line']}"
