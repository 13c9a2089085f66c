"""Requests that are odd as HTTP: their line, their headers, their framing; too large, too slow, broken off."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from tests.soak.hostile.shot import Shot

Make = Callable[["Framing"], Shot]
_LINES = (
    "GET", "GET /", "GET / HTTP/9.9", "GET / HTTP/1.0", "GET / HTTP/0.9", "GET  / HTTP/1.1", "GET /\tHTTP/1.1",
    " GET / HTTP/1.1",
    "GET / http/1.1", "G\xcbT / HTTP/1.1", "GET /\xff HTTP/1.1", "GET /\x00 HTTP/1.1",
    "GET http://localhost/ HTTP/1.1", "/ HTTP/1.1",
    "GET http://[::1/ HTTP/1.1", "GET //localhost/ HTTP/1.1", "GET * HTTP/1.1", "OPTIONS * HTTP/1.1",
    "CONNECT a:1 HTTP/1.1",
    "CONNECT / HTTP/1.1", "GET ?a HTTP/1.1", "GET #a HTTP/1.1", "GET /#a HTTP/1.1", "GET /a b HTTP/1.1",
    "GET \\ HTTP/1.1", "\x16\x03\x01",
    "GET /{}[]|^`<>\" HTTP/1.1", "GET /%zz HTTP/1.1", "GET /% HTTP/1.1", "TRACE / HTTP/1.1",
    "GET /../../etc HTTP/1.1", "GET /;a HTTP/1.1",
    "GET /__mock__ HTTP/1.1", "GET /__mock__/../__mock__/clock HTTP/1.1", "GET /%5f_mock__/clock HTTP/1.1",
    "GET /__mock__// HTTP/1.1",
    "GET ftp://a/ HTTP/1.1", "GET /" + "a" * 9_000 + " HTTP/1.1", "GET /" + "a/" * 3_000 + " HTTP/1.1",
    "GET /?" + "a" * 70_000 + " HTTP/1.1",
    "A" * 9_000 + " / HTTP/1.1", "", "\r\n\r\nGET / HTTP/1.1", "GET / HTTP/1.1 HTTP/1.1", "GET /%ff%fe HTTP/1.1",
    "GET /%00 HTTP/1.1",
    "GET /__mock__/%ff HTTP/1.1", "GET /__mock__/collections/%ff HTTP/1.1",
    "GET /__mock__/static/..%2f..%2fetc HTTP/1.1",
    "GET https://localhost/__mock__/clock HTTP/1.1", "GET /__mock__/static/%00 HTTP/1.1", "HEAD /__mock__/ HTTP/1.1",
)  # fmt: skip
_HEADERS = (
    "A", ": a", "A : b", " A: b", "A: b\r\n c", "A: b\r\n\tc", "A\x00: b", "A: \x00", "A: \x7f", "\xff: a",
    "A: \xff\xfe", "A:" + "b" * 20_000,
    "A" * 20_000 + ": b", "Host: b", "Host:", "Host: a\r\nHost: a", "Host: [::1", "Host: a b", "Host: \xff",
    "Host: localhost:99999999",
    "Host: main.localhost", "Host: nowhere.localhost", "Host: .localhost", "Host: -.localhost:1",
    "Host: evil.example", "Host: [::1]:x",
    "Host: 127.0.0.1@evil", "Host: " + "a" * 5_000 + ".localhost", "Content-Length: a", "Content-Length: -1",
    "Content-Length: +0",
    "Content-Length: 0x0", "Content-Length: 99999999999999999999", "Content-Length: \xb2", "Content-Length: 0, 0",
    "Content-Length: ",
    "Content-Length: 1\r\nContent-Length: 2", "Content-Length: 0\r\nContent-Length: 0", "Transfer-Encoding: gzip",
    "Transfer-Encoding: ",
    "Transfer-Encoding: identity", "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding:\x0bchunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Expect: 100-continue", "Expect: a",
    "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\nSec-WebSocket-Version: 13",
    "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: a",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: a",
    "Upgrade: a\r\nConnection: upgrade", "Connection: close", "Connection: keep-alive, close, \xff",
    "Connection: host", "Keep-Alive: timeout=a",
    "\r\n".join(f"X-{one}: a" for one in range(95)), "\r\n".join(f"X-{one}: a" for one in range(400)),
    "\r\n".join(["Cookie: a=b"] * 60),
    "\r\n".join(["Authorization: Bearer a", "Authorization: Basic a"]), "\r\n".join(["X-Specdouble-World: main",
    "X-Specdouble-World: a"]),
    "Trailer: a", "Trailer: Content-Length", "HTTP2-Settings: a", ":path: /", "Content-Type: a\r\nContent-Type: b",
    "A:\tb\t", "A:b\rc: d",
)  # fmt: skip
_CHUNKS = (
    b"0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"2;a=b\r\n{}\r\n0\r\n\r\n", b"2\n{}\n0\n\n", b"zz\r\n{}\r\n0\r\n\r\n",
    b"-1\r\n{}\r\n0\r\n\r\n",
    b"0x2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n", b"1\r\n{}\r\n0\r\n\r\n", b"3\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n",
    b"2\r\n{", b"2", b"",
    b"ffffffffffffffff\r\n{}", b"fffffffffffffffffff\r\n{}", b"2 \r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}\r\n0\r\nA: b\r\n\r\n", b"\r\n\r\n",
    b"2\r\n{}\r\n0\r\nContent-Length: 9\r\nHost: a\r\n\r\n", b"2\r\n{}\r\n0\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    b"00000000002\r\n{}\r\n0\r\n\r\n",
    b"2;" + b"a" * 20_000 + b"\r\n{}\r\n0\r\n\r\n", b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\nA\r\n\r\n",
    b"2;\xff=\x00\r\n{}\r\n0\r\n\r\n",
    b"1\r\n1\r\n" * 3000 + b"0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
)  # fmt: skip
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Framing:
    """Makes requests to one service whose bytes are odd; `targets` are of those that it has the method
    and the path, the operation, and the lines of a credential."""

    def __init__(self, targets: list[tuple[str, str, str]], host: str, rng: random.Random) -> None:
        self.targets = targets
        self.host = host
        self.rng = rng
        self._op = ""

    def make(self) -> Shot:
        """Return the next request."""
        self._op = ""
        return self.rng.choice(_MAKERS)(self)

    def head(self) -> str:
        """Return the line, the host and the credential of a request that is taken."""
        line, self._op, credential = self.rng.choice(self.targets)
        return f"{line} HTTP/1.1\r\nHost: {self.host}\r\n{credential}"

    def _raw(self, data: str | bytes, kind: str, *, cut: bool = False) -> Shot:
        raw = data.encode("latin-1") if isinstance(data, str) else data
        return Shot(raw, kind, self._op, framed=False, cut=cut)

    def line(self) -> Shot:
        """Make an odd first line."""
        return self._raw(f"{self.rng.choice(_LINES)}\r\nHost: {self.host}\r\n\r\n", "line")

    def header(self) -> Shot:
        """Make an odd header."""
        head = self.head()
        return self._raw(f"{head}{self.rng.choice(_HEADERS)}\r\n\r\n", "raw header")

    def host_less(self) -> Shot:
        """Leave out the host, or end lines oddly."""
        head = self.head()
        line = head.partition("\r\n")[0]
        return self._raw(
            self.rng.choice((f"{line}\r\n\r\n", f"{line}\n\n", f"{head}".replace("\r\n", "\n") + "\n", f"{line}\r\r")),
            "lines",
        )

    def chunks(self) -> Shot:
        """Make an odd body in chunks."""
        head = self.head()
        coding = self.rng.choice(("chunked", "chunked", "Chunked", "chunked, chunked"))
        head += f"Content-Type: application/json\r\nTransfer-Encoding: {coding}\r\n\r\n"
        return self._raw(head.encode("latin-1") + self.rng.choice(_CHUNKS), "chunks", cut=self.rng.random() < 0.5)

    def smuggled(self) -> Shot:
        """Say two lengths, or a length and chunks."""
        head = self.head()
        inner = f"GET /__mock__/clock HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n"
        told = self.rng.choice((
            f"Content-Length: {len(inner) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
            f"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{len(inner):x}\r\n{inner}\r\n0\r\n\r\n",
            f"Content-Length: 0\r\nContent-Length: {len(inner)}\r\n\r\n{inner}",
            f"Content-Length: {len(inner)}\r\nContent-Length: 0\r\n\r\n{inner}",
            f"Content-Length: 0\r\n\r\n{inner}{inner}", f"Content-Length : 9\r\n\r\n{inner}",
            f"Content-Length:\r\n\t5\r\n\r\n{inner}",
            f"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{inner}",
            f"Content-Length: 3, 0\r\n\r\n{inner}",
            f"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}",
            f"\x00Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
        ))  # fmt: skip
        return self._raw(head + told, "smuggled")

    def short(self) -> Shot:
        """Announce more than comes."""
        head = self.head()
        told = self.rng.choice((3, 100, 4_000_000, 40_000_000, 2**31, 2**63, 2**64))
        return self._raw(
            f"{head}Content-Type: application/json\r\nContent-Length: {told}\r\n\r\n{{}}", "short body", cut=True
        )

    def long(self) -> Shot:
        """Send more than was announced."""
        head = self.head()
        more = self.rng.choice(("{}" * 500, "\0" * 50, "GET", "\r\n\r\n", "{}\r\nGET / HTTP/1.1\r\n\r\n"))
        return self._raw(f"{head}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{more}", "long body")

    def cut(self) -> Shot:
        """Stop in the middle of the head."""
        head = self.head()
        return self._raw(head[: self.rng.randrange(1, len(head))], "cut head", cut=True)

    def pipeline(self) -> Shot:
        """Send several at once."""
        head = self.head()
        last = f"GET /__mock__/clock HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n"
        return self._raw(f"{head}Content-Length: 0\r\n\r\n" * self.rng.choice((2, 5, 30)) + last, "pipeline")

    def noise(self) -> Shot:
        """Send bytes that are nothing."""
        return self._raw(self.rng.randbytes(self.rng.choice((1, 10, 300, 5000))), "noise", cut=True)

    def two(self) -> Shot:
        """Speak HTTP/2, oddly."""
        rng = self.rng
        path = rng.choice(self.targets)[0].partition(" ")[2]
        fields = [(":method", rng.choice(("GET", "get", "", "A" * 200))), (":scheme", rng.choice(("http", "",
        "gopher"))),
                  (":path", rng.choice((path, path, "", "*", "/\xff", "a", "/?" + "a" * 3000))), (":authority",
                  rng.choice((self.host, "", "[", "a b")))]  # fmt: skip
        fields += rng.choice(([], [("A", "b")], [("connection", "close")], [("content-length", "9")], [("te", "gzip")],
                              [("host", "a"), ("host", "b")], [("transfer-encoding", "chunked")], [(":a",
                                  "b")]))  # fmt: skip
        if rng.random() < 0.2:
            rng.shuffle(fields)
        block = b"".join(_literal(name) + _literal(value) for name, value in ((f"\0{n}", v) for n, v in fields))
        frames = _frame(4, 0, 0, b"") + _frame(1, rng.choice((5, 5, 5, 4, 1, 0x2D)), rng.choice((1, 1, 1, 2, 0)), block)
        frames += rng.choice((b"", b"", _frame(0, 1, 1, b"{}"), _frame(0, 0, 1, b"x"), _frame(8, 0, 0, b"\0\0\0\0"),
        _frame(6, 0, 0, b"a"),
                              _frame(3, 0, 1, b"\0\0\0\1"), rng.randbytes(50), _frame(4, 0, 0, b"a"), _frame(7, 0, 0,
                                  b"\0" * 8)))  # fmt: skip
        return self._raw(_PREFACE + frames, "HTTP/2", cut=rng.random() < 0.3)


def _literal(text: str) -> bytes:
    """Write a text as HPACK does, behind the byte that begins a field (0: never indexed, with its name)."""
    first = b""
    if text.startswith("\0"):
        first, text = b"\x00", text[1:]
    raw = text.encode("latin-1")
    if len(raw) < 127:
        return first + bytes((len(raw),)) + raw
    left, size = len(raw) - 127, [127]
    while left >= 128:
        size.append(left % 128 + 128)
        left //= 128
    return first + bytes((*size, left)) + raw


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def status_of_two(raw: bytes) -> int:
    """Return the status of the first answer in what an HTTP/2 server sent, 0 where there is none."""
    at = 0
    while at + 9 <= len(raw):
        size, kind = int.from_bytes(raw[at : at + 3]), raw[at + 3]
        block = raw[at + 9 : at + 9 + size]
        if kind == 1 and block:
            while block and block[0] >> 5 == 1:  # the size of the table
                block = block[1:]
            first = block[0]
            if first & 0x80:
                return {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}.get(first & 0x7F, 0)
            if block[1] & 0x80:  # Huffman: the digits 0 to 2 have five bits, the others six
                return 500 if block[2] >> 2 == 0b011011 else 400
            return int(block[2:5])
        at += 9 + size
    return 0


_MAKERS: tuple[Make, ...] = (
    Framing.line, Framing.header, Framing.header, Framing.host_less, Framing.chunks, Framing.chunks, Framing.smuggled,
    Framing.smuggled, Framing.short, Framing.long, Framing.cut, Framing.pipeline, Framing.noise, Framing.two,
)  # fmt: skip


def huge(framing: Framing, rng: random.Random) -> Shot:
    """Return a request whose body is large, up to and over what is taken."""
    head = framing.head()
    size = rng.choice((1_000_000, 4 * 2**20 - 1, 4 * 2**20, 4 * 2**20 + 1, 5_000_000, 12_000_000))
    begin, unit, end = rng.choice(((b"[", b"{},", b"1]"), (b'"', b"x", b'"'), (b"[", b"[],", b"1]"), (b"{", b'"a":1,',
    b'"a":1}'), (b"", b"\0", b""),
                                   (b"", b"a=b&", b""), (b"", b"9", b"")))  # fmt: skip
    body = (begin + unit * ((size - len(begin) - len(end)) // len(unit)) + end).ljust(size)[:size]
    kind = rng.choice(
        ("application/json", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b")
    )
    told = f"{head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return Shot(told.encode("latin-1") + body, "huge", framed=False)


def slow(framing: Framing, rng: random.Random) -> Shot:
    """Return a request that comes in pieces, or of which the second half never comes."""
    head = framing.head()
    whole = f'{head}Content-Type: application/json\r\nContent-Length: 40\r\n\r\n{{"a": "{"b" * 31}"}}'.encode("latin-1")
    if rng.random() < 0.5:
        return Shot(whole, "slow", pause=0.3, framed=False)
    stop = rng.choice((5, len(head) // 2, len(whole) - 5))
    return Shot(whole[:stop], "silent", silent=True, framed=False)
