"""Servers: hosts come and go, base paths are part of every address."""

import re
from typing import Any
from urllib.parse import urlsplit

from specdouble.openapi.diff.context import Place


def compare_servers(place: Place, old: Any, new: Any) -> None:
    """Compare two lists of servers; a document without any says nothing about them."""
    before, after = _addresses(old), _addresses(new)
    if before == after:
        return
    gone = sorted({base_path(url) for url in before} - {base_path(url) for url in after})
    if before and after and gone:
        place.change("server-base-path-removed", gone, sorted({base_path(url) for url in after}))
    else:
        place.change("server-changed", sorted(before) or None, sorted(after) or None)


def _addresses(servers: Any) -> frozenset[str]:
    given = [one for one in servers if isinstance(one, dict)] if isinstance(servers, list) else []
    return frozenset(filled(one).rstrip("/") or "/" for one in given if isinstance(one.get("url"), str))


def filled(server: dict[str, Any]) -> str:
    """Return the address of a server with the defaults of its variables."""
    variables = server.get("variables")
    known = variables if isinstance(variables, dict) else {}

    def default(match: re.Match[str]) -> str:
        variable = known.get(match[1])
        return str(variable["default"]) if isinstance(variable, dict) and "default" in variable else match[0]

    return re.sub(r"\{([^{}]*)\}", default, server["url"])


def base_path(url: str) -> str:
    """Return the path of a server's address, without a slash at its end."""
    try:
        return urlsplit(url).path.rstrip("/") or "/"
    except ValueError:
        return url
