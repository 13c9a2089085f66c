"""Servers: hosts come and go, base paths are part of every address."""

import re
from typing import Any
from urllib.parse import urlsplit

from specdouble.openapi.diff.context import Place

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_MOST = 200  # addresses of one server


def compare_servers(place: Place, old: Any, new: Any) -> None:
    """Compare two lists of servers; a document without any says nothing about them."""
    before, after = _addresses(old), _addresses(new)
    if before == after or before | after == {"/"}:  # which is what no servers mean
        return
    gone = sorted({base_path(url) for url in before} - {base_path(url) for url in after})
    if before and after and gone:
        place.change("server-base-path-removed", gone, sorted({base_path(url) for url in after}))
    else:
        place.change("server-changed", sorted(before) or None, sorted(after) or None)


def _addresses(servers: Any) -> frozenset[str]:
    given = [one for one in servers if isinstance(one, dict)] if isinstance(servers, list) else []
    return frozenset(
        address.rstrip("/") or "/" for one in given if isinstance(one.get("url"), str) for address in filled(one)
    )


def filled(server: dict[str, Any]) -> list[str]:
    """Return the addresses of a server with every value of its variables, or their default where any value goes."""
    variables = server.get("variables")
    known = variables if isinstance(variables, dict) else {}
    found = [server["url"]]
    for name in dict.fromkeys(_VARIABLE.findall(server["url"])):
        found = [url.replace(f"{{{name}}}", value) for url in found for value in _values(known.get(name), name)]
        found = found[:_MOST]
    return found


def _values(variable: Any, name: str) -> list[str]:
    if not isinstance(variable, dict):
        return [f"{{{name}}}"]
    listed = variable.get("enum")
    if isinstance(listed, list) and listed:
        return [str(one) for one in listed]
    return [str(variable["default"])] if "default" in variable else [f"{{{name}}}"]


def base_path(url: str) -> str:
    """Return the path of a server's address, without a slash at its end."""
    try:
        return urlsplit(url).path.rstrip("/") or "/"
    except ValueError:
        return url
