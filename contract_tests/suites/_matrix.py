"""What the matrices of credentials have in common: tries that are refused, then one that is taken."""

from __future__ import annotations

from collections.abc import Iterable

from contract_tests.judge import Judge
from contract_tests.recipes import Ready
from contract_tests.stage import Stage
from contract_tests.wrong import Wrong


def refused(stage: Stage, judge: Judge, ready: Ready, tries: Iterable[Wrong], *allowed: int) -> None:
    """Try each credential on one prepared request: refused every time, and nothing has changed at the end.

    A sampling run leaves the look to the laws of the operation.
    """
    assert ready.op is not None
    watch = ready.watch
    if stage.sampling.on:
        watch = ()
    before = stage.look(watch)
    opened = False
    for wrong in tries:
        reply = stage.play(ready, wrong.who)
        opened |= reply.ok
        judge.that(
            reply.status in allowed, f"{wrong.who.name} is answered with {reply.status}", reply, rule=wrong.rule,
            expected=" or ".join(map(str, allowed)), about=wrong.who.name,
        )  # fmt: skip
    if opened:
        stage.spoilt(ready.op)
    elif watch:
        judge.that(
            stage.look(watch) == before, "a refused request changed something", op=ready.op, rule="AUTH-23",
            expected=before, got="something else", about="after refusals",
        )  # fmt: skip


def opens(stage: Stage, judge: Judge, ready: Ready) -> None:
    """Make the positive control: the same request with its good credential is taken.

    A sampling run leaves it to the tests of REACH-01, which send the same request.
    """
    if stage.sampling.on:
        return
    reply = stage.play(ready)
    judge.that(reply.ok, f"a good credential is answered with {reply.status}", reply, rule="AUTH-24", expected="2xx")
