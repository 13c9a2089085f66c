"""The requests of one world, the last ones: kept as they came, and rendered when somebody reads them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.faults.effects import FaultError
from specdouble.mock.faults.globs import glob
from specdouble.mock.faults.places import Operations, operation_of
from specdouble.mock.journal.entry import Entry, Record
from specdouble.mock.journal.secrets import Secrets

if TYPE_CHECKING:
    from specdouble.mock.pipeline.call import Caller, Request
    from specdouble.mock.pipeline.dispatch import Service
    from specdouble.mock.pipeline.faulting import Struck
    from specdouble.mock.pipeline.operation import Bound
    from specdouble.mock.pipeline.problems import Problem
    from specdouble.mock.pipeline.reply import Reply
    from specdouble.mock.state.events import Hub

WATCH = "requests"  # the name of the stream of those who watch
ENOUGH = 70  # characters of what was asked instead, after which the rest is counted
SMALL = 8192  # bytes of both bodies, up to which nobody counts


class JournalError(SpecdoubleError):
    """A question to a journal that has no answer; the message says what to ask instead."""


class Calls(list[Entry]):
    """Entries of a journal, oldest first; printed where there are none, it says what was asked instead."""

    def __init__(self, found: Iterable[Entry], wanted: str, instead: str = "") -> None:
        super().__init__(found)
        self.wanted = wanted
        self.instead = instead

    def __repr__(self) -> str:
        """Say which calls there are, or what was asked instead."""
        if self:
            return f"<{len(self)} x {self.wanted}: {', '.join(str(one.status) for one in self[:10])}>"
        return f"<no {self.wanted}; asked were: {self.instead or 'none'}>"


class Journal:
    """The last requests of a world: at most `most` of them, each body cut at `body_limit` bytes.

    All bodies together are at most about one and a quarter of `limit` bytes, and `most` times `SMALL`.
    `principal_id` is the field by which people are known; `operations` are those of each service by key;
    `world` is the name of the world.
    """

    __slots__ = ("_fresh", "_records", "_small", "body_limit", "epoch", "limit", "most", "number", "operations",
                 "principal_id", "secrets", "watched", "world")  # fmt: skip

    def __init__(self, most: int, limit: int, body_limit: int, principal_id: str = "id", world: str = "") -> None:
        self.most = most
        self.limit = limit
        self.body_limit = body_limit
        self.principal_id = principal_id
        self.world = world
        self.operations: Operations = {}
        self.secrets = Secrets()
        self.number = 0
        self.watched = False  # whether somebody may watch
        self._records: deque[Record] = deque(maxlen=most)
        self._small = min(SMALL, body_limit)
        self._fresh = 0  # bytes of large bodies since that was last looked at
        self.epoch = time() - perf_counter()

    def add(
        self, started: float, service: Service, op: Bound | None, request: Request, reply: Reply, caller: Caller | None,
        refused: Problem | None, said: str, struck: Struck | None,
    ) -> float:  # fmt: skip
        """Keep a request as it is; the oldest are let go when there are too many, or too much of them.

        Returns how many seconds it took.

        Args:
            started: of the performance counter.
            service: whose request it is.
            op: the operation that was meant, None for none.
            request: what was sent.
            reply: what was answered.
            caller: who was recognised.
            refused: how it was refused.
            said: what the log says of it.
            struck: the fault that struck.

        """
        sent, given = len(request.body), len(reply.body)
        if sent + given > self._small:
            request, reply = self._bounded(request, reply)
        self.number = number = self.number + 1
        spent = perf_counter() - started
        self._records.append((started, spent, service, op, request, reply, caller, refused, said,
                              struck, sent, given, number))  # fmt: skip
        return spent

    def put_right(self, request: Request, reply: Reply, refused: Problem) -> bool:
        """Have another response for a request whose first one did not leave; returns whether the request is here."""
        for back, record in enumerate(reversed(self._records), 1):
            if record[4].headers is request.headers:  # a request of which the body was cut has them too
                put = (*record[:5], reply, record[6], refused, *record[8:11], len(reply.body), record[12])
                self._records[-back] = put
                return True
        return False

    def _bounded(self, request: Request, reply: Reply) -> tuple[Request, Reply]:
        """Cut large bodies, and let the oldest requests go when there is too much of them: looked at now and then."""
        most = self.body_limit
        if len(request.body) > most:
            request = request.but(request.body[:most])
        if len(reply.body) > most:
            reply = reply.but(body=reply.body[:most])
        self._fresh += len(request.body) + len(reply.body)
        if self._fresh > self.limit // 4:
            self._fresh, size, keep = 0, 0, 0
            for record in reversed(self._records):
                size += len(record[4].body) + len(record[5].body)
                if size > self.limit:
                    break
                keep += 1
            while len(self._records) > keep:
                self._records.popleft()
        return request, reply

    def tell(self, watchers: Hub) -> bool:
        """Publish the newest request to those who watch; returns whether anybody does."""
        watchers.publish({"user_id": WATCH, "entry": self[-1]})
        return watchers.has(WATCH)

    def clear(self) -> int:
        """Forget every request; returns how many there were. Their numbers are not given again."""
        count = len(self._records)
        self._records.clear()
        return count

    @property
    def size(self) -> int:
        """How many bytes the kept bodies have."""
        return sum(len(record[4].body) + len(record[5].body) for record in list(self._records))

    def __len__(self) -> int:
        """Return how many requests are kept."""
        return len(self._records)

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries, oldest first."""
        for record in list(self._records):  # others may add to it meanwhile
            yield Entry(record, self)

    def __reversed__(self) -> Iterator[Entry]:
        """Yield the entries, newest first."""
        for record in reversed(list(self._records)):
            yield Entry(record, self)

    def __getitem__(self, index: int) -> Entry:
        """Return an entry by its place, -1 the last."""
        return Entry(self._records[index], self)

    def get(self, number: int) -> Entry:
        """Return an entry by its number.

        Raises:
            JournalError: it is not there, or no more.

        """
        records = list(self._records)
        first = records[0][-1] if records else 0
        if records and first <= number <= records[-1][-1]:
            return Entry(records[number - first], self)
        kept = f"Kept are {first} to {records[-1][-1]}" if records else "None is kept"
        raise JournalError(f"there is no request {number}", next_step=kept)

    def last(self) -> Entry:
        """Return the newest entry; raises `IndexError` where there is none."""
        return self[-1]

    def calls(self, operation: str | None = None, **wanted: Any) -> Calls:
        """Return the requests to an operation (its key, its operationId, or a path with wildcards), oldest first.

        Args:
            operation: None for every request.
            wanted: what an entry must be, as `Filter` takes it: `status=422`, `status="4xx"`, `caller=…`, `method=…`,
                `path=…`, `unmatched=True`, `q=…`, `fault=…`, `since=…`.

        Raises:
            JournalError: there is no such filter.

        """
        from specdouble.mock.journal.filters import Filter

        if operation and "*" not in operation and not wanted.get("unmatched"):
            self._must_be_known(operation)
        chosen = Filter.of({**({"operation": operation} if operation else {}), **wanted})
        found = [one for one in self if chosen.takes(one)]
        said = " ".join([operation or "call", *(f"{name}={value}" for name, value in wanted.items())])
        return Calls(found, said, "" if found else self._instead(operation or str(wanted.get("path", ""))))

    def _must_be_known(self, operation: str) -> None:
        """Refuse an operation that no service has: a test that misspells it would never fail."""
        bound = [op for several in self.operations.values() for op in several.values()]
        method, space, path = operation.strip().partition(" ")
        near = path if space else method
        if near.startswith("/") and any(glob(one.spec.path).fits(near) for one in bound):
            return  # a path as it was sent
        if bound:
            try:
                operation_of(operation, bound)
            except FaultError as error:
                raise JournalError(str(error), next_step="For a request that meant none, say unmatched=True") from None

    def _instead(self, wanted: str) -> str:
        """Say what was asked, the closest first, in what pytest prints of a value."""
        counted: dict[str, int] = {}
        for one in self:
            said = f"{one.operation or f'{one.method} {one.path[:60]} (unmatched)'} {one.status}"
            counted[said] = counted.get(said, 0) + 1
        near = closest(wanted, counted, cutoff=0.3)
        order = [*([near] if near else []), *(one for one in counted if one != near)]
        told = ""
        for place, name in enumerate(order):
            if len(told) > ENOUGH:
                return f"{told}, {len(order) - place} more"
            told += f"{', ' if told else ''}{name}{f' x {counted[name]}' if counted[name] > 1 else ''}"
        return told
