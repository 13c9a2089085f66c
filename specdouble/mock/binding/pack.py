"""What a pack says of its server: the interface of ``mockserver/``.

``mockserver/__init__.py`` may hold a `ServerPack` called ``pack``, which speaks for the whole API, and the package of
each service, ``mockserver/<service>/__init__.py``, a `ServerService` called ``service``. A pack of one service may do
without that package: then its handlers stand in ``mockserver/`` itself. Everything has a default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from specdouble.mock.options import Options
from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.operation import Bound, Handler
from specdouble.mock.pipeline.problems import ErrorShape
from specdouble.mock.state.collections import Collection, Doc
from specdouble.mock.state.events import EventFormat
from specdouble.mock.state.keeping import Keeper
from specdouble.mock.state.principals import Principals
from specdouble.mock.state.seeds import Loader
from specdouble.mock.state.world import Timer, World

Admit = Callable[[Call], None]
Credentials = Callable[[World], Iterable[tuple[str, str]]]
Panel = Callable[[World, str], Iterable[str]]


def no_credentials(_world: World) -> Iterable[tuple[str, str]]:
    """List none."""
    return ()


@dataclass(slots=True)
class ServerPack:
    """What holds for every service of a pack.

    ``options`` is the class of its settings, a subclass of `Options` whose fields are declared with `setting`;
    ``errors`` is the shape of a refusal (default: the error schema of the document, or else RFC 9457); ``events`` is
    how events are written; ``principals`` are the people of its seed data; ``credentials`` returns what the start-up
    panel lists: a name, and the value with a word about it. Operations without a handler give examples; with
    ``inferred`` they are answered by the resource model, as all are of a pack that has no handlers. ``lax`` reads
    requests as FastAPI with pydantic 2 does, for APIs whose real server is one: `"10"` for a whole number, `"off"` for
    false, e-mail addresses in their normal form; without it the schemas of the document decide, strictly.
    """

    options: type[Options] = Options
    errors: ErrorShape | None = None
    events: EventFormat = field(default_factory=EventFormat)
    principals: Principals = field(default_factory=Principals)
    credentials: Credentials = no_credentials
    inferred: bool = False
    lax: bool = False


@dataclass(slots=True)
class ServerService:
    """What holds for one service.

    ``collections`` declares its state; ``admit`` recognises the caller of a protected operation and refuses who may not
    call it (default: credentials of the declared form are enough); ``limits`` are calls a minute by operation, for
    servers that are started with ``--rate-limits``; ``sign_in`` issues an access token for one of the pack's
    principals; ``aliases`` maps paths that the documents leave out to the declared
    ones that they stand for; ``document_path`` is where the published document is served; ``on_start`` is called with
    the world after it was seeded.

    Handlers, timers and routes of the control plane are found in the files beside it.
    """

    collections: tuple[Collection, ...] = ()
    admit: Admit | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    document_path: str = "/openapi.json"
    sign_in: Callable[[World, Doc], str] | None = None
    on_start: tuple[Callable[[World], object], ...] = ()
    handlers: dict[str, Handler] = field(default_factory=dict, init=False)
    timers: dict[str, Timer] = field(default_factory=dict, init=False)
    controls: dict[str, tuple[str, Callable[..., Any]]] = field(default_factory=dict, init=False)


@dataclass(frozen=True, slots=True)
class DefaultHandler:
    """What answers an operation that no pack handles: a function, its fidelity, and why it is not a better one."""

    handler: Handler
    fidelity: str
    reason: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands in where a pack says nothing.

    ``handlers`` holds one for each missing operation, by service and key; ``further`` operations that no document has;
    ``collections`` their state, which ``seed`` fills once the pack's own seed data are in the world; ``enter`` is
    called with each world before it is used; ``fixtures`` loads the records of a file of that name; ``timers`` are
    functions that run when one of that name is due. ``admit``, ``errors`` and ``spans`` (see `Policy`) are by service;
    so is ``panel``, which tells what the start-up panel says of a service that listens at a URL.
    ``keepers`` show and change by hand what a collection holds, by its name.
    """

    handlers: Mapping[str, Mapping[str, DefaultHandler]]
    admit: Mapping[str, Admit]
    collections: tuple[Collection, ...] = ()
    errors: Mapping[str, ErrorShape] = field(default_factory=dict)
    spans: Mapping[str, Mapping[str, Iterable[str]]] = field(default_factory=dict)
    further: Mapping[str, Mapping[str, Bound]] = field(default_factory=dict)
    fixtures: Mapping[str, Loader] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)
    seed: Callable[[World], object] = lambda _world: None
    enter: Callable[[World], object] = lambda _world: None
    credentials: Credentials = no_credentials
    panel: Mapping[str, Panel] = field(default_factory=dict)
    keepers: Mapping[str, Keeper] = field(default_factory=dict)
