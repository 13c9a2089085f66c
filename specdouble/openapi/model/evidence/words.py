"""Words in names of paths, parameters, members and operations, and whether two of them mean the same thing."""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

_LONGEST = 200  # characters of a name
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_KEPT = frozenset({"series", "species", "news", "status", "access", "address", "bonus", "campus", "canvas", "atlas"})
_IRREGULAR = {
    "people": "person", "children": "child", "indices": "index", "vertices": "vertex", "matrices": "matrix",
    "movies": "movie", "cookies": "cookie", "criteria": "criterion", "media": "media", "data": "data",
    "shelves": "shelf", "bookshelves": "bookshelf", "leaves": "leaf", "halves": "half", "wolves": "wolf",
    "loaves": "loaf", "thieves": "thief", "calves": "calf", "knives": "knife", "wives": "wife", "men": "man",
    "women": "woman", "feet": "foot", "teeth": "tooth", "mice": "mouse", "geese": "goose", "heroes": "hero",
    "potatoes": "potato", "tomatoes": "tomato", "analyses": "analysis",
}  # fmt: skip

CREATE = frozenset({"create", "add", "new", "register", "insert", "make", "place", "submit", "provision", "store"})
UPDATE = frozenset({"update", "edit", "modify", "change", "patch", "set", "save", "rename", "put", "configure"})
DELETE = frozenset({"delete", "remove", "destroy", "purge", "prune", "clear", "erase", "drop", "revoke"})
FIND = frozenset({"search", "find", "query", "lookup", "fetch", "filter", "list", "browse", "similar", "autocomplete"})
UPSERT = frozenset({"upsert", "ensure"})
READ = frozenset({"get", "read", "show", "inspect", "info", "details", "detail", "view", "json", "xml", "yaml"})
LISTING = frozenset({"list", "all", "json", "xml", "index"})
DERIVED = frozenset({
    "count", "counts", "stats", "statistics", "usage", "metrics", "summary", "health", "status", "inventory",
    "analytics", "total", "totals", "quota", "balance", "healthz", "ready", "alive", "ping", "version", "report",
    "insights", "earnings", "changes", "top", "history",
})  # fmt: skip
DOWNLOAD = frozenset({"export", "download", "archive", "attachment", "raw", "file"})
STREAM = frozenset({"stream", "monitor", "follow", "subscribe", "websocket", "ws", "sse", "watch", "tail"})
CONTAINS = frozenset({"contains", "check", "exists", "includes"})
ACTION = frozenset({
    "login", "logout", "signin", "signout", "signup", "authorize", "callback", "verify", "confirm", "cancel", "start",
    "stop", "pause", "resume", "restart", "send", "enable", "disable", "activate", "deactivate", "merge", "approve",
    "reject", "run", "execute", "invoke", "refresh", "reset", "retry", "sync", "test", "validate", "publish",
    "elevate", "redirect", "initialize", "init", "export", "import", "lock", "unlock", "archive", "unarchive",
    "kill", "wait", "next", "previous", "play", "seek", "shuffle", "repeat", "tag", "push", "pull", "token",
})  # fmt: skip
BEGIN = frozenset({
    "login", "logout", "authorize", "initialize", "init", "start", "refresh", "reset", "confirm", "verify", "begin",
})  # fmt: skip
ME = frozenset({"me", "my", "self", "current", "whoami", "myself", "mine"})


def _short(function: Callable[[str], T]) -> Callable[[str], T]:
    """Keep what is returned for the last texts that are no longer than names are: some come with requests."""
    kept = lru_cache(8192)(function)

    @wraps(function)
    def call(text: str) -> T:
        return kept(text) if len(text) <= _LONGEST else function(text)

    return call


@_short
def words(text: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `petId`, `pet_id` and `pet-id` are pet and id."""
    return tuple(part.lower() for part in _PARTS.findall(text))


@_short
def plain(name: str) -> str:
    """Return a name without case and separators."""
    return "".join(char for char in name.lower() if char.isalnum())


@_short
def singular(word: str) -> str:
    """Return the singular of an English noun in lower case, as well as a few rules can tell."""
    word = word.lower()
    if word in _KEPT or len(word) < 3:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(ss|x|z|ch|sh|[^oa]us|ias)es$", word):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(8192)
def stem(verb: str) -> str:
    """Return a verb in lower case without the ending of its third person or past: `modifies`, `modified` are modify."""
    for ending, instead in (("ies", "y"), ("ied", "y"), ("ges", "ge"), ("ces", "ce"), ("ged", "ge"), ("ced", "ce")):
        if verb.endswith(ending) and len(verb) > 4:
            return verb[: -len(ending)] + instead
    return verb.removesuffix("ed") if verb.endswith("ed") and len(verb) > 4 else singular(verb)


@lru_cache(8192)
def noun(name: str) -> str:
    """Return a name with its last word in the singular, words joined by hyphens."""
    found = words(name)
    return "-".join((*found[:-1], singular(found[-1]))) if found else ""


def is_plural(name: str) -> bool:
    """Tell whether the last word of a name is a plural."""
    found = words(name)
    return bool(found) and singular(found[-1]) != found[-1]


@lru_cache(8192)
def thing(parameter: str) -> str:
    """Return what a parameter names the key of: `petId` is of a pet, `team_slug` of a team, `id` of nothing."""
    found = words(parameter)
    while found and found[-1] in _KEYS:
        found = found[:-1]
    return noun("-".join(found))


_KEYS = frozenset(
    {"id", "ids", "uid", "uuid", "gid", "sid", "guid", "slug", "name", "key", "code", "number", "no", "or"}
)


def without_ending(what: str) -> str:
    """Return what `username` or `userid` is of, "" for other words."""
    for ending in ("name", "id"):
        if what.endswith(ending) and len(what) > len(ending) + 2:
            return what.removesuffix(ending).rstrip("-")
    return ""


def related(one: str, other: str) -> bool:
    """Tell whether two nouns mean the same thing: equal, or one is the end of the other (`event`, `special-event`)."""
    if not one or not other:
        return False
    return one == other or one.endswith(f"-{other}") or other.endswith(f"-{one}")
