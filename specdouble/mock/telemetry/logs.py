"""Log lines as JSON, an object a line: what collectors of logs read without being told how."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from specdouble.errors import SpecdoubleError, closest

if TYPE_CHECKING:
    from specdouble.mock.journal.entry import Entry

FORMATS = ("text", "json")
FIELDS = "fields"  # the attribute of a log record with what stands beside its message
_SENT = {"request_id": "x-request-id", "traceparent": "traceparent"}
_MOST = 200  # characters of what a client calls its request
log = logging.getLogger("specdouble.requests")


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON: time (UTC), level, logger, message, its fields, and a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said: dict[str, Any] = {
            "time": at, "level": record.levelname, "logger": record.name, "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }  # fmt: skip
        if record.exc_info and record.exc_info[0] is not None:
            said["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            said["stack"] = record.stack_info
        try:
            return orjson.dumps(said, default=str).decode()
        except TypeError:  # half of a surrogate pair, which is no text
            return json.dumps(said, default=str)


def tell(entry: Entry) -> None:
    """Log a request that was answered, without secrets: as the journal shows it."""
    line = entry.line()
    headers = dict(entry.request.headers)
    fields = {
        "method": line["method"],
        "path": line["path"],
        "query": line["url"].partition("?")[2] or None,
        "status": line["status"],
        "operation": entry.op and (entry.op.spec.operation_id or entry.op.key),
        "route": entry.op and entry.op.spec.path,
        "duration_ms": round(entry.seconds * 1000, 3),
        "world": line["world"],
        "service": line["service"],
        "client": entry.client,
        "caller": line["caller"],
        "fault": line["fault"],
        **{name: headers[header][:_MOST] for name, header in _SENT.items() if header in headers},
    }
    told = {name: value for name, value in fields.items() if value is not None}
    log.info("%s %s %s", line["method"], line["path"], line["status"], extra={FIELDS: told})


def set_up(form: str, verbose: bool) -> None:
    """Let this process log to stderr in a form of `FORMATS`; with a line per request where it is `verbose`.

    Raises:
        SpecdoubleError: there is no such form.

    """
    if form not in FORMATS:
        there = f"There are {' and '.join(FORMATS)}"
        raise SpecdoubleError(f"there is no format {form!r}", where="--log-format", closest=closest(form, FORMATS),
                              next_step=there)  # fmt: skip
    handler = logging.StreamHandler()
    level = logging.INFO if verbose else logging.WARNING
    if form == "json":
        handler.setFormatter(JsonFormatter())
        logging.captureWarnings(True)
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])


def began(urls: Mapping[str, str]) -> None:
    """Log that the server listens, whatever the level: where text is logged, a panel says so."""
    serving = logging.getLogger("specdouble.serve")
    serving.setLevel(logging.INFO)
    serving.info("listening", extra={FIELDS: {"urls": dict(urls)}})
