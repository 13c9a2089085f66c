"""Odd values: what a field, a parameter or a header may be made to say."""

from __future__ import annotations

import base64
import json
import random
from typing import Any
from urllib.parse import quote

DEEP = 100_000
LONG = "x" * 9_000
_TEXTS = (
    "", " ", "a", "0", "-1", "1e999", "NaN", "null", "true", "[]", "{}", "\u0000", "a\u0000b", "\n", "\r\nX-A: b", "é",
    "\U0001f600", "\u202eabc", "\ufeff", "İ", "ß", "\u0300" * 40, "\ue000", "\uffff", "../../etc/passwd", "..", ".",
    "/",
    "//", "\\", "%", "%00", "%zz", "%2f", "?a=b", "#f", "*", "**", "(a+)+$", "[", "(?P<", "{{7*7}}", "${a}", "%s%n",
    "{0}",
    "{}{}", "'; --", "__class__", "__proto__", "constructor", "id", "None", "2024-02-30", "0000-00-00", "9999-12-31",
    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00+23:59", "0001-01-01",
    "10000-01-01",
    "-0001-01-01T00:00:00Z", "2024-06-30T23:59:60Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+99:99", "24:00", "P1Y",
    "P99999999999Y", "PT", "-P1D", "99999999999999999999d", "* * * * *", "*/0 * * * *", "60 24 32 13 8", "@reboot",
    "a@b", "a@b.test", "@", "a@", '"a b"@example.com', "ü@example.com", "a@" + "b" * 300, "https://[::1", "http://[",
    "http://a:99999/", "http://a:b/", "http://\u0000", "http://①", "//", "file:///etc/passwd", "javascript:1", "data:,",
    "mailto:", "https://", "http://user:pass@[fe80::1%25eth0]/", "sk-", "Bearer ", "eyJ.eyJ.", "a.b.c", "AAAA", "=",
    "====",
    "////", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "١٢", "١٢.٣", "1_000",
    "0x10",
    "1.", ".5", "+1", "1,5", "9" * 25, "²", "-²", "9" * 5000, "-" * 50, "v1.2.3-", "1.0.0+é",
    "999999999.999999999.999999999", LONG,
    "en-", "xx-XX-xx", "Europe/Nowhere", "../UTC", "UTC+99", "usd", "US$", "-----BEGIN PRIVATE KEY-----", "<a>&b;</a>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "a,b", "a;b=c", "a|b", "a=b&c=d", "$where",
    "a.b",
    "a[0]", "0.0", "[*]", "/a/~2", "/0/-", "~", "\t", "\x7f", "\x85", "\u2028",
)  # fmt: skip
_PLAIN = (
    "null", "true", "false", "0", "-1", "1", "-0.0", "0.1", "1.5", "1e2", "2147483648", "-2147483649",
    "9007199254740993",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e19", "1e308",
    "1e999",
    "-1e999", "1e-400", "NaN", "Infinity", "-Infinity", "1" * 400, "0." + "1" * 400, "01", "+1", ".5", "0x10",
    "253402300800",
    "-62135596801", "1e15", "[]", "{}", "[[]]", "[null]", "[{}]", "[[[[]]]]", '{"":1}', '{"a":null}', '{"id":{}}',
    '{"id":[]}', '{"__proto__":{"a":1}}', '{"$ref":"#"}', '{"$ref":"file:///etc/passwd"}', '{"a":1,"a":2}',
    '[1,"a",null]',
    '[1,1]', '["",""]', '{"type":"object"}', '{"\\u0000":1}', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"',
    '{"\\ud800":1}',
    '["\\ud800"]', '"\\x"', "'a'", "undefined", "", ",", "}", "]",
)  # fmt: skip
FRAGMENTS: tuple[bytes, ...] = (
    *(one.encode() for one in _PLAIN),
    *(json.dumps(one).encode() for one in _TEXTS),
    b'"\xff"', b'"\xc3"', b'"\xed\xa0\x80"', b'{"\xff":1}', b"[" * 199 + b"]" * 199, b'{"a":' * 120 + b"1" + b"}" * 120,
    b"[" * 300 + b"]" * 300, b"[" + b"1," * 2000 + b"1]", b"[" + b'"a",' * 500 + b'"a"]', b"[" + b"{}," * 500 + b"{}]",
    b"{" + b",".join(b'"k%d":%d' % (one, one) for one in range(500)) + b"}", b"[" + b"[]," * 300 + b"[]]",
)  # fmt: skip
RARE: tuple[bytes, ...] = (
    b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP, b'"' + b"x" * 300_000 + b'"',
    b"[" + b"1," * 100_000 + b"1]", b"{" + b'"a":1,' * 50_000 + b'"a":2}', b"9" * 100_000, b"1e" + b"9" * 50_000,
    b'"' + b"\\u0000" * 50_000 + b'"', b"[" + b'{"a":[]},' * 20_000 + b"1]",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 1e308, 0.5, [], {}, [None], [[]], [{}], {"": 1}, *_TEXTS,
)  # fmt: skip
_ESCAPED = (
    "%FF", "%C3", "%ED%A0%80", "%00", "a%00b", "%", "%2", "%zz", "%25", "%2525", "%2F", "a%2Fb", "%2e%2e%2f%2e%2e%2f",
    "..",
    ".", "...", "%2e%2e", "%5C", "%0d%0aX-A:b", "%F0%9F%98%80", "%EF%BB%BF", "+", "%2B", "%20", "%C2%B2", "9" * 5000,
    "-%C2%B2", ";", ";a=b", ",", "a,b", ".a",
    ";id=1", "(", ")", "*", "@", ":", "$", "!", "~", "'", "-1", "0", "9223372036854775808", "9" * 300, "1e999", "NaN",
    "null",
    "undefined", "{id}", "%7Bid%7D", "[]", "%5B%5D", "__proto__", "x" * 2000, "%41" * 700, "%C0%AF", "%E2%80%AE",
)  # fmt: skip
QUERY_NAMES = (
    "limit", "offset", "page", "per_page", "page_size", "size", "cursor", "after", "before", "sort", "order",
    "order_by", "q",
    "search", "filter", "fields", "include", "expand", "select", "since", "until", "from", "to", "id", "ids", "format",
    "callback", "$filter", "$top", "$skip", "$orderby", "$expand", "filter[a]", "filter[a][b]", "page[size]",
    "page[number]",
    "fields[a]", "__code", "__example", "__dynamic", "__delay", "__", "undeclared", "", "a[]", "a[b", "a]b", "[", "[]",
)  # fmt: skip
HEADERS: dict[str, tuple[str, ...]] = {
    "Range": ("bytes=0-", "bytes=-1", "bytes=5-1", "bytes=a-b", "bytes=0-0,1-1", "bytes=" + "0-1," * 500, "items=0-1",
              "bytes=99999999999999999999-", "bytes=-99999999999999999999", "bytes", "=", "bytes=--1"),
    "If-Match": ("*", '"a"', "a", 'W/"a"', '"', "", '"a", "b"', ",", "*, *", '"' + "a" * 5000 + '"', "W/", '"\xff"'),
    "If-None-Match": ("*", '"a"', "a", 'W/"a"', '"', "", ",,,", "\xe9"),
    "If-Modified-Since": ("Mon, 30 Feb 2026 00:00:00 GMT", "0", "", "Thu, 01 Jan 9999 99:99:99 GMT", "a", "-1"),
    "If-Unmodified-Since": ("Mon, 30 Feb 2026 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "a"),
    "If-Range": ('"a"', "a", ""),
    "Prefer": ("code=404", "code=abc", "code=99999999999999999999", "code=", "code=-1", "code=²", "code=200, code=201",
               "example=a", "example=", "dynamic=true", "respond-async, wait=0.01", "wait=-1", "wait=nan", "wait=a",
               "return=minimal",
               "return=representation", "handling=strict", "code=0", "code=1e3", ";", "=", ",", "a" * 5000,
               "code=\xb2"),
    "Accept": ("*/*", "text/html", "application/xml", "a", "a/b;q=", "a/b;q=99", "a/b;q=nan", "*/*;q=0", ";", ",", "é",
               "application/json;q=0.5;q=1;q=\xff", "application/json," * 400, 'a/b;a="', "*", "*/json",
               "text/event-stream"),
    "Accept-Encoding": ("gzip", "identity;q=0, *;q=0", "br;q=1e9", "*;q=0", "\xff"),
    "Accept-Language": ("*", "xx;q=a", "en-" * 500, "\xff"),
    "Accept-Charset": ("utf-16", "\xff"),
    "Cookie": ("a", "=", ";", "a=b; a=c", "a=\xff", 'a="', "a=" + "b" * 5000, "a=b;" * 300, "specdouble-world=",
    "a=\x01",
               "specdouble-world=nowhere", "specdouble-world=../a", "specdouble-world=\xff", "session=%00"),
    "X-Specdouble-World": ("", "nowhere", "MAIN", "main", "../a", "\xff", "a" * 3000, "main, main", "a b", ".", "-"),
    "Last-Event-ID": ("9" * 5000, "\xb2", "", "0", "-1", "a", "9" * 400, "1:2:3", "1e3", "\xff", "٣"),
    "Idempotency-Key": ("", "a", "\xff", "a" * 5000, "null"),
    "Origin": ("null", "http://[", "http://evil.example", "a", "", "http://localhost:99999", "\xff", "http://a\xe9"),
    "Referer": ("http://[", "\xff", ""),
    "Access-Control-Request-Method": ("GET", "\xff", "A" * 3000, ""),
    "Access-Control-Request-Headers": ("a,b", "\xff", "a," * 1000, "a b"),
    "X-Forwarded-For": ("1.2.3.4", "a, b", "\xff", "::1, [::1"),
    "X-Forwarded-Proto": ("gopher", ""), "X-Forwarded-Host": ("[", "evil.example"), "Forwarded": ("for=[", ";;", "="),
    "X-HTTP-Method-Override": ("DELETE", "\xff"), "X-Original-URL": ("/__mock__/reset",), "X-Real-IP": ("\xff",),
    "traceparent": ("00-" + "0" * 32 + "-" + "0" * 16 + "-00", "a", "\xff", "ff-" * 50), "tracestate": ("a", "=" * 600),
    "baggage": ("a=b," * 500, "%"), "X-Request-ID": ("", "a" * 5000, "\xff"), "User-Agent": ("", "\xff", "a" * 5000),
    "Content-Language": ("\xff",), "Content-MD5": ("a",), "Digest": ("sha-256=a",), "Via": ("1.1 a," * 300,),
    "TE": ("trailers", "gzip;q=a"), "Max-Forwards": ("0", "a"), "Date": ("a",), "From": ("\xff",), "DNT": ("2",),
    "Content-Disposition": ("attachment; filename*=utf-8''%ff", 'form-data; name="', "\xff"), "Location": ("a",),
    "X-Acting-User": ("", "nobody", "\xff", "__system__", "__webhook__", "a" * 3000), "X-Ext-Id": ("", "\xff", "../a",
    "notes"),
    "Stripe-Signature": ("", "t=,v1=", "t=1e999,v1=a", "t=\xff", "t=" + "9" * 400 + ",v1=a", "v1=a", "t=1,v1=\xe9",
    "a"),
    "X-Api-Key": ("", "\xff", "a" * 5000, "imp_"), "X-Service-Token": ("", "\xff", "a" * 5000),
}  # fmt: skip
TYPES = (
    "", "a", "/", "a/b", "application/json;", "application/json; charset=utf-16", "application/json; charset=none",
    'application/json; charset="', "application/json; charset=\xff", "application/json, text/plain", "APPLICATION/JSON",
    "application/x+json", "application/vnd.api+json", "application/json-patch+json", "application/merge-patch+json",
    "application/xml", "text/xml; charset=utf-7", "text/plain", "text/plain; charset=idna", "application/jsonl",
    "text/csv",
    "application/octet-stream", "image/png", "multipart/form-data", "multipart/form-data; boundary=",
    "text/event-stream",
    'multipart/form-data; boundary="', "multipart/form-data; boundary=" + "b" * 2000, "multipart/mixed; boundary=b",
    "multipart/form-data; boundary=\xff", "application/x-www-form-urlencoded", "*/*", "application/*", "\xff/\xfe",
    "application/x-www-form-urlencoded; charset=punycode", "text/plain; charset=hex", "application/json; charset=rot13",
    "text/plain; charset=unicode_escape", "text/plain; charset=base64", "a" * 5000, "application/yaml",
    "application/cbor",
)  # fmt: skip


def escaped(rng: random.Random) -> str:
    """Return an odd value as it stands in a path or a query."""
    if rng.random() < 0.5:
        return rng.choice(_ESCAPED)
    return quote(rng.choice(_TEXTS), safe="")[:20_000]


def fragment(rng: random.Random) -> bytes:
    """Return an odd value as it stands in JSON; few are large."""
    return rng.choice(RARE) if rng.random() < 0.001 else rng.choice(FRAGMENTS)


def header(rng: random.Random) -> str:
    """Return the line of an odd header, without its end."""
    name = rng.choice(tuple(HEADERS))
    return f"{name}: {rng.choice(HEADERS[name])}"


def token(rng: random.Random, real: str) -> str:
    """Return the value of an odd ``Authorization``; `real` is one that is taken, or ""."""
    scheme, _, given = real.partition(" ")
    kind = rng.randrange(10)
    if kind == 0:
        return rng.choice(("", " ", "Bearer", "Bearer ", "bearer  a", "Bearer a b", "Bearer\ta", "Basic", "Digest a",
                           "é", "=",
                           "Negotiate", "Bearer " + "a" * 20_000, "Bearer \xff", "Bearer ..", "Bearer a.b.c",
                           "a" * 9_000,
                           "ImperalCallToken a.b", "ImperalCallToken", "Token a", "Bearer null", "Basic Og==",
                           "Bearer ====",
                           "Bearer a..", "AWS4-HMAC-SHA256 a=b", "BEARER a", "Bearer eyJ9.e30.",
                           "Bearer " + "." * 5000))  # fmt: skip
    if kind == 1:
        raw = rng.choice((b"", b":", b"a", b"\xff:\xff", b"a:b:c", b"\0:\0", "é:ü".encode("latin-1"),
                          b"a" * 9_000 + b":",
                          "\ud83d".encode("utf-16", "surrogatepass")))  # fmt: skip
        text = base64.b64encode(raw).decode()
        return "Basic " + rng.choice((text, text.rstrip("="), text + "=", text + "\xff", "%" + text, text[:-1]))
    if kind == 2 and given:
        at = rng.randrange(len(given))
        return f"{scheme} {given[:at]}{rng.choice('aZ09-_.~ é=')}{given[at + 1 :]}"
    if kind == 3 and given:
        return f"{scheme} {given[: rng.randrange(len(given))]}"
    if kind == 4 and given:
        return rng.choice(
            (given, f"Basic {given}", f"{scheme} {given} {given}", f"{scheme.lower()} {given}", f"{real}, {real}")
        )
    return f"{scheme or 'Bearer'} {_jwt(rng, given)}"


_CLAIMS = (
    "sub",
    "exp",
    "iat",
    "nbf",
    "iss",
    "aud",
    "jti",
    "sid",
    "typ",
    "type",
    "scope",
    "scopes",
    "role",
    "tenant_id",
    "user_id",
)


def _jwt(rng: random.Random, real: str) -> str:
    parts = real.split(".")
    head: Any = {
        "alg": rng.choice(("none", "None", "HS256", "RS256", "ES256", "", None, 1, [], "x" * 500)),
        "typ": "JWT",
    }
    body: Any = {"sub": "a", "exp": 9999999999, "iat": 0}
    if len(parts) == 3:
        for number in (0, 1):
            try:
                found = json.loads(base64.urlsafe_b64decode(parts[number] + "==="))
            except ValueError:
                continue
            if number:
                body = found
            elif rng.random() < 0.5:
                head = found
    if rng.random() < 0.3:
        head |= {rng.choice(("kid", "jku", "x5u", "crit", "alg", "zip", "b64", "cty")): rng.choice(VALUES)}
    for _ in range(rng.randrange(3)):
        body[rng.choice(_CLAIMS)] = rng.choice(VALUES)
    if rng.random() < 0.1:
        body = rng.choice(VALUES)
    if rng.random() < 0.1:
        head = rng.choice(VALUES)
    signature = parts[2] if len(parts) == 3 and rng.random() < 0.7 else rng.choice(("", "a", "AAAA", "\xff", "=" * 9))
    return f"{_part(head)}.{_part(body)}.{signature}"


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()[:6_000]).decode().rstrip("=")
