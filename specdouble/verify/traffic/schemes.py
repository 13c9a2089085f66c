"""Where the security schemes of a document put a credential, and whether a request carries one."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlsplit

from specdouble.openapi import Contract, Op
from specdouble.verify.traffic.exchange import Seen

_HEADER = ("header", "authorization")


class Schemes:
    """The places of credentials: header, query or cookie, with a name, by service and scheme."""

    def __init__(self, contract: Contract) -> None:
        self._at: dict[tuple[str, str], tuple[str, str]] = {}
        for service in contract.services:
            raw = service.document.raw
            found = (raw.get("components") or {}).get("securitySchemes") or raw.get("securityDefinitions") or {}
            for name, one in found.items():
                keyed = one.get("type") == "apiKey"
                self._at[service.name, name] = (str(one.get("in")), str(one.get("name")).lower()) if keyed else _HEADER

    @property
    def names(self) -> frozenset[str]:
        """The names of what carries credentials, in lower case."""
        return frozenset({name for _where, name in self._at.values()} | {"authorization", "cookie"})

    def carried(self, op: Op, seen: Seen) -> bool:
        """Whether a request carries anything that one of the schemes of an operation asks for."""
        places = {self._at.get((op.service, name), _HEADER) for way in op.spec.security for name in way}
        return any(self._value(seen, *one) for one in places)

    def secrets(self, seen: Seen) -> Iterator[str]:
        """Yield the credentials of a request."""
        for where, name in {*self._at.values(), _HEADER, ("header", "proxy-authorization")}:
            if value := self._value(seen, where, name):
                yield value

    def cookies(self, seen: Seen) -> Iterator[str]:
        """Yield the values of cookies that were sent or set."""
        yield from _cookies(seen.asked.get("cookie", "")).values()
        for one in seen.headers.get_list("set-cookie"):
            yield from _cookies(one.partition(";")[0]).values()

    @staticmethod
    def _value(seen: Seen, where: str, name: str) -> str:
        if where == "header":
            return str(seen.asked.get(name, ""))
        if where == "cookie":
            return _cookies(seen.asked.get("cookie", "")).get(name, "")
        return {key.lower(): value for key, value in parse_qsl(urlsplit(seen.url).query)}.get(name, "")


def _cookies(text: str) -> dict[str, str]:
    try:
        return {name.lower(): one.value for name, one in SimpleCookie(text).items()}
    except CookieError:
        return {}
