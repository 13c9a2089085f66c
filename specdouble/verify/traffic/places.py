"""Which operation a URL means: by host, base path and the paths of the documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from specdouble.openapi import Contract, Op, Service
from specdouble.openapi.routing import Table

Base = tuple[str, str]  # host (with its port, where that is not the usual one), and the path before those of a document
_LOOPBACK = frozenset({"127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names that are compared


@dataclass
class Found:
    """What a URL means: the operation with its path parameters; else the methods that the path has, if it is known.

    `here` says whether the host is one of the API.
    """

    op: Op | None = None
    params: dict[str, str] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)
    here: bool = False
    path: str = ""


class Places:
    """The operations of a contract below their base URLs."""

    def __init__(self, contract: Contract, bases: Mapping[str, Sequence[Base]]) -> None:
        self._tables = [
            (base, _table(contract, service)) for service in contract.services for base in bases.get(service.name, ())
        ]
        self.bases = [base for base, _table in self._tables]

    def find(self, method: str, url: str) -> Found:
        """Return what a URL means."""
        host, path = place(url)
        best = Found(path=path)
        for (at, before), table in self._tables:
            if at != host:
                continue
            best.here = True
            if before and not (path == before or path.startswith(f"{before}/")):
                continue
            op, params, allowed = table.find(method, unquote(path[len(before) :]))
            if op is not None:
                return Found(op, params, set(), True, path)
            best.allowed |= allowed
        return best


def place(url: str) -> Base:
    """Return host and path of a URL; the host without the usual ports, and one name for this machine."""
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", ""
    name = "localhost" if name in _LOOPBACK else name
    return (name if port in (None, 80, 443) else f"{name}:{port}"), parts.path


def bases(
    contract: Contract, urls: Mapping[str, str], seen: Iterable[tuple[str, str]], base_path: str = ""
) -> dict[str, list[Base]]:
    """Return where each service is, by its name.

    Args:
        contract: what is looked for.
        urls: the URL of each service, or "" where nobody gave it: then it is one of the servers of its document, or the
            host that takes the most of the traffic.
        seen: methods and URLs of the traffic.
        base_path: what stands before the paths of the document, where somebody says so.

    """
    counted = Counter(seen)
    return {one.name: _bases(contract, one, urls.get(one.name, ""), counted, base_path) for one in contract.services}


def _bases(
    contract: Contract, service: Service, url: str, seen: Counter[tuple[str, str]], base_path: str
) -> list[Base]:
    servers = list(_servers(contract, service))
    said = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    if url:
        host, path = place(url)
        hosts = [host]
        paths = [path.rstrip("/"), *(path.rstrip("/") + before for _host, before in servers)]
    else:
        hosts = [host for host, _path in servers if host]
        paths = []
    paths += [before for _host, before in servers] + [""]
    table = _table(contract, service)
    paths = [said] if base_path else list(dict.fromkeys(paths))
    scores = {
        (host, before): _fits(table, host, before, seen)
        for host in dict.fromkeys([*hosts, *({place(one)[0] for _m, one in seen} if not url else ())])
        for before in paths
    }
    known = [_best(scores, host) for host in dict.fromkeys(hosts)]
    if url or any(scores[one] for one in known):
        return known
    others = sorted(scores, key=lambda one: -scores[one])
    return others[:1] if others and scores[others[0]] else known


def _best(scores: Mapping[Base, int], host: str) -> Base:
    mine = [one for one in scores if one[0] == host]
    return max(mine, key=lambda one: scores[one])  # of equal ones the first


def _fits(table: Table[Op], host: str, before: str, seen: Counter[tuple[str, str]]) -> int:
    count = 0
    for (method, url), times in seen.items():
        at, path = place(url)
        if at == host and path.startswith(f"{before}/"):
            count += times if table.find(method, unquote(path[len(before) :]))[0] is not None else 0
    return count


def _servers(contract: Contract, service: Service) -> Iterator[Base]:
    """Yield the servers of a document, the host empty where the address is relative."""
    for server in dict.fromkeys(
        one.url() for op in contract.ops if op.service == service.name for one in op.spec.servers
    ):
        host, path = place(server)
        yield host, path.rstrip("/")


def _table(contract: Contract, service: Service) -> Table[Op]:
    table: Table[Op] = Table()
    for op in contract.ops:
        if op.service == service.name:
            table.add(op.spec.method, op.spec.path, op, [one.name for one in op.spec.parameters if one.greedy])
    return table
