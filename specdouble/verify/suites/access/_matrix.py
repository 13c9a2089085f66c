"""What the matrices of credentials have in common: tries that are refused, then one that is taken.

A run that may not make the request, or has nobody who could, tries wrong credentials all the same: a refused request
writes nothing. Such a request is `blind`: its ids are made up and its body says nothing, so that a server with the very
fault that is looked for finds nothing to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.recipes import Ready
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.users.wrong import Wrong


def refused(session: Session, check: Check, ready: Ready, tries: Iterable[Wrong], *allowed: int) -> None:
    """Try each credential on one prepared request: refused every time, and nothing has changed at the end.

    A sampling run leaves the look to the rules of the operation.
    """
    assert ready.op is not None
    watch = ready.watch
    if session.sampling.on:
        watch = ()
    before = session.look(watch)
    opened = False
    for wrong in tries:
        reply = session.play(ready, wrong.who)
        opened |= reply.ok
        check.that(
            reply.status in allowed, f"{wrong.who.name} is answered with {reply.status}", reply, rule=wrong.rule,
            expected=" or ".join(map(str, allowed)), about=wrong.who.name,
        )  # fmt: skip
    if opened:
        session.spoilt(ready.op)
    elif watch:
        check.that(
            session.look(watch) == before, "a refused request changed something", op=ready.op, rule="AUTH-23",
            expected=before, got="something else", about="after refusals",
        )  # fmt: skip


def opens(session: Session, check: Check, ready: Ready) -> None:
    """Make the positive control: the same request with its good credential is taken.

    A sampling run leaves it to the tests of REACH-01, which send the same request.
    """
    if session.sampling.on:
        return
    reply = session.play(ready)
    check.that(reply.ok, f"a good credential is answered with {reply.status}", reply, rule="AUTH-24", expected="2xx")


UNCLEAR = (400, 413, 415, 422)  # the request was looked at before its credential, which tells nothing about it


@contextmanager
def or_blind(
    session: Session,
    check: Check,
    op: Op,
    tries: Callable[[], Iterable[Wrong]],
    careful: Callable[[], Iterable[Wrong]],
    *unclear: int,
) -> Iterator[None]:
    """Where the request cannot be made, try wrong credentials without it, and say then why it could not be made.

    `tries` makes some from real people's credentials; where nothing of the request keeps them from harm, those that are
    `careful`, which nobody owns, are sent alone. `unclear` are statuses that tell nothing beside the usual ones.
    """
    try:
        yield
    except Unmet:
        if not session.settings.local:
            blind(session, check, op, [*careful()] if exposed(session.api, op) else [*careful(), *tries()], *unclear)
        raise


def exposed(api: Api, op: Op) -> bool:
    """Whether neither an id nor a required field stands between a caller and what an operation does."""
    return not op.reads and "{" not in op.spec.path and not api.contract.body_schema(op).get("required")


def blind(session: Session, check: Check, op: Op, tries: Iterable[Wrong], *unclear: int) -> None:
    """Try each credential on made-up ids and an empty body: it is refused before anything else is looked at."""
    params = {
        one.name: session.api.made_up(one.name, one.schema) for one in op.spec.parameters if one.location == "path"
    }
    session.client.own(*params.values())
    more: dict[str, Any] = {"body": {}} if op.spec.body is not None else {}
    told_nothing = []
    for wrong in tries:
        reply = session.client.send(op, wrong.who, params=params, blind=True, **more)
        if reply.status in (*UNCLEAR, *unclear):
            told_nothing.append(wrong.who.name)
            continue
        check.that(
            reply.status in (401, 403), f"{wrong.who.name} is answered with {reply.status}", reply, rule=wrong.rule,
            expected="401 or 403", about=wrong.who.name,
        )  # fmt: skip
    if told_nothing:
        raise Unmet(
            f"a request with {told_nothing[0]} was looked at before its credential, so only a valid one would tell: "
            "--allow-writes"
        )
