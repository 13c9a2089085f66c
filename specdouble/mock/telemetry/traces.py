"""A trace of each request by OpenTelemetry: one span, with the names that its semantic conventions give.

The library reads the standard variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER …); here
is nothing to set but that it is on. A span is made once its request is answered, so that requests do not wait for it.
"""

from __future__ import annotations

import threading
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

if TYPE_CHECKING:
    from specdouble.mock.journal.entry import Entry

NAME = "specdouble"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})
_PORTS = {"http": 80, "https": 443}
CLOSE_SECONDS = 2.0
_NANO = 1_000_000_000


class Traces:
    """Makes spans and hands them to a processor, by default one that sends them by OTLP over HTTP in its own thread."""

    def __init__(self, scheme: str = "http", processor: SpanProcessor | None = None) -> None:
        try:
            mine = version(NAME)
        except PackageNotFoundError:  # run from its sources
            mine = "unknown"
        # Variables win: Resource.create would let these attributes do so.
        about = Resource({"service.name": NAME, "service.version": mine}).merge(_from_variables())
        self._provider = TracerProvider(resource=about, shutdown_on_exit=False)
        self._exporter: OTLPSpanExporter | None = None
        if processor is None:
            self._exporter = OTLPSpanExporter()
            processor = BatchSpanProcessor(self._exporter)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(NAME, mine)
        self._scheme = scheme

    def tell(self, entry: Entry) -> None:
        """Make the span of a request that was answered, as a child of what its `traceparent` names."""
        headers = dict(entry.request.headers)
        method = entry.method if entry.method in _METHODS else "_OTHER"
        route = entry.op.spec.path if entry.op is not None else ""
        started = int(entry.time * _NANO)
        span = self._tracer.start_span(
            f"{'HTTP' if method == '_OTHER' else method} {route}".rstrip(),
            context=propagate.extract(headers),
            kind=SpanKind.SERVER,
            attributes=self._attributes(entry, headers, method, route),
            start_time=started,
        )
        if entry.status >= 500 or entry.dropped:
            span.set_status(Status(StatusCode.ERROR))
        span.end(started + int(entry.seconds * _NANO))

    def close(self) -> None:
        """Send what waits, and end; a collector that is not there is waited for no longer than `CLOSE_SECONDS`."""
        closing = threading.Thread(target=self._provider.shutdown, name="specdouble-traces", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)
        if closing.is_alive() and self._exporter is not None:
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # which ends the pause between two attempts
            closing.join(CLOSE_SECONDS)

    def _attributes(self, entry: Entry, headers: dict[str, str], method: str, route: str) -> dict[str, Any]:
        line = entry.line()  # without secrets
        found: dict[str, Any] = {
            "http.request.method": method,
            "url.scheme": self._scheme,
            "url.path": line["path"],
            "client.address": entry.client,
            "specdouble.world": line["world"],
            "specdouble.service": line["service"],
            "specdouble.caller": line["caller"],
        }
        if method != entry.method:
            found["http.request.method_original"] = entry.method
        if not entry.dropped:
            found["http.response.status_code"] = entry.status
        if route and entry.op is not None:
            found |= {"http.route": route, "specdouble.operation": entry.op.spec.operation_id or entry.op.key}
        query = line["url"].partition("?")[2]
        if query:
            found["url.query"] = query
        if "user-agent" in headers:
            found["user_agent.original"] = headers["user-agent"]
        found |= _server(headers.get("host", ""), self._scheme)
        if entry.dropped or entry.status >= 500:
            found["error.type"] = "dropped" if entry.dropped else str(entry.status)
        fault = line["fault"]
        if fault is not None:
            found["specdouble.fault.did"] = fault["did"]
            if "rules" in fault:
                found["specdouble.fault.rules"] = fault["rules"]
        return found


def _server(host: str, scheme: str) -> dict[str, Any]:
    """Return the name and the port that a request asked for."""
    try:
        place = urlsplit(f"//{host}")
        port = place.port
    except ValueError:
        return {}
    return {"server.address": place.hostname, "server.port": port or _PORTS[scheme]} if place.hostname else {}


def _from_variables() -> Resource:
    """Return what OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say, and what the library says of itself."""
    found = Resource.create()
    named = str(found.attributes.get("service.name", ""))
    if named.startswith("unknown_service"):
        kept = {name: value for name, value in found.attributes.items() if name != "service.name"}
        return Resource(kept, found.schema_url)
    return found
