"""One exchange as it was recorded or passed through: a request and its response, decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx

# What httpx decodes with what `specdouble[verify]` installs.
_CODINGS = frozenset({"identity", "gzip", "deflate", "br", "zstd"})


@dataclass
class Seen:
    """A request and its response. A body is None where the recording does not have it, or where it cannot be decoded.

    `content` and `body` are without content coding; `seconds` is how long the response took; `trouble` says why there
    is no response, whose `status` is then 0; it was `dropped` where the server took the request and did not answer.
    """

    method: str
    url: str
    asked: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes | None = b""
    status: int = 0
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    content: bytes | None = b""
    seconds: float = 0.0
    trouble: str = ""
    dropped: bool = False


def headers(pairs: Iterable[tuple[str, str]]) -> httpx.Headers:
    """Return headers, without the pseudo ones of HTTP/2; what is not ASCII is written as UTF-8."""
    return httpx.Headers(
        [
            (name.encode("utf-8", "replace"), value.encode("utf-8", "replace"))
            for name, value in pairs
            if name and not name.startswith(":")
        ]
    )


def decoded(content: bytes, coding: str) -> bytes | None:
    """Return a body without its content coding; None for a coding that nobody knows, and for what does not decode."""
    codings = {one.strip().lower() for one in coding.split(",") if one.strip()}
    if not content or codings <= {"identity"}:
        return content
    if not codings <= _CODINGS:
        return None
    try:
        return httpx.Response(200, headers={"content-encoding": coding}, content=content).content
    except httpx.DecodingError:
        return None
