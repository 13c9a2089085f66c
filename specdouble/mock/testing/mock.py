"""A mock as a test holds it: where it listens, clients of it, and what a test arranges and looks at."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.boot import Platform, boot
from specdouble.mock.control.actions import PREFIX, Later, Told, check
from specdouble.mock.control.plane import actions
from specdouble.mock.faults.rules import Faults
from specdouble.mock.journal.journal import Calls
from specdouble.mock.options import Options, Setting
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World
from specdouble.mock.testing.data import Data, UnknownDataError, changing
from specdouble.mock.transports.app import create_app, service_name
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target

if TYPE_CHECKING:
    import httpx
    from flask import Flask


class MockError(SpecdoubleError):
    """Something that a mock cannot do; the message says what to do instead."""


class Clock:
    """The time of a world."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    @property
    def now(self) -> datetime:
        """What time it is there (UTC)."""
        return datetime.fromtimestamp(self._mock.world.clock.now(), UTC)

    def advance(self, by: str | float) -> datetime:
        """Move time forward by a duration (`2h30m`) or by seconds, let happen what is due, and return the new time."""
        while not self._mock.control("POST /__mock__/clock", {"advance": by})["settled"]:
            by = 0
        return self.now


class Mock:
    """A running mock.

    `platform` is the engine, `world` its state; `data`, `clock`, `mails`, `calls` and `faults` are what tests need of
    it; `app`, `client` and `async_client` ask it in this process, `url` and `urls` on a port.
    """

    def __init__(self, platform: Platform, held: contextlib.ExitStack | None = None) -> None:
        self.platform = platform
        self._held = held
        self._urls: dict[str, str] = {}
        self._apps: dict[str, Flask] = {}
        self.clock = Clock(self)

    @property
    def world(self) -> World:
        """The world that tests look at: the one that the server starts with."""
        return self.platform.world

    @property
    def data(self) -> Data:
        """The collections of the world."""
        return Data(self.world)

    # -- asking it ---------------------------------------------------------------------------------------------

    def listen(self) -> dict[str, str]:
        """Let the services listen on free ports, if they do not yet, and return their `urls`."""
        return self.urls

    @property
    def urls(self) -> dict[str, str]:
        """Where the services listen, by name; they begin to when this is first asked.

        Raises:
            MockError: the mock has ended.

        """
        if not self._urls:
            if self._held is None:
                raise MockError("this mock has ended, or was never to listen", next_step="Open one with open_mock()")
            self._urls = self._held.enter_context(serving(self.platform))
        return self._urls

    @property
    def url(self) -> str:
        """Where the first service listens."""
        return next(iter(self.urls.values()))

    def url_of(self, service: str) -> str:
        """Return where a service listens; raises ``UnknownServiceError``, which names the closest one."""
        return self.urls[service_name(self.platform, service)]

    def app(self, service: str = "") -> Flask:
        """Return the application (WSGI) of a service, the first one by default; raises ``UnknownServiceError``."""
        name = service_name(self.platform, service)
        if name not in self._apps:
            self._apps[name] = create_app(self.platform, name)
        return self._apps[name]

    def client(self, service: str = "", **more: Any) -> httpx.Client:
        """Return an httpx client of a service in this process, without a socket; `more` is for httpx."""
        import httpx

        from specdouble.mock.testing.clients import Transport

        return httpx.Client(**{"transport": Transport(self.app(service)), "base_url": "http://localhost", **more})

    def async_client(self, service: str = "", **more: Any) -> httpx.AsyncClient:
        """Return the same for async code, on asyncio or trio."""
        import httpx

        from specdouble.mock.testing.clients import Transport

        return httpx.AsyncClient(**{"transport": Transport(self.app(service)), "base_url": "http://localhost", **more})

    # -- arranging and looking ---------------------------------------------------------------------------------

    def reset(self, world: str = "") -> None:
        """Begin anew, from other seed data where they are named."""
        self.platform.worlds.switch(self.world, world or self.world.options.world)

    def mails(self, to: str | None = None) -> list[Doc]:
        """Return the mails that were never sent, newest first."""
        found: list[Doc] = self.control("GET /__mock__/outbox", to=to)
        return found

    def sign_in(self, person: str) -> str:
        """Return an access token of one of the people, by id or by any of the texts that tell them, as an e-mail.

        Raises:
            UnknownDataError: there is nobody like that.
            MockError: the API has no tokens of people.

        """
        principals = self.world.principals
        if principals.sign_in is None:
            raise MockError("this API has no tokens of people", next_step="Send the credentials of mock.credentials")
        with changing(self.world):
            for one in self.world.state[principals.collection]:
                if person in one.values():
                    return principals.sign_in(self.world, one)
            texts = [value for one in principals.of(self.world) for value in one.values() if isinstance(value, str)]
            raise UnknownDataError(f"there is nobody called {person!r}", closest=closest(person, texts))

    def calls(self, operation: str | None = None, **wanted: Any) -> Calls:
        """Return what was asked since the last reset, oldest first: `calls("POST /v1/keys", status=422)`.

        Args:
            operation: its key, its operationId, or a path with wildcards; None for every request.
            wanted: what a request must be beside that, such as `status="4xx"`, `caller=…`, `unmatched=True`.

        Raises:
            JournalError: there is no such operation or filter; the message names the closest one.

        """
        return self.world.journal.calls(operation, **wanted)

    @property
    def faults(self) -> Faults:
        """The rules that fail, delay or spoil responses: `faults.add({"operation": …, "status": 503, "times": 1})`."""
        return self.world.faults

    @property
    def credentials(self) -> dict[str, str]:
        """The shared credentials of the world: names, and values with a word about them."""
        return dict(self.platform.credentials(self.world))

    def control(self, key: str, body: Doc | None = None, **params: Any) -> Any:
        """Do what a route of the control plane does, such as `POST /__mock__/reset`; returns what it answers.

        Raises:
            MockError: there is no such route, or it refuses; the message is its own.

        """
        known = actions(self.platform)
        found = known.get(key)
        if found is None:
            raise MockError(f"the control plane has no {key}", closest=closest(key, known),
                            next_step=f"GET {PREFIX}/openapi.json lists its routes")  # fmt: skip
        try:
            with changing(self.world):
                check(found[1], body or {})
                told = found[1](self.world, params, body or {})
                while isinstance(told, Later):  # what a server does beside others
                    made = told.make()
                    told = made if told.then is None else told.then(self.world, made)
                return told.content if isinstance(told, Told) else told
        except Problem as problem:
            raise MockError(str(problem.detail)) from None


