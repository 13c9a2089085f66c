"""Readable texts and figures by the name of a member and by its format."""

from __future__ import annotations

import base64
import random
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.model.evidence.words import words as words_of
from specdouble.openapi.values import words
from specdouble.openapi.values.context import Context

_DAY = 86400
_STAMPS = frozenset({"at", "on", "date", "time", "timestamp", "created", "updated", "modified", "since", "until"})
_TEXT_NAMES = {
    "email": "email", "mail": "email", "emailaddress": "email", "username": "login", "login": "login",
    "nickname": "login", "handle": "login", "firstname": "first", "givenname": "first", "lastname": "last",
    "surname": "last", "familyname": "last", "fullname": "person", "displayname": "person", "author": "person",
    "owner": "login", "city": "city", "town": "city", "country": "country", "countrycode": "country-code",
    "street": "street", "address": "street", "addressline1": "street", "line1": "street", "postcode": "zip",
    "zip": "zip", "zipcode": "zip", "postalcode": "zip", "phone": "phone", "phonenumber": "phone", "mobile": "phone",
    "company": "company", "organization": "company", "organisation": "company", "vendor": "company",
    "currency": "currency", "currencycode": "currency", "language": "language", "locale": "language",
    "lang": "language", "timezone": "timezone", "color": "color", "colour": "color", "title": "title",
    "name": "name", "label": "name", "description": "sentence", "summary": "sentence", "body": "sentence",
    "message": "sentence", "comment": "sentence", "text": "sentence", "content": "sentence", "note": "sentence",
    "notes": "sentence", "bio": "sentence", "slug": "slug", "url": "url", "uri": "url", "link": "url", "href": "url",
    "website": "url", "self": "url",
    "homepage": "url", "avatar": "url", "image": "url", "ip": "ipv4", "ipaddress": "ipv4",
    "host": "hostname", "hostname": "hostname", "domain": "hostname", "version": "version", "token": "token",
    "accesstoken": "token", "secret": "token", "password": "token", "apikey": "token", "hash": "hex", "sha": "hex",
    "digest": "hex", "checksum": "hex", "etag": "hex", "mimetype": "mime", "contenttype": "mime", "filename": "file",
    "useragent": "agent", "path": "path", "uuid": "uuid", "guid": "uuid", "birthday": "birthday", "isbn": "isbn",
}  # fmt: skip


def of_format(name: str, context: Context) -> str | None:
    """Return a text of a format, None for one that nobody knows here."""
    made = _FORMATS.get(name)
    return made(context) if made else None


def of_name(name: str, context: Context) -> str | None:
    """Return a text that a member of that name would hold, None where the name says nothing."""
    kind = _TEXT_NAMES.get(plain(name))
    parts = words_of(name)
    if kind is None and parts:
        if len(parts) > 1 and parts[-1] in ("url", "uri", "href", "link"):
            kind = "url"
        elif parts[-1] in _STAMPS and (parts[-1] in ("at", "date", "time", "timestamp", "created", "updated")):
            kind = "date-time" if parts[-1] != "date" else "date"
        elif len(parts) > 1 and parts[-1] == "name":
            kind = "name"
        elif parts[-1] in ("email", "phone", "city", "country", "token", "description", "title"):
            kind = _TEXT_NAMES[parts[-1]]
    return _KINDS[kind](context) if kind else None


def of_any(name: str, said: str, context: Context) -> str:
    """Return a text for a member whose name says little: a value that its description shows, or readable words."""
    parts = words_of(name)
    shown = [one for one in _SHOWN.findall(said) if one not in ("null", "true", "false", name)]
    last = parts[-1] if parts else ""
    if shown and last in _CHOICES:
        return str(shown[context.number % len(shown)])
    if last in _CHOICES:
        return _CHOICES[last]
    if last in ("id", "key", "uid", "ref", "reference", "number", "serial", "hash"):
        return _hex(context.rng, 12)
    return "-".join(_words(context.rng)) if parts else "text"


_SHOWN = re.compile(r"[`'\"]([A-Za-z][\w.-]{1,30})[`'\"]")
_CHOICES = {"type": "standard", "kind": "standard", "category": "general", "status": "active", "state": "active",
            "code": "ok", "mode": "default", "level": "normal", "role": "member", "scope": "read", "unit": "item",
            "method": "GET", "format": "json", "result": "ok", "reason": "none", "priority": "normal"}  # fmt: skip


def number_of(name: str, context: Context, whole: bool) -> float | None:
    """Return a figure that a member of that name would hold, None where the name says nothing."""
    rng, parts = context.rng, set(words_of(name))
    if parts & {"price", "amount", "cost", "fee", "balance", "subtotal"}:
        return rng.randint(5, 200) if whole else rng.randint(500, 20000) / 100
    if parts & {"lat", "latitude"}:
        return round(rng.uniform(-60, 60), 5)
    if parts & {"lng", "lon", "longitude"}:
        return round(rng.uniform(-170, 170), 5)
    if parts & {"age"}:
        return rng.randint(20, 70)
    if parts & {"rating", "score", "stars"}:
        return rng.randint(1, 5)
    if parts & {"year"}:
        return datetime.fromtimestamp(context.now, UTC).year
    if parts & {"percent", "percentage", "progress"}:
        return rng.randint(0, 100)
    last = words_of(name)[-1] if parts else ""
    if whole and last in ("at", "created", "updated", "timestamp", "time", "date", "modified") and not parts & _SPANS:
        return int(_moment(context))
    if parts & {"count", "total", "errors", "failed", "failures", "pending", "offset", "skipped"}:
        return 0
    return None


