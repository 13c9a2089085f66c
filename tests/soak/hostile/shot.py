"""One request as bytes, and how it is to be sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Shot:
    """A request.

    Attributes:
        data: all of it, as it goes out.
        kind: what is odd about it, for the table and for findings.
        op: the operation that it is made from, "" for none.
        framed: whether it is well formed as HTTP, so that an answer has to come and the connection goes on.
        cut: whether no more comes after it: the sending half of the connection is closed.
        apart: whether it goes to a world in which faults may be planted.
        head: whether its answer has no body.
        pause: seconds between its pieces, 0 to send it at once.
        silent: whether it stops in the middle and nothing more comes; the server has to give it up.

    """

    data: bytes
    kind: str
    op: str = ""
    framed: bool = True
    cut: bool = False
    apart: bool = False
    head: bool = False
    pause: float = 0.0
    silent: bool = False
