"""A platform's counts as metrics of the Prometheus client library, which is imported when they are first asked for."""

from __future__ import annotations

import platform as machine
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from typing import TYPE_CHECKING

from specdouble.mock.telemetry.counting import BOUNDS, DROPPED, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from specdouble.mock.boot import Platform
    from specdouble.mock.pipeline.operation import Bound

EXTRA = "pip install 'specdouble[metrics]'"
UNMATCHED = "unmatched"  # the operation of a request whose path means none
Labels = tuple[str, ...]


class Metrics:
    """The metrics of one platform, with those of the process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the format that an `Accept` header asks for, and its media type.

        Raises:
            ModuleNotFoundError: the library is not installed.

        """
        from prometheus_client.exposition import choose_encoder

        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        yield self._build()
        yield from self._requests()
        yield from self._worlds()
        yield from self._state()

    @cached_property
    def _registry(self) -> CollectorRegistry:
        """A registry of this platform alone: a process may have several."""
        from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

        made = CollectorRegistry()
        made.register(self)
        ProcessCollector(registry=made)
        PlatformCollector(registry=made)
        GCCollector(registry=made)
        return made

    def _build(self) -> Metric:
        contract = self._platform.contract
        try:
            mine = version("specdouble")
        except PackageNotFoundError:  # run from its sources
            mine = "unknown"
        kept = self._platform.world.options.state.partition(":")[0]
        labels = {"version": mine, "python_version": machine.python_version(), "api": contract.name, "state": kept}
        return _gauge("build_info", "Which specdouble this is, what it serves, and where worlds are kept.",
                      {tuple(labels.values()): 1}, tuple(labels))  # fmt: skip

    def _requests(self) -> Iterator[Metric]:
        counts: dict[Labels, float] = {}
        times: dict[Labels, Histogram] = {}
        strikes: dict[Labels, float] = {}
        withheld: dict[Labels, float] = {}
        for name, service in self._platform.services.items():
            answered = [(_named(op), op.answered) for op in service.operations.values()]
            for operation, found in (*answered, (UNMATCHED, service.tally.unmatched)):
                for status, numbers in list(found.items()):  # others may add to it meanwhile
                    one = (name, operation, "dropped" if status == DROPPED else str(status))
                    counts[one] = counts.get(one, 0) + sum(numbers[:-1])
                    times.setdefault(one[:2], Histogram()).merge(numbers)
            strikes |= {(name, effect): count for effect, count in list(service.tally.strikes.items())}
            withheld[name,] = service.tally.withheld
        yield _counter("http_requests", "Requests of the API that were answered, by operation and status.",
                       counts, ("service", "operation", "status"))  # fmt: skip
        yield _histogram("http_request_duration_seconds",
                         "Time from a request to its response, with a fault's delay, without the wait for a commit.",
                         times, ("service", "operation"))  # fmt: skip
        yield _counter("http_responses_withheld", "Responses in whose place a 503 was sent: they could not be kept.",
                       withheld, ("service",))  # fmt: skip
        yield _counter("fault_strikes", "Faults that struck a request, by what they did.",
                       strikes, ("service", "effect"))  # fmt: skip

    def _worlds(self) -> Iterator[Metric]:
        main, alive = self._platform.world, self._platform.worlds.alive()
        streams: dict[Labels, float] = {("events",): sum(one.hub.here for one in alive),
                   ("requests",): sum(one.watchers.here for one in alive)}  # fmt: skip
        yield _gauge("worlds", "Worlds that are alive, main included.", {(): len(alive)})
        yield _gauge("open_streams", "Event streams that are open: of the API, and of those who watch requests.",
                     streams, ("kind",))  # fmt: skip
        documents: dict[Labels, float] = {}
        entries: dict[Labels, float] = {}
        size: dict[Labels, float] = {}
        for name, worlds in (("main", [main]), ("others", [one for one in alive if one is not main])):
            documents[name,] = sum(len(one.state) for one in worlds)
            entries[name,] = sum(len(one.journal) for one in worlds)
            size[name,] = sum(one.journal.size for one in worlds)
        yield _gauge("documents", "Documents of main, and of all other worlds together.", documents, ("world",))
        yield _gauge("journal_entries", "Requests that journals keep.", entries, ("world",))
        yield _gauge("journal_size_bytes", "Bytes of the bodies that journals keep.", size, ("world",))

    def _state(self) -> Iterator[Metric]:
        state = self._platform.state
        if state is None:
            return
        yield _gauge("state_up", "Whether the state can be written: 1, or 0 after a commit that failed.",
                     {(): 0 if state.lost else 1})  # fmt: skip
        yield _counter("state_transactions", "Transactions that were to be kept.", {(): state.number})
        yield _histogram("state_commit_duration_seconds", "Time to make durable what came together.",
                         {(): state.commits.times})  # fmt: skip
        yield _counter("state_commit_failures", "Commits that failed; what they were about is tried again.",
                       {(): state.commits.failures})  # fmt: skip


def _named(op: Bound) -> str:
    return op.spec.operation_id or op.key


def _gauge(name: str, meaning: str, values: Mapping[Labels, float], labels: Labels = ()) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    return _filled(GaugeMetricFamily(f"specdouble_{name}", meaning, labels=labels), values.items())


def _counter(name: str, meaning: str, values: Mapping[Labels, float], labels: Labels = ()) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    return _filled(CounterMetricFamily(f"specdouble_{name}", meaning, labels=labels), values.items())


def _filled(family: Metric, values: Iterable[tuple[Labels, float]]) -> Metric:
    for labels, value in values:
        family.add_metric(labels, value)  # type: ignore[attr-defined]
    return family


def _histogram(name: str, meaning: str, values: Mapping[Labels, Histogram], labels: Labels = ()) -> Metric:
    from prometheus_client.core import HistogramMetricFamily

    family = HistogramMetricFamily(f"specdouble_{name}", meaning, labels=labels)
    for place, found in values.items():
        counted = zip([*map(str, BOUNDS), "+Inf"], accumulate(found.counts), strict=True)
        family.add_metric(place, list(counted), found.sum)
    return family
