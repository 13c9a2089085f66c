"""Leaves secrets out of what the journal shows: by the name of a header, parameter or field, and then by value.

What stands in a field called password, or in a header that carries a credential, is learned from every request that is
kept, and replaced wherever else it stands. A short mark tells one secret from another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote_plus

from specdouble.openapi.dialects import current
from specdouble.openapi.reading.json_text import decode

if TYPE_CHECKING:
    from specdouble.mock.journal.journal import Journal
    from specdouble.mock.pipeline.dispatch import Service
    from specdouble.mock.pipeline.operation import Bound

SHORTEST = 8  # a shorter value stands in ordinary words too
MOST = 5000  # values that are known at a time, the newest
MOST_SIZE = 4 * 1024 * 1024  # characters of all of them
_USUAL = 100  # characters of a name
_ENDINGS = ("password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "signingkey",
            "credential", "credentials", "authorization", "cookie", "codeverifier", "cvc", "cvv", "pin", "otp",
            "assertion", "signature")  # fmt: skip
_PLAIN = ("pagetoken", "nexttoken", "continuationtoken", "synctoken", "cursortoken", "csrftoken")  # open nothing
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_QUERY = frozenset({"code", "sig", "key"})
_KEY = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.+/=-]{20,}")  # what opens something, in a field called key
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")  # a JWT, whoever sent it
_FORM = "application/x-www-form-urlencoded"


def is_secret(name: str) -> bool:
    """Tell whether a field or a parameter of that name holds a secret."""
    return _is_secret(name) if len(name) <= _USUAL else _is_secret.__wrapped__(name)  # only short ones are kept


@lru_cache(4096)
def _is_secret(name: str) -> bool:
    short = re.sub(r"[^a-z0-9]", "", name.lower())
    return short.endswith(_ENDINGS) and not short.endswith(_PLAIN)


def _hides(name: str, value: str) -> bool:
    return bool(value) and (is_secret(name) or (name == "key" and _KEY.fullmatch(value) is not None))


def mark(value: str) -> str:
    """Return what stands in the place of a secret."""
    return f"<redacted-{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:4]}>"


class Secrets:
    """The secrets that the requests of a journal carried, by value."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}  # newest last
        self._size = 0  # characters
        self._begins: dict[str, dict[int, set[str]]] = {}  # the known values by how they begin and how long they are
        self._learned = 0  # number of the last entry that was looked at
        self._schemes: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        self._learning = Lock()  # several threads may show requests

    def learn(self, journal: Journal) -> None:
        """Learn what the requests carried that came since this was last asked."""
        with self._learning:
            if self._learned != journal.number:
                self._learn(journal)

    def header(self, name: str, value: str, service: Service) -> str:
        """Return the value of a header without secrets; how it is written (Bearer, Basic) stays."""
        if not self._is_header(name, service):
            return self.text(value)
        if name in ("cookie", "set-cookie"):
            head, equals, rest = value.partition("=")
            first, semicolon, more = rest.partition(";")
            if name == "cookie":
                pairs = (one.strip().partition("=") for one in value.split(";"))
                return "; ".join(f"{one}={mark(text)}" for one, _, text in pairs)
            return f"{head}{equals}{mark(first)}{semicolon}{more}"
        word, space, rest = value.partition(" ")
        return f"{word} {mark(rest)}" if space and word.isalpha() else mark(value)

    def query(self, text: str, _op: Bound | None, service: Service) -> str:
        """Return a query without secrets; what is none stays as it was sent."""
        parts = []
        for pair in text.split("&"):
            name, equals, value = pair.partition("=")
            if equals and value and self._is_parameter(unquote_plus(name), service):
                value = mark(unquote_plus(value))
            parts.append(f"{name}{equals}{value}")
        return self.text("&".join(parts))

    def body(self, text: str, media_type: str) -> str:
        """Return a body that is no whole JSON without secrets."""
        if media_type.startswith(_FORM):
            return "&".join(
                f"{name}={mark(value) if is_secret(name) else quote(self.text(value), safe='<>')}"
                for name, value in parse_qsl(text, keep_blank_values=True)
            )
        cut = re.sub(
            # A name has an end, so that what begins at every quote cannot go on to the end of the text each time.
            r'("(?:[^"\\]|\\.){0,200}+"\s{0,100}+:\s{0,100}+)"((?:[^"\\]|\\.)*+)("?)',
            lambda found: (
                f'{found[1]}"{mark(found[2])}{found[3]}' if is_secret(found[1].rstrip(": \n\t")) else found[0]
            ),
            text,
        )
        return self.text(cut)

    def value(self, value: Any) -> Any:
        """Return a JSON value without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                self.text(name): mark(one) if isinstance(one, str) and _hides(name, one) else self.value(one)
                for name, one in value.items()
            }
        return [self.value(one) for one in value] if isinstance(value, list) else value

    def text(self, text: str) -> str:
        """Return a text without the secrets that are known by value."""
        if len(text) < SHORTEST:
            return text
        if "eyJ" in text:
            text = _TOKEN.sub(lambda found: mark(found[0]), text)
        begins = self._begins
        if not begins or begins.keys().isdisjoint([text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1)]):
            return text
        parts, at, done = [], 0, 0
        while at <= len(text) - SHORTEST:
            sizes = begins.get(text[at : at + SHORTEST])
            found = (
                next((size for size in sorted(sizes, reverse=True) if text[at : at + size] in sizes.get(size, ())), 0)
                if sizes
                else 0
            )
            if found:
                parts += [text[done:at], mark(text[at : at + found])]
                done = at = at + found
            else:
                at += 1
        return "".join((*parts, text[done:]))

    # ------------------------------------------------------------------------------------------------------ inside
    def _learn(self, journal: Journal) -> None:
        entries = list(reversed(journal))
        for entry in entries:
            if entry.number <= self._learned:
                break
            for name, value in entry.request.headers:
                if self._is_header(name, entry.service):
                    self._add(value.rpartition(" ")[2])
                    if name == "cookie":
                        for pair in value.split(";"):
                            self._add(pair.partition("=")[2].strip())
            for name, value in parse_qsl(entry.query):
                if self._is_parameter(name, entry.service):
                    self._add(value)
            vault = "secret" in entry.path.lower()  # there, what is called value is one
            for message in (entry.request, entry.response):
                if message.media_type.startswith(_FORM):
                    self._learn_from(dict(parse_qsl(message.text)))
                elif not message.truncated and b"{" in message.body[:10]:
                    self._learn_from(message.json, vault)
        if entries:  # the newest that was seen: meanwhile others may come
            self._learned = entries[0].number
        while len(self._known) > MOST or self._size > MOST_SIZE:
            self._forget(next(iter(self._known)))

    def _add(self, value: str) -> None:
        if len(value) < SHORTEST:
            return
        if value in self._known:
            del self._known[value]  # it becomes the newest
        else:
            self._size += len(value)
            self._begins.setdefault(value[:SHORTEST], {}).setdefault(len(value), set()).add(value)
        self._known[value] = None

    def _forget(self, value: str) -> None:
        del self._known[value]
        self._size -= len(value)
        sizes = self._begins[value[:SHORTEST]]
        sizes[len(value)].discard(value)
        if not sizes[len(value)]:
            del sizes[len(value)]
        if not sizes:
            del self._begins[value[:SHORTEST]]

    def _learn_from(self, value: Any, vault: bool = False) -> None:
        left = [value]  # no recursion: a body may be nested more deeply than functions may call each other
        while left:
            one = left.pop()
            if isinstance(one, list):
                left += reversed(one)
            elif isinstance(one, dict):
                for name, inner in one.items():
                    if not isinstance(inner, str):
                        left.append(inner)
                    elif _hides(name, inner) or (vault and name == "value"):
                        self._add(inner)

    def _is_header(self, name: str, service: Service) -> bool:
        return name in _HEADERS or is_secret(name) or name in self._declared(service)[0]

    def _is_parameter(self, name: str, service: Service) -> bool:
        return is_secret(name) or name.lower() in _QUERY or name in self._declared(service)[1]

    def _declared(self, service: Service) -> tuple[frozenset[str], frozenset[str]]:
        """Return the headers and the query parameters that carry the API keys which a document declares."""
        known = self._schemes.get(id(service))
        if known is None:
            document = current(decode(service.document.json))[0]
            schemes = _mapping(_mapping(document.get("components")).get("securitySchemes")).values()
            keys = [one for one in schemes if isinstance(one, dict) and one.get("type") == "apiKey"]
            known = self._schemes[id(service)] = (_names(keys, "header", lower=True), _names(keys, "query"))
        return known


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(keys: Iterable[dict[str, Any]], place: str, *, lower: bool = False) -> frozenset[str]:
    names = [str(one.get("name", "")) for one in keys if one.get("in") == place]
    return frozenset(one.lower() if lower else one for one in names)
