"""What a target does not serve: a run of a part of the API must not blame it for the rest.

With --only, a target may have nothing but what is verified. A check that needs an operation beyond the selection, and
finds none there, cannot be made; whatever it is about is unproven for that reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdouble.openapi import Op
from specdouble.verify.api.chosen import chosen_ops
from specdouble.verify.problems import Unmet
from specdouble.verify.settings.values import Settings

if TYPE_CHECKING:
    from specdouble.verify.http.client import Client, Reply

ABSENT = (404, 405, 501)


class Unserved(Unmet):
    """The target does not serve an operation that a check needs, and was not said to."""


class Served:
    """Knows which operations a run is about, and tells an absent operation from an absent thing."""

    def __init__(self, settings: Settings) -> None:
        self.chosen = {op.id for op in chosen_ops(settings)} if settings.only else None
        self._nowhere: dict[str, tuple[int, str]] = {}

    def need(self, client: Client, op: Op, reply: Reply) -> None:
        """Look at a response.

        Raises:
            Unserved: it says that the operation is not there, and the run is not about it.

        """
        if self.chosen is None or op.id in self.chosen or reply.status not in ABSENT:
            return
        if reply.status != 404 and reply.status in op.spec.responses:
            return  # the operation itself says so
        declared = reply.status == 404 and not {403, 404}.isdisjoint(op.spec.responses)
        if not declared or self._like_nowhere(client, op, reply):
            raise Unserved(f"{op.id} is needed for it, and the target does not serve it ({reply.status})")

    def _like_nowhere(self, client: Client, op: Op, reply: Reply) -> bool:
        """Whether a 404 reads as that of a path which nobody knows."""
        base = client.url(op, dict(reply.sent.get("params", {})), None).removesuffix(self._path(op, reply))
        if base not in self._nowhere:
            nowhere = client.api.unknown_paths(op.service)[-1]
            found = client.undeclared_path(op, base + nowhere)
            self._nowhere[base] = (found.status, found.text.replace(nowhere, ""))
        return self._nowhere[base] == (reply.status, reply.text.replace(self._path(op, reply), ""))

    @staticmethod
    def _path(op: Op, reply: Reply) -> str:
        path = op.spec.path
        for name, value in reply.sent.get("params", {}).items():
            path = path.replace(f"{{{name}}}", str(value))
        return path
