"""The worlds of a server: made from seed data or forked, chosen by a request, and ended."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.state.clock import WatchedClock
from specdouble.mock.state.start import Start
from specdouble.mock.state.world import MAIN, World

HEADER = "x-specdouble-world"
COOKIE = "specdouble-world"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # what may stand before a dot in the name of a host
_LOCAL = ".localhost"
SECURE = ".world.localhost"  # what worlds are below over TLS, where no certificate can be for all names below _LOCAL
_HOSTS = 64
_REMEMBERED = 200  # worlds that have ended, of which it is known why


class WorldError(SpecdoubleError):
    """A world that is not there, or cannot be made; `status` is that of the response which says so."""

    def __init__(self, status: int, what: str, **more: Any) -> None:
        super().__init__(what, **more)
        self.status = status


def name_in(header: str | None, host: str | None, cookie: str | None) -> str:
    """Return the name of the world that a request chooses, "" for none: by header, else host name, else cookie."""
    if header:
        return header.strip().lower()
    if host and _LOCAL in (host := host.lower()):
        name = host.partition(":")[0]
        if name.endswith(SECURE):
            return name.removesuffix(SECURE).rpartition(".")[2]
        if name.endswith(_LOCAL):
            return name.removesuffix(_LOCAL).rpartition(".")[2]
    if cookie and COOKIE in cookie:
        for pair in cookie.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                return value.strip('" ').lower()
    return ""


class Worlds:
    """The living worlds by name.

    `sow` writes seed data of a name into an empty world, `known` gives the names that there are; `enter` is called with
    each world before it is used.
    """

    def __init__(
        self, main: World, sow: Callable[[World, str], None], known: Callable[[], list[str]],
        enter: Callable[[World], object] = lambda _world: None,
    ) -> None:  # fmt: skip
        self.main = main
        self._sow = sow
        self._known = known
        self._enter = enter
        self._alive: dict[str, World] = {MAIN: main}
        self._began: dict[str, str] = {MAIN: ""}  # from which world each was forked
        self._idle: dict[str, float] = {}
        self._ended: dict[str, str] = {}
        self._starts: dict[str, Start] = {}
        self._numbers = 0
        self.plain_hosts: set[str] = set()  # some host names of requests that name no world
        self._lock = threading.RLock()
        self._sowing = threading.RLock()
        main.renew = self.start
        enter(main)

    # -- seed data ---------------------------------------------------------------------------------------------

    def seeds(self) -> list[str]:
        """Return the names of the seed data that a world can begin from."""
        return self._known()

    def start(self, name: str) -> Start:
        """Return the seed data of a name, read once and written anew when they have grown old.

        Raises:
            SeedError: there are none of that name, or they cannot be loaded.

        """
        with self._sowing:  # which may take long, and keeps nobody from anything else
            held = self._starts.get(name)
            if not self.is_ready(name) or held is None:
                clock = WatchedClock()
                nursery = self.main.like("", clock)
                self._enter(nursery)
                self._sow(nursery, name)
                nursery.commit()
                asked = clock.asked
                held = self._starts[name] = Start(nursery.state, name, clock.now(), timeless=not asked)
            return held

    def is_ready(self, name: str) -> bool:
        """Tell whether `start` gives at once what there is: the seed data of a name, or that there are none."""
        held = self._starts.get(name)
        if held is None:
            return name not in self._known()
        return not held.is_old(self.main.clock.now() - self.main.clock.offset)

    def switch(self, world: World, seed_data: str, *, keep_sign_ins: bool = False) -> None:
        """Let a world begin anew from seed data of another name.

        Raises:
            WorldError: there are none of that name.

        """
        self._check(seed_data)
        start = self.start(seed_data)
        self._began[world.name] = ""
        world.begin(start, keep_sign_ins=keep_sign_ins)

    def restart(self) -> None:
        """Let everything be as when the server started: `main` from the seed data of the settings, and no other."""
        for world in self.alive():
            if world is not self.main:
                self.drop(world.name)
        self.switch(self.main, self.main.options.world)

    # -- making and ending -------------------------------------------------------------------------------------

    def make(self, name: str = "", seed_data: str = "", *, ends_after: float | None = None) -> World:
        """Make a world from seed data, by default those that the server started with; without a name it gets one.

        It ends by itself after `ends_after` seconds without a request, by default those of the settings.

        Raises:
            WorldError: the name is taken or cannot be one, there are no such seed data, or too many worlds.

        """
        self.sweep()
        chosen = seed_data or self.main.options.world
        self._check(chosen)
        with self._lock:
            made = self._new(name, ends_after)
            made.begin(self.start(chosen))
            return self._let_live(made, "", ends_after)

    def fork(
        self, parent: str | World = MAIN, name: str = "", *, keep_sign_ins: bool = False,
        ends_after: float | None = None,
    ) -> World:  # fmt: skip
        """Make a world that begins with what another one holds now, at its time.

        Who is signed in there is not signed in here, unless `keep_sign_ins` says so.

        Raises:
            WorldError: there is no such parent, the name is taken or cannot be one, or there are too many worlds.

        """
        self.sweep()
        source = self.get(parent) if isinstance(parent, str) else parent
        with source.lock, self._lock:  # in this order: whoever holds the lock of a world may make one
            made = self._new(name, ends_after)
            made.begin(source.present(keep_sign_ins))
            if keep_sign_ins:
                made.honours = made.honours | source.honours
            return self._let_live(made, source.name, ends_after)

    def revive(self, name: str, parent: str, ends_after: float | None) -> World:
        """Let an empty world live again that lived when the server ended, forked from `parent` if that is not ""."""
        with self._lock:
            made = self.main.like(name)
            made.urls = {one: below(url, name) for one, url in self.main.urls.items()}
            self._enter(made)
            return self._let_live(made, parent, ends_after, tell=False)

    def drop(self, name: str) -> None:
        """End a world; its streams end too.

        Raises:
            WorldError: there is no such world, or it is the one that the server starts with.

        """
        if name == MAIN:
            raise WorldError(409, f"{MAIN} is the world that the server starts with, and stays", next_step="Reset it")
        self.get(name)
        self._end(name, "it was dropped")

    def unused(self) -> list[str]:
        """Return the names of the worlds that nobody has used for long; an open stream is use."""
        if len(self._alive) < 2:  # main alone
            return []
        now, found = perf_counter(), []
        for name, after in list(self._idle.items()):
            world = self._alive.get(name)
            if world is not None and now - world.used > after and not world.hub.here:
                found.append(name)
        return found

    def sweep(self) -> list[str]:
        """End the worlds that nobody has used for long, and return their names."""
        ended = self.unused()
        for name in ended:
            self._end(name, f"nobody used it for {self._idle[name]:g} seconds")
        return ended

    def forget(self, name: str) -> None:
        """Let a world end that another server has ended."""
        self._end(name, "it was dropped", tell=False)

    # -- finding -----------------------------------------------------------------------------------------------

    def get(self, name: str) -> World:
        """Return a living world; "" is the one that the server starts with.

        Raises:
            WorldError: there is none of that name.

        """
        found = self._alive.get(name or MAIN)
        if found is not None:
            return found
        why = f": {self._ended[name]}" if name in self._ended else ""
        raise WorldError(
            404, f"there is no world {name[:80]!r}{why}", closest=closest(name, self._alive),
            next_step=f'Make it with POST /__mock__/worlds {{"name": "{name[:80]}"}}',
        )  # fmt: skip

    def of(self, header: str | None, host: str | None, cookie: str | None) -> World:
        """Return the world that a request chooses, see `name_in`.

        Raises:
            WorldError: there is none of that name.

        """
        name = name_in(header, host, cookie)
        if not name and host and len(self.plain_hosts) < _HOSTS:
            self.plain_hosts.add(host)
        return self.get(name)

    def alive(self) -> list[World]:
        """Return the living worlds, the one that the server starts with first."""
        return list(self._alive.values())

    def began(self, world: World) -> dict[str, str]:
        """Tell what a world began from: the name of seed data, or the world that it was forked from."""
        parent = self._began.get(world.name, "")
        return {"fork": parent} if parent else {"world": world.seed_data}

    def parent(self, world: World) -> str:
        """Return the name of the world that a world was forked from, "" for none."""
        return self._began.get(world.name, "")

    def ends_after(self, world: World) -> float | None:
        """Return after how many seconds without a request a world ends, None for never."""
        return self._idle.get(world.name)

    # -- inside ------------------------------------------------------------------------------------------------

    def _check(self, seed_data: str) -> None:
        known = self._known()
        if seed_data not in known:
            near = closest(seed_data, known)
            step = f"Choose one of {', '.join(known)}"
            raise WorldError(422, f"there are no seed data {seed_data[:80]!r}", closest=near, next_step=step)

    def _new(self, name: str, ends_after: float | None) -> World:
        most = self.main.options.max_worlds
        if len(self._alive) > most:
            said = f"there are {most} worlds beside {MAIN}, as many as may be"
            raise WorldError(429, said, next_step="Drop one, or start the server with a higher --max-worlds")
        while not name:
            self._numbers += 1
            name = f"w{self._numbers}" if f"w{self._numbers}" not in self._alive else ""
        if not NAME.fullmatch(name):
            step = "Use lower-case letters, digits and hyphens, as in the name of a host"
            raise WorldError(422, f"{name[:80]!r} cannot be the name of a world", next_step=step)
        if name in self._alive:
            raise WorldError(409, f"there is a world {name!r} already", next_step="Drop it first, or reset it")
        if ends_after is not None and not ends_after > 0:
            raise WorldError(422, "ends_after must be more than 0 seconds")
        self.main.writing()
        made = self.main.like(name)
        made.mark = f"{name}.{secrets.token_hex(4)}"
        made.honours = frozenset((made.mark,))
        made.urls = {one: below(url, name) for one, url in self.main.urls.items()}
        self._enter(made)
        return made

    def _let_live(self, made: World, parent: str, ends_after: float | None, *, tell: bool = True) -> World:
        self._alive[made.name] = made
        self._began[made.name] = parent
        self._idle[made.name] = self.main.options.world_seconds if ends_after is None else ends_after
        self._ended.pop(made.name, None)
        if self.main.lasting is not None:
            made.lasting = self.main.lasting
            if tell:
                made.lasting.enter(made)
        return made

    def _end(self, name: str, why: str, *, tell: bool = True) -> None:
        if tell:
            self.main.writing()
        with self._lock:
            world = self._alive.pop(name)
            self._began.pop(name)
            self._idle.pop(name)
            self._ended[name] = why
            while len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]
        with world.lock:
            if world.lasting is not None:
                if tell:
                    world.lasting.end(world)
                world.lasting = None  # whoever still holds it writes for nobody
            world.end()


def below(url: str, name: str) -> str:
    """Return the URL at which a world is found without a header: its name below `localhost`."""
    end = SECURE if url.startswith("https:") else _LOCAL
    return re.sub(r"^(https?://)(localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)", rf"\g<1>{name}{end}", url)