_SPANS = frozenset({"processing", "response", "elapsed", "execution", "run", "wait", "up", "total", "average", "lead"})


def stamp(at: float) -> str:
    """Return a time as RFC 3339 has it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(context: Context) -> float:
    start = context.now - context.now % _DAY
    return start - context.rng.randint(1, 60) * _DAY + context.rng.randint(0, _DAY - 1)


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _words(rng: random.Random) -> tuple[str, str]:
    return rng.choice(words.ADJECTIVES), rng.choice(words.NOUNS)


def _login(context: Context) -> str:
    return f"{context.rng.choice(words.FIRST).lower()}{context.rng.randint(1, 99)}"


def _email(context: Context) -> str:
    first, last = context.rng.choice(words.FIRST), context.rng.choice(words.LAST)
    return f"{first}.{last}@example.com".lower()


def _name(context: Context) -> str:
    rng = context.rng
    if context.noun.rpartition("-")[2] in _PEOPLE:
        return f"{rng.choice(words.FIRST)} {rng.choice(words.LAST)}"
    return " ".join(_words(rng)).capitalize()


_PEOPLE = frozenset({"user", "person", "customer", "member", "author", "contact", "employee", "owner", "patient",
                     "student", "artist", "account", "actor", "guest", "driver", "teacher", "doctor"})  # fmt: skip


def _hex(rng: random.Random, length: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(length))


def _token(context: Context) -> str:
    return "".join(context.rng.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(24))


def _url(context: Context) -> str:
    return f"https://example.com/{'-'.join(_words(context.rng))}"


_KINDS: dict[str, Any] = {
    "email": _email,
    "login": _login,
    "first": lambda c: c.rng.choice(words.FIRST),
    "last": lambda c: c.rng.choice(words.LAST),
    "person": lambda c: f"{c.rng.choice(words.FIRST)} {c.rng.choice(words.LAST)}",
    "city": lambda c: c.rng.choice(words.CITIES),
    "country": lambda c: c.rng.choice(words.COUNTRIES)[0],
    "country-code": lambda c: c.rng.choice(words.COUNTRIES)[1],
    "street": lambda c: f"{c.rng.randint(1, 120)} {c.rng.choice(words.STREETS)}",
    "zip": lambda c: str(c.rng.randint(10000, 99999)),
    "phone": lambda c: f"+1 555 01{c.rng.randint(10, 99)}",
    "company": lambda c: c.rng.choice(words.COMPANIES),
    "currency": lambda c: "EUR",
    "language": lambda c: "en",
    "timezone": lambda c: "UTC",
    "color": lambda c: c.rng.choice(words.COLORS),
    "title": lambda c: " ".join(_words(c.rng)).capitalize(),
    "name": _name,
    "sentence": lambda c: c.rng.choice(words.SENTENCES),
    "slug": lambda c: "-".join(_words(c.rng)),
    "url": _url,
    "ipv4": lambda c: f"192.0.2.{c.rng.randint(1, 254)}",
    "hostname": lambda c: f"{c.rng.choice(words.NOUNS)}.example.com",
    "version": lambda c: f"1.{c.rng.randint(0, 9)}.{c.rng.randint(0, 9)}",
    "token": _token,
    "hex": lambda c: _hex(c.rng, 40),
    "mime": lambda c: "text/plain",
    "file": lambda c: f"{c.rng.choice(words.NOUNS)}.txt",
    "agent": lambda c: "Mozilla/5.0",
    "path": lambda c: "/".join(_words(c.rng)),
    "uuid": lambda c: _uuid(c.rng),
    "birthday": lambda c: f"{c.rng.randint(1950, 2005)}-{c.rng.randint(1, 12):02}-{c.rng.randint(1, 28):02}",
    "isbn": lambda c: f"978{c.rng.randint(10**9, 10**10 - 1)}",
    "date-time": lambda c: stamp(_moment(c)),
    "date": lambda c: stamp(_moment(c))[:10],
}
_FORMATS: dict[str, Any] = {
    "date-time": _KINDS["date-time"],
    "date": _KINDS["date"],
    "time": lambda c: f"{c.rng.randint(8, 18):02}:{c.rng.randint(0, 59):02}:00Z",
    "duration": lambda c: f"PT{c.rng.randint(1, 59)}M",
    "email": _email,
    "idn-email": _email,
    "hostname": _KINDS["hostname"],
    "idn-hostname": _KINDS["hostname"],
    "ipv4": _KINDS["ipv4"],
    "ip": _KINDS["ipv4"],
    "ipv6": lambda c: f"2001:db8::{c.rng.randint(1, 9999):x}",
    "uri": _url,
    "url": _url,
    "iri": _url,
    "uri-reference": lambda c: "/" + "/".join(_words(c.rng)),
    "iri-reference": lambda c: "/" + "/".join(_words(c.rng)),
    "uri-template": lambda c: "https://example.com/{id}",
    "uuid": _KINDS["uuid"],
    "guid": _KINDS["uuid"],
    "uuid4": _KINDS["uuid"],
    "json-pointer": lambda c: "/name",
    "relative-json-pointer": lambda c: "0/name",
    "regex": lambda c: "^[a-z]+$",
    "byte": lambda c: base64.b64encode(" ".join(_words(c.rng)).encode()).decode(),
    "base64": lambda c: base64.b64encode(" ".join(_words(c.rng)).encode()).decode(),
    "password": _token,
    "color": lambda c: f"#{_hex(c.rng, 6)}",
    "mac": lambda c: ":".join(_hex(c.rng, 2) for _ in range(6)),
}
