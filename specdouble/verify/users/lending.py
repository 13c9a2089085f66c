"""Lending: in a sampling run, a test gets the people that an earlier one needed and left as they were.

Many tests make somebody only to see them refused, or to read what they have. Who was not written to since they were
made is as good as new: no successful write named their id, their address or their token. Whatever a test changes is
never lent again, so no test meets the traces of another one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specdouble.verify.api.credentials import Person

Made = TypeVar("Made", bound="Person")


@dataclass
class _Lent:
    kind: str
    person: Any
    marks: tuple[bytes, ...]
    changed: bool = False


class Lending:
    """Who is lent to the running test, and who is free; `on` is whether anybody is lent at all."""

    def __init__(self) -> None:
        self.on = False
        self._free: dict[str, list[Any]] = {}
        self._lent: list[_Lent] = []

    def lend(self, kind: str, make: Callable[[], Made], label: str = "") -> Made:
        """Return somebody of a kind who is as new, else make one; nobody has them a second time in one test."""
        if not self.on:
            return make()
        free = self._free.get(kind, [])
        person = None
        while free and person is None:
            person = free.pop()
            person = None if person.stale else person
        if person is None:
            person = make()
        elif label:
            person.label = label
        # A copy goes back: what a test does to the object in its hands is not kept.
        self._lent.append(_Lent(kind, replace(person), tuple(mark.encode() for mark in person.marks)))
        return person

    def heard(self, response: httpx.Response) -> None:
        """Look whom a request has changed (a hook of httpx): everybody whom a successful write names."""
        request = response.request
        if not self._lent or request.method in ("GET", "HEAD", "OPTIONS") or response.status_code >= 400:
            return
        text = b"\n".join([str(request.url).encode(), *(value for _, value in request.headers.raw), _content(request)])
        for one in self._lent:
            one.changed = one.changed or any(mark in text for mark in one.marks)

    def back(self) -> None:
        """End a test: who was not changed is free for the next one."""
        for one in self._lent:
            if not one.changed:
                self._free.setdefault(one.kind, []).append(one.person)
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


def lent(kind: str) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Let a run with a budget use the people of a function again: those that no test needs at the moment.

    `kind` names such people. A call with further arguments makes new ones each time.
    """

    def wrap(make: Callable[..., Made]) -> Callable[..., Made]:
        from functools import wraps

        @wraps(make)
        def made(session: Any, *more: Any, **named: Any) -> Made:
            if more or named:
                return make(session, *more, **named)
            found: Made = session.users.lending.lend(kind, lambda: make(session))
            return found

        return made

    return wrap
