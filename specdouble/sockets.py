"""The sockets that servers listen on: bound once, before anything is promised, and then served as they are."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble.errors import SpecdoubleError

if TYPE_CHECKING:
    from granian.server.embed import Server

BACKLOG = 2048
CONNECTIONS = 4096
_TRIES = 20  # for a free port that is free on every address of a host
_LOCAL = ("127.0.0.1", "::1")
_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # a machine without IPv6, or without an address of that name


_REACHED = {"": "localhost", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only compared


class ServeError(SpecdoubleError):
    """A server that cannot start; the message says what to do."""


def listen(host: str, port: int, option: str = "--port") -> list[socket.socket]:
    """Listen on every address of a host: `localhost` has two, an empty name means all there are.

    Port 0 takes a free one, the same on every address. Nobody else can listen there as long as the sockets are open.

    Args:
        host: a name or an address, as `127.0.0.1`, `127.1`, `::1`, `localhost` or "".
        port: 0 to 65535.
        option: what sets the port, for the message.

    Raises:
        ServeError: the host is none of this machine, or the port is taken.

    """
    for _ in range(_TRIES if port == 0 else 1):
        with contextlib.ExitStack() as held:
            try:
                found = _bind_all(host, port, held)
            except OSError as error:
                if port == 0 and error.errno == errno.EADDRINUSE:
                    continue
                raise _refused(host, port, option, error) from None
            held.pop_all()
            return found
    raise ServeError(f"no free port was found on {host}", next_step=f"Choose one with {option}")


def server_on(
    held: socket.socket, app: Any, interface: str = "rsgi", certificate: tuple[Path, Path] | None = None,
    connections: int = CONNECTIONS,
) -> Server:  # fmt: skip
    """Return granian's embedded server of an application (`rsgi`, or `asginl`) on a socket of `listen`.

    `certificate` is a file with a chain of certificates and one with its key (PEM): then it speaks TLS. As many
    `connections` are taken at a time, whether anything is asked on them or not; further ones wait.
    """
    from granian._granian import SocketHolder
    from granian.constants import Interfaces, SSLProtocols
    from granian.server.embed import Server

    class Bound(Server):
        def _init_shared_socket(self) -> None:
            self._ssp: Any = None
            self._shd: Any = SocketHolder(held.detach(), False, BACKLOG)  # type: ignore[call-arg] # as it is pickled

    host, port = held.getsockname()[:2]
    cert, key = certificate or (None, None)
    return Bound(
        app, address=host, port=port, interface=Interfaces(interface), websockets=False, log_enabled=False,
        backpressure=connections, ssl_cert=cert, ssl_key=key, ssl_protocol_min=SSLProtocols.tls12,
    )  # fmt: skip


def port_of(sockets: list[socket.socket]) -> int:
    """Return the port that sockets of `listen` have."""
    return int(sockets[0].getsockname()[1])


def url(host: str, port: int, scheme: str = "http") -> str:
    """Write where to find from this machine what listens on that address and port."""
    name = _REACHED.get(host, host)
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"


def _bind_all(host: str, port: int, held: contextlib.ExitStack) -> list[socket.socket]:
    addresses = _addresses(host)
    found: list[socket.socket] = []
    for number, (family, address) in enumerate(addresses):
        try:
            one = held.enter_context(socket.socket(family, socket.SOCK_STREAM))
            _bind(one, address, port_of(found) if found else port)
        except OSError as error:
            last = number == len(addresses) - 1
            if error.errno in _ABSENT and (found or not last):
                continue
            raise
        found.append(one)
    return found


def _bind(one: socket.socket, address: str, port: int) -> None:
    """Bind for this socket alone: neither SO_REUSEPORT, nor what Windows calls SO_REUSEADDR, which is the same."""
    if sys.platform == "win32":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was left a moment ago is free
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own
    one.bind((address, port))
    one.listen(BACKLOG)
    one.setblocking(False)


def _addresses(host: str) -> list[tuple[int, str]]:
    if host == "localhost":
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in _LOCAL]
    found = socket.getaddrinfo(host.strip("[]") or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return sorted({(int(family), str(address[0])) for family, _, _, _, address in found})


def _refused(host: str, port: int, option: str, error: OSError) -> ServeError:
    if isinstance(error, socket.gaierror):
        return ServeError(f"{host} is no address of this machine", next_step="Name one with --host, as localhost")
    if error.errno == errno.EADDRINUSE:
        reason = "is in use"
    elif error.errno == errno.EADDRNOTAVAIL:
        return ServeError(f"{host} is no address of this machine", next_step="Name one with --host, as localhost")
    else:
        reason = f"cannot be bound ({error.strerror})"
    where = f" on {host}" if host else ""
    return ServeError(
        f"port {port}{where} {reason}", next_step=f"Stop what listens there, or choose another with {option}"
    )