@contextlib.contextmanager
def open_mock(api: str | Path = "", *, world: str = "", port: bool = False, **options: Any) -> Iterator[Mock]:
    """Open a mock for as long as the block runs.

    Args:
        api: a pack, a folder or a document; the bundled default pack by default.
        world: the seed data to begin from.
        port: whether it listens at once; else it does when its `url` is first asked for.
        options: settings of `specdouble serve`, such as `seed`, `strict` or `items`.

    Raises:
        MockError: there is no such setting.

    """
    with contextlib.ExitStack() as held:
        mock = Mock(booted(str(api), {**options, **({"world": world} if world else {})}), held)
        held.callback(mock.platform.close)
        if port:
            mock.listen()
        yield mock


def booted(api: str, options: dict[str, Any]) -> Platform:
    """Return a platform of an API with these settings.

    Raises:
        MockError: there is no such setting.

    """
    contract = contract_of_target(api)
    if not options:
        return boot(contract)
    from specdouble.mock.binding.load import load

    kind = load(contract.name, list(contract.by_name)).pack.options
    known = [one.name for one in dataclasses.fields(kind) if Setting in one.metadata or one.name == "world"]
    for name in options:
        if name not in known:
            there = f"There are {', '.join(known)}"
            raise MockError(f"there is no setting {name!r}", closest=closest(name, known), next_step=there)
    made: Options = kind(**options)
    return boot(contract, made)
