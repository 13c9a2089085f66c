"""Valid requests made odd in one or two places, so that what is wrong is found as deep inside as possible."""

from __future__ import annotations

import copy
import gzip
import json
import random
import re
import zlib
from typing import Any

from tests.soak.hostile import odd
from tests.soak.hostile.seeds import Seed
from tests.soak.hostile.shot import Shot

Path = tuple[Any, ...]
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "get", "Post",
            "BREW",
            "M-SEARCH", "A" * 300, "*")  # fmt: skip
_BOMB = gzip.compress(b"0" * 30_000_000, 9)
_FIVE = re.compile(r"\b5\d\d\b")


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def places(value: Any, at: Path = ()) -> list[Path]:
    """Return where values stand in JSON, the whole first; of a long list only the first ones."""
    found = [at]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:3]):
            found += places(inner, (*at, number))
    return found


def put(value: Any, path: Path, inner: Any) -> Any:
    """Return a value with another one at a place."""
    if not path:
        return inner
    made = copy.deepcopy(value)
    at = made
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = inner
    return made


class _Body:
    """The JSON of a seed, with the bytes before and behind each place."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.good = _bytes(value)
        self.places = places(value)
        gap = "\x01gap\x01"
        self.splits: list[tuple[bytes, bytes]] = []
        for path in self.places:
            head, _, tail = _bytes(put(value, path, gap)).partition(_bytes(gap))
            self.splits.append((head, tail))
        self.objects = [path for path in self.places if isinstance(self.at(path), dict)]

    def at(self, path: Path) -> Any:
        found = self.value
        for part in path:
            found = found[part]
        return found


class Mutator:
    """Makes hostile requests of the seeds of one service.

    `learn` is told of values that answers named, which later requests name in turn.
    """

    def __init__(self, seeds: list[Seed], host: str, rng: random.Random, apart: str = "") -> None:
        self.rng = rng
        self.seeds = seeds
        self.host = host
        self.apart = apart
        self._bodies = {id(one): _Body(one.body) for one in seeds if one.body is not None}
        self._with_body = [one for one in seeds if one.body is not None]
        self._with_params = [one for one in seeds if one.params]
        self._others = [one for one in seeds if one.content or not one.content_type.endswith("json")]
        self.known: list[str] = sorted({value for one in seeds for value in one.params.values()})
        self._headers = [one.headers for one in seeds if one.headers] or [{}]
        real = {one.headers["Authorization"] for one in seeds if "Authorization" in one.headers}
        self._real = sorted(real) or [""]

    def learn(self, body: bytes) -> None:
        """Keep ids of an answer."""
        for one in re.findall(rb'"(?:\w*_?id|Id|name|slug|code|token)": ?"?([\w.@:-]{1,60})', body[:4000])[:3]:
            if len(self.known) < 400:
                self.known.append(one.decode())
            else:
                self.known[self.rng.randrange(400)] = one.decode()

    def make(self) -> Shot:
        """Return the next request."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.05:
            seed = rng.choice(self.seeds)
            return self._written(seed, "valid", self._body(seed))
        if draw < 0.50 and self._with_body:
            seed = rng.choice(self._with_body)
            return self._written(seed, *self._odd_body(self._bodies[id(seed)]))
        if draw < 0.60 and self._with_params:
            seed = rng.choice(self._with_params)
            name = rng.choice(tuple(seed.params))
            value = rng.choice(self.known) if rng.random() < 0.4 else odd.escaped(rng)
            return self._written(seed, "path", self._body(seed), params=seed.params | {name: value})
        seed = rng.choice(self.seeds)
        if draw < 0.74:
            return self._written(seed, "query", self._body(seed), query=self._odd_query(seed))
        if draw < 0.84:
            return self._odd_headers(seed)
        if draw < 0.91:
            return self._odd_credential(seed)
        if draw < 0.94:
            return self._written(seed, "method", self._body(seed), method=rng.choice(_METHODS))
        return self._odd_content(rng.choice(self._others) if self._others and rng.random() < 0.5 else seed)

    # -- bodies --------------------------------------------------------------------------------------------------------

    def _body(self, seed: Seed) -> bytes | None:
        body = self._bodies.get(id(seed))
        return body.good if body else seed.content or None

    def _odd_body(self, body: _Body) -> tuple[str, bytes]:
        rng = self.rng
        draw = rng.random()
        if draw < 0.6:
            head, tail = rng.choice(body.splits)
            return "body value", head + odd.fragment(rng) + tail
        if draw < 0.7:
            changed = body.value
            for _ in range(rng.randrange(2, 5)):
                try:
                    changed = put(changed, rng.choice(body.places), rng.choice(odd.VALUES))
                except (TypeError, LookupError):
                    continue
            return "body values", _bytes(changed)
        if draw < 0.78:
            path = rng.choice(body.places)
            found = body.at(path)
            return "body shape", _bytes(put(body.value, path, self._reshaped(found)))
        if draw < 0.86:
            path = rng.choice(body.places[1:] or body.places)
            return "known id", _bytes(put(body.value, path, rng.choice(self.known) if self.known else "a"))
        if draw < 0.93 and body.objects:
            path = rng.choice(body.objects)
            found = dict(body.at(path))
            if found and rng.random() < 0.6:
                found.pop(rng.choice(tuple(found)))
            else:
                found[
                    rng.choice(("undeclared", "id", "created_at", "", "__class__", "user_id", "role", "a.b", "status"))
                ] = rng.choice(odd.VALUES)
            return "body member", _bytes(put(body.value, path, found))
        good = body.good
        at = rng.randrange(len(good) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            return "body bytes", good[:at]
        if kind == 1:
            return "body bytes", good[:at] + bytes((rng.randrange(256),)) + good[at + 1 :]
        if kind == 2:
            return "body bytes", good + rng.choice((b"\0", b"}", b" ", good, b",", b"\xff", b"//", b"\n\n"))
        if kind == 3:
            text = good.decode("utf-8", "replace")
            return "body bytes", text.encode(rng.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7")), "replace")
        if good.startswith(b"{"):
            return "double key", b"{" + good[1:-1] + (b"," if len(good) > 2 else b"") + good[1:-1] + b"}"
        return "body bytes", b"[" + good + b"," + good + b"]"

    def _reshaped(self, found: Any) -> Any:
        rng = self.rng
        kind = rng.randrange(6)
        if kind == 0:
            return [found]
        if kind == 1:
            return {"a": found}
        if kind == 2:
            return found[0] if isinstance(found, list) and found else json.dumps(found)
        if kind == 3 and isinstance(found, list):
            return (found or [1]) * 300
        if kind == 4 and isinstance(found, str):
            return rng.choice(
                (found + "\0", found * 200, found.upper(), " " + found, found[:-1], found + "é", found[::-1])
            )
        if kind == 5 and isinstance(found, int | float):
            return rng.choice((-found, found * 10**9, found + 0.5, str(found), found - 1, bool(found)))
        return found if rng.random() < 0.3 else [found, found]

    # -- the rest ------------------------------------------------------------------------------------------------------

    def _odd_query(self, seed: Seed) -> str:
        rng = self.rng
        pairs = list(seed.query)
        draw = rng.random()
        names = seed.names or odd.QUERY_NAMES
        if draw < 0.6:
            name = rng.choice(names)
            pairs = [one for one in pairs if one[0] != name]
            value = rng.choice(self.known) if self.known and rng.random() < 0.15 else odd.escaped(rng)
            pairs += [(name, value)] * rng.choice((1, 1, 1, 2))
        elif draw < 0.8:
            pairs.append((rng.choice(odd.QUERY_NAMES), odd.escaped(rng)))
        elif draw < 0.9:
            name = rng.choice(names)
            deep = rng.choice(
                ("[a]", "[]", "[0]", "[a][b]", "[", "]", "[a", ".a", "[a]" * 200, "[" * 500, "[%00]", "[a][]", "[-1]")
            )
            pairs += [(name + deep, odd.escaped(rng))] * rng.choice((1, 2, 300))
        elif draw < 0.93:
            return rng.choice(("%", "%zz", "&&&&", "=", "=&=", "?", "a", "a=b=c", "%00=%00", "+", ";", "a;b",
                               "%26%3D", "a=" + "b" * 30_000,
                               "&".join(f"k{one}=1" for one in range(2000)), "%FF=%FF", "[]=[]", "a&a&a"))  # fmt: skip
        elif pairs:
            pairs.pop(rng.randrange(len(pairs)))
        return _joined(pairs)

    def _odd_headers(self, seed: Seed) -> Shot:
        rng = self.rng
        lines = [odd.header(rng) for _ in range(rng.choice((1, 1, 2, 4)))]
        if seed.header_names and rng.random() < 0.4:
            name = rng.choice(seed.header_names)
            value = rng.choice(rng.choice(tuple(odd.HEADERS.values())))
            return self._written(seed, "header", self._body(seed), more=[f"{name}: {value}"])
        return self._written(seed, "header", self._body(seed), more=lines)

    def _odd_credential(self, seed: Seed) -> Shot:
        rng = self.rng
        headers = dict(rng.choice(self._headers) if rng.random() < 0.3 else seed.headers)
        if rng.random() < 0.3:
            headers.pop(rng.choice(tuple(headers)), None) if headers else None
        elif headers and "Authorization" not in headers and rng.random() < 0.7:
            name = rng.choice(tuple(headers))
            value = headers[name]
            headers[name] = rng.choice(
                (value + "\xff", value[:-1], value * 50, "", value.upper(), f"{value}, {value}", " " + value)
            )
        else:
            headers["Authorization"] = odd.token(rng, headers.get("Authorization") or rng.choice(self._real))
        return self._written(seed, "credential", self._body(seed), headers=headers)

    def _odd_content(self, seed: Seed) -> Shot:
        rng = self.rng
        body = self._body(seed) or b"{}"
        draw = rng.random()
        more: list[str] = []
        kind = seed.content_type
        if draw < 0.4:
            kind = rng.choice(odd.TYPES)
        elif draw < 0.6:
            name, packed = rng.choice((("gzip", gzip.compress(body)), ("gzip", body), ("deflate",
                zlib.compress(body)), ("br", body),
                                       ("gzip, gzip", gzip.compress(gzip.compress(body))), ("gzip",
                                       gzip.compress(body)[:-4]),
                                       ("identity", body), ("zstd", body), ("", body), ("gzip", _BOMB)))  # fmt: skip
            more, body = [f"Content-Encoding: {name}"], packed
        elif draw < 0.85:
            body, kind = _multipart(rng, seed.body if isinstance(seed.body, dict) else {"file": "a"})
        else:
            fields = seed.body if isinstance(seed.body, dict) else {"a": "b"}
            body = "&".join(f"{name}={odd.escaped(rng)}" for name in [*fields, "a[b]", ""]).encode("latin-1", "replace")
            kind = "application/x-www-form-urlencoded"
        return self._written(seed, "content", body, content_type=kind, more=more)

    def _written(
        self, seed: Seed, kind: str, body: bytes | None, *, params: dict[str, str] | None = None,
        query: str | None = None,
        headers: dict[str, str] | None = None, more: list[str] | None = None, method: str = "",
        content_type: str | None = None,
    ) -> Shot:  # fmt: skip
        path = seed.path
        for name, value in (seed.params if params is None else params).items():
            path = path.replace(f"{{{name}}}", value)
        if query is None and seed.query:
            query = _joined(seed.query)
        apart = bool(self.apart) and self.rng.random() < 0.1
        lines = [f"{method or seed.method} {path}{'?' + query if query else ''} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in (seed.headers if headers is None else headers).items()]
        if apart:
            lines.append(f"X-Specdouble-World: {self.apart}")
        lines += [one for one in more or () if not (one.startswith("Prefer") and _FIVE.search(one))]
        if body is not None:
            lines += [
                f"Content-Type: {seed.content_type if content_type is None else content_type}",
                f"Content-Length: {len(body)}",
            ]
        data = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + (body or b"")
        used = method or seed.method
        return Shot(data, kind, seed.key, apart=apart, head=used == "HEAD")


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def _multipart(rng: random.Random, fields: dict[str, Any]) -> tuple[bytes, str]:
    """Return a form of several parts that is odd somewhere, with its media type."""
    parts = []
    for name, value in [*fields.items(), ("file", "a")]:
        told = rng.choice((f'form-data; name="{name}"', f'form-data; name="{name}"; filename="a.png"', "form-data",
                           'form-data; name="',
                           f"form-data; name*=utf-8''%ff; name={name}",
                           f'form-data; name="{name}"; filename="../../a\0"', "",
                           f'form-data; name="{name}"; name="b"', f'attachment; name="{name}"',
                           'form-data; name="é"'))  # fmt: skip
        kind = rng.choice(("", "", "Content-Type: image/png\r\n", "Content-Type: application/json\r\n",
                           "Content-Type: a\r\n",
                           "Content-Transfer-Encoding: base64\r\n", "Content-Type: multipart/mixed; boundary=c\r\n",
                           ": \r\n",
                           "Content-Type: text/plain; charset=none\r\n", "Content-Length: 99999\r\n"))  # fmt: skip
        text = value if isinstance(value, str) and rng.random() < 0.5 else json.dumps(rng.choice(odd.VALUES))
        parts.append(f"Content-Disposition: {told}\r\n{kind}\r\n{text}")
    rng.shuffle(parts)
    end = rng.choice(("--b--\r\n", "--b--", "--b\r\n", "", "--c--", "--b--trailing"))
    begin = rng.choice(("", "", "preamble\r\n"))
    whole = begin + "".join(f"--b\r\n{one}\r\n" for one in parts) + end
    if rng.random() < 0.1:
        whole = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 3000 + "--b--"
    return whole.encode("utf-8", "surrogatepass"), rng.choice(
        ("multipart/form-data; boundary=b",) * 5 + ('multipart/form-data; boundary="b"; boundary=c',)
    )
