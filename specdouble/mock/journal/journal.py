"""The requests of one world, the last ones: kept as they came, and rendered when somebody reads them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.faults.effects import FaultError
from specdouble.mock.faults.places import Operations, glob, operation_of
from specdouble.mock.journal.entry import Entry, Record
from specdouble.mock.journal.secrets import Secrets

OVERHEAD = 4096  # bytes that are counted for an entry beside its bodies: headers, addresses, what it refers to


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
    """The last requests of a world: at most `most` of them, and at most `limit` bytes of bodies and overhead.

    `principal_id` is the field by which people are known; `operations` are those of each service by key.
    """

    def __init__(self, most: int, limit: int, body_limit: int, principal_id: str = "id") -> None:
        self.most = most
        self.limit = limit
        self.body_limit = body_limit
        self.principal_id = principal_id
        self.operations: Operations = {}
        self.secrets = Secrets()
        self.size = 0
        self.number = 0
        self._records: deque[Record] = deque()

    def add(self, record: Record, size: int) -> None:
        """Keep a request; `size` is that of its bodies. The oldest are let go when there are too many or too much."""
        records = self._records
        self.number += 1
        records.append(record)
        self.size += size + OVERHEAD
        while len(records) > self.most or self.size > self.limit:
            gone = records.popleft()
            self.size -= gone[-1] + OVERHEAD

    def clear(self) -> int:
        """Forget every request; returns how many there were. Their numbers are not given again."""
        count = len(self._records)
        self._records.clear()
        self.size = 0
        return count

    def __len__(self) -> int:
        """Return how many requests are kept."""
        return len(self._records)

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries, oldest first."""
        first = self.number - len(self._records) + 1
        for number, record in enumerate(list(self._records), first):
            yield Entry(number, record, self)

    def __reversed__(self) -> Iterator[Entry]:
        """Yield the entries, newest first."""
        for back, record in enumerate(list(reversed(self._records))):
            yield Entry(self.number - back, record, self)

    def __getitem__(self, index: int) -> Entry:
        """Return an entry by its place, -1 the last."""
        count = len(self._records)
        place = index if index >= 0 else count + index
        return Entry(self.number - count + 1 + place, self._records[index], self)

    def get(self, number: int) -> Entry:
        """Return an entry by its number.

        Raises:
            JournalError: it is not there, or no more.

        """
        first = self.number - len(self._records) + 1
        if first <= number <= self.number:
            return Entry(number, self._records[number - first], self)
        kept = f"Kept are {first} to {self.number}" if self._records else "None is kept"
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
        if near.startswith("/") and any(glob(one.spec.path).fullmatch(near) for one in bound):
            return  # a path as it was sent
        if bound:
            try:
                operation_of(operation, bound)
            except FaultError as error:
                raise JournalError(str(error), next_step="For a request that meant none, say unmatched=True") from None

    def _instead(self, wanted: str, most: int = 5) -> str:
        """Say what was asked, the closest first."""
        counted: dict[str, int] = {}
        for one in self:
            said = f"{one.operation or f'{one.method} {one.path} (unmatched)'} {one.status}"
            counted[said] = counted.get(said, 0) + 1
        near = closest(wanted, counted, cutoff=0.3)
        order = [*([near] if near else []), *(one for one in counted if one != near)]
        told = [f"{one}{f' x {counted[one]}' if counted[one] > 1 else ''}" for one in islice(order, most)]
        return ", ".join([*told, *([f"{len(order) - most} more"] if len(order) > most else [])])
