"""What the start-up panel tells of a document: what it is about, what works, and what nobody could tell."""

from __future__ import annotations

from collections.abc import Iterator

from specdouble.mock.inferred.api import Api
from specdouble.mock.inferred.commands import curls
from specdouble.mock.state.world import World

_MOST = 12  # lines of a list
_WORDS = {"create": "create", "list": "list", "read": "read", "replace": "write", "update": "write", "upsert": "write",
          "delete": "delete", "find": "find", "action": "act", "upload": "upload", "download": "download",
          "delete-many": "delete"}  # fmt: skip


def lines(api: Api, world: World, url: str) -> Iterator[str]:
    """Yield the lines about one service that listens at a URL."""
    base = api.base.removeprefix(api.settings.mount)
    if base:
        yield f"Base URL  {url}{base}  (paths work without {base} too)"
    if api.kinds:
        yield f"Resources ({len(api.kinds)})"
        width = max(len(name) for name in list(api.kinds)[:_MOST])
        for kind in list(api.kinds.values())[:_MOST]:
            done = dict.fromkeys(_WORDS[one.role] for one in api.uses(kind.name) if one.role in _WORDS)
            where = kind.resource.collection or kind.resource.item
            yield f"  {kind.name:<{width}}  {where}  {', '.join(done)}"
        if len(api.kinds) > _MOST:
            yield f"  and {len(api.kinds) - _MOST} more; specdouble spec model lists them"
    unclear = [one.key for one in api.meanings.values() if one.role == "none"]
    if unclear:
        more = f" and {len(unclear) - 3} more" if len(unclear) > 3 else ""
        yield f"Not inferred ({len(unclear)}), answered with examples: {', '.join(unclear[:3])}{more}"
    shown = list(curls(api, world, url))
    if shown:
        yield "Try"
        yield from (f"  {one}" for one in shown)
