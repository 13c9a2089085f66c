"""Lending: in a sampling run, a test gets the people and apps that an earlier one needed and left as they were.

Many tests make somebody only to see them refused, or to read what they have. Who was not written to since they were
made is as good as new: no successful write named their id, their address or their token. Whatever a test changes is
never lent again, so no test meets the traces of another one. An app that was installed or called leaves traces
elsewhere; it is lent again, and so is who installed one: the tests that count such things ask for something `fresh`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

# Writes after which a thing is what it was: an app that was installed, somebody with one more app.
TRACES = re.compile(r"^/v1/marketplace/apps/[^/]+/(install|uninstall)$")
OF_APPS = re.compile(r"^/v1/extensions/[^/]+/(call|batch)$")  # calls leave records with their person, none in the app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contract_tests.credentials import Person


@dataclass
class _Lent:
    kind: str
    thing: Any
    marks: tuple[bytes, ...]
    changed: bool = False
    used: bool = False


class Lending:
    """Who and what is lent to the running test, and what is free; `on` is whether anything is lent at all."""

    def __init__(self) -> None:
        self.on = False
        self._free: dict[str, list[Any]] = {}
        self._used: dict[str, list[Any]] = {}
        self._lent: list[_Lent] = []

    def lend(self, kind: str, make: Callable[[], Person], label: str = "", *, fresh: bool = False) -> Person:
        """Return somebody of a kind who is as new, else make one; nobody has them a second time in one test.

        Who is `fresh` was never used before.
        """
        if not self.on:
            return make()
        person: Person | None = self._take(kind, fresh=fresh)
        if person is None:
            person = make()
        elif label:
            person.label = label
        marks = (person.imperal_id, person.email, person.access_token)
        # A copy goes back: what a test does to the object in its hands is not kept.
        self._lent.append(_Lent(kind, replace(person), tuple(mark.encode() for mark in marks if mark)))
        return person

    def lend_app(self, kind: str, make: Callable[[], tuple[str, Person]], *, fresh: bool = False) -> tuple[str, Person]:
        """Return an app of a kind and its owner, the app as new; else make one."""
        if not self.on:
            return make()
        found: tuple[str, Person] | None = self._take(kind, fresh=fresh)
        app_id, owner = found or make()
        self._lent.append(_Lent(kind, (app_id, owner), (app_id.encode(),)))
        return app_id, owner

    def _take(self, kind: str, *, fresh: bool) -> Any:
        for shelf in (self._free,) if fresh else (self._used, self._free):
            free = shelf.get(kind, [])
            while free:
                thing = free.pop()
                if not (thing[1] if isinstance(thing, tuple) else thing).stale:
                    return thing
        return None

    def heard(self, response: httpx.Response) -> None:
        """Look what a request has changed (a hook of httpx): everything that a successful write names."""
        request = response.request
        if not self._lent or request.method in ("GET", "HEAD", "OPTIONS") or response.status_code >= 400:
            return
        text = b"\n".join([str(request.url).encode(), *(value for _, value in request.headers.raw), _content(request)])
        path = request.url.path
        for one in self._lent:
            if any(mark in text for mark in one.marks):
                app = isinstance(one.thing, tuple)
                one.used = True
                one.changed |= not (TRACES.match(path) or (app and OF_APPS.match(path)))

    def back(self) -> None:
        """End a test: what was not changed is free for the next one."""
        for one in self._lent:
            if not one.changed:
                (self._used if one.used else self._free).setdefault(one.kind, []).append(one.thing)
        self._lent.clear()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Lend nobody for what several tests will share."""
        was, self.on = self.on, False
        try:
            yield
        finally:
            self.on = was


def _content(request: httpx.Request) -> bytes:
    with suppress(httpx.RequestNotRead):
        return request.content
    return b""


def lent(kind: str) -> Callable[[Callable[..., Person]], Callable[..., Person]]:
    """Let people whom a function makes for a stage be lent, as long as it is called without further arguments."""

    def wrap(make: Callable[..., Person]) -> Callable[..., Person]:
        from functools import wraps

        @wraps(make)
        def made(stage: Any, *more: Any, **named: Any) -> Person:
            if more or named:
                return make(stage, *more, **named)
            found: Person = stage.cast.lending.lend(kind, lambda: make(stage))
            return found

        return made

    return wrap
