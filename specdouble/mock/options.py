"""What a user may set when starting a server; every value has a documented default.

A pack adds its own settings in a subclass of `Options`. The options of `specdouble serve`, its help and the table in
docs/configuration.md are made from the fields of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from specdouble.sockets import url


def urls(options: Options, ports: Mapping[str, int]) -> dict[str, str]:
    """Return where services are found from this machine, by name: each on its port, or all below names on the first."""
    scheme = "https" if options.tls or options.tls_cert else "http"
    if options.prefix and ports:
        first = url(options.host, next(iter(ports.values())), scheme)
        return {name: f"{first}/{name}" for name in ports}
    return {name: url(options.host, port, scheme) for name, port in ports.items()}


@dataclass(frozen=True, slots=True)
class Setting:
    """How a field of `Options` is set from outside.

    `kind` is the type of its value; `env` names environment variables beside `SPECDOUBLE_NAME`, the first set one wins;
    the value of a `secret` opens something; a `file` must exist; numbers are at least `minimum`; `shown` replaces the
    printed default.
    """

    help: str
    kind: type
    env: tuple[str, ...] = ()
    secret: bool = False
    file: bool = False
    minimum: float | None = None
    shown: str = ""


def setting(
    default: Any,
    help: str,  # noqa: A002 - the word that click has for it
    *,
    kind: type | None = None,
    env: str | tuple[str, ...] = (),
    secret: bool = False,
    file: bool = False,
    minimum: float | None = None,
    shown: str = "",
) -> Any:
    """Declare a field of `Options` that has an option.

    `token_seconds` is set by `--token-seconds`, and by the environment variable `SPECDOUBLE_TOKEN_SECONDS`.
    Say `kind` where the default is None, for it is the type of the default otherwise.
    """
    names = (env,) if isinstance(env, str) else env
    made = Setting(help, kind or type(default), names, secret, file, minimum, shown)
    return field(default=default, metadata={Setting: made})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of one world and its servers: times are seconds, sizes are bytes.

    `ports` holds where services listen by name, for those that do not listen on the port of their manifest; `internal`
    serves the documents that stand beside a published one.
    """

    host: str = setting("localhost", "Name or address to listen on; localhost is 127.0.0.1 and ::1.")
    ports: Mapping[str, int] = field(default_factory=dict)
    world: str = "default"
    log_format: str = setting("text", "How the server logs: text, or json, an object a line (docs/observe.md).")
    traces: bool = setting(False, "Send a trace of each request by OTLP; the variables OTEL_… say where.")
    state: str = setting(
        "memory",
        "Where worlds are kept: memory, sqlite:PATH (a file), or postgresql://… (a database that servers share).",
    )
    seed: int | None = setting(None, "Make ids repeatable.", kind=int)
    items: int = setting(3, "Items of each resource to begin with, where handlers are inferred.", minimum=0)
    empty: bool = setting(False, "Begin with no items, where handlers are inferred.")
    strict: bool = setting(False, "Validate every response; one that breaks the document is a 500 that says where.")
    max_connections: int = setting(
        4096, "How many connections each address and port takes at a time; further ones wait.", minimum=1
    )
    idle_seconds: float = setting(
        75.0, "Seconds after which a connection is closed on which nothing is asked (Linux).", minimum=1
    )
    max_streams: int = setting(1000, "How many event streams may be open at a time, in all worlds.", minimum=1)
    max_caller_streams: int = setting(
        500, "How many of them one caller may have open: a person, or an address.", minimum=1
    )
    heartbeat_seconds: float = 15.0
    body_limit: int = setting(
        40 * 1024 * 1024, "Most bytes of a request body; where no upload is declared, 4 MiB at most.", minimum=0
    )
    body_seconds: float = setting(30.0, "Seconds in which something more of a body has to come.", minimum=0.1)
    journal_size: int = setting(1000, "How many requests of each world are kept to be looked at.", minimum=1)
    max_worlds: int = setting(200, "How many worlds there may be at a time beside main.", minimum=0)
    world_seconds: float = setting(
        3600.0, "Seconds without a request after which a world other than main ends by itself.", minimum=0
    )
    drain_seconds: float = setting(
        0.0, "Seconds to go on answering after SIGTERM, unready, so that a load balancer sends elsewhere.", minimum=0
    )
    journal_bytes: int = setting(32 * 1024 * 1024, "Most bytes of their bodies, in each world.", minimum=0)
    journal_body: int = setting(64 * 1024, "Most bytes of each of these bodies.", minimum=0)
    faults: str | None = setting(
        None, "YAML or JSON file of rules that fail, delay or spoil responses.", kind=str, file=True
    )
    rate_limits: bool = setting(False, "Refuse with 429 who calls more often than the rate limits of the pack allow.")
    internal: bool = setting(
        True, "Serve the internal documents too; without them their routes are unknown paths (404)."
    )
    cors: bool = setting(True, "Let pages on other origins call.")
    tls: bool = setting(False, "Serve https with a certificate of a local authority, which is made once and kept.")
    tls_cert: str | None = setting(
        None, "Serve https with this certificate (PEM), as mkcert makes one.", kind=str, file=True
    )
    tls_key: str | None = setting(None, "Key of --tls-cert, where it is in a file of its own.", kind=str, file=True)
    prefix: bool = setting(False, "Serve all services on one port, each below its name.")
    expose_control: bool = setting(False, "Let the control plane (/__mock__/) answer beyond loopback.")
