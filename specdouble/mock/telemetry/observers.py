"""Who is told of each request of a server, by its settings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from specdouble.mock.telemetry import logs

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform


def observe(platform: Platform) -> None:
    """Let those be told of each request whom the settings name, until the platform is closed.

    Raises:
        ModuleNotFoundError: traces are wanted, and OpenTelemetry is not installed.

    """
    options = platform.world.options
    told: list[Callable[..., object]] = []
    if options.log_format == "json" and logs.log.isEnabledFor(logging.INFO):
        told.append(logs.tell)
    if options.traces:
        from specdouble.mock.telemetry.traces import Traces

        traces = Traces("https" if options.tls or options.tls_cert else "http")
        platform.ending.append(traces.close)
        told.append(traces.tell)
    for service in platform.services.values():
        service.observers += told
