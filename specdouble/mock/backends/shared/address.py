"""Reads the URL of a database as libpq does, and knows what of it no message may show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from specdouble.mock.backends.changes import StateFileError

_ENCODE = (
    "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE; characters such as / # ? @ % & = must be"
    " percent-encoded in each part, / as %2F and a blank as %20"
)
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,50}")
# As libpq reads a URL: who connects ends at the first @ that stands before any /, whatever else is in it.
_PARTS = re.compile(r"(?:(?P<who>[^@/]*)@)?(?P<hosts>[^/?]*)(?P<database>(?:/[^?]*)?)(?P<query>(?:\?.*)?)")
_HOSTS = re.compile(r"(?:(?:\[[^\[\]]+\]|[^:\[\],]*)(?::\d*)?(?:,|\Z))*")
_NO_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_SECRET = re.compile(r"password|secret|scram", re.IGNORECASE)  # in the name of a parameter
_SHORT = 3  # characters of a secret that no sentence has by chance


@dataclass(frozen=True, slots=True)
class Address:
    """A database by its URL: `url` is for libpq, `where` for messages, `schema` the one it names or "".

    `hides` are texts of the URL that no message may show.
    """

    url: str
    where: str
    schema: str
    hides: tuple[str, ...]
    open: bool  # whether its parameters may be shown

    def told(self, text: str) -> str:
        """Return a text without what no message may show."""
        for one in self.hides:
            text = text.replace(one, "…")
        return text


def address_of(url: str, more: Mapping[str, str]) -> Address:
    """Return a database by its URL, with more parameters for those that it does not name.

    Raises:
        StateFileError: it cannot be understood; the message shows nothing that may be of a password.

    """
    kind, _, rest = url.partition("://")
    parts = _PARTS.fullmatch(rest)
    what = ""
    if parts is None or not url.isprintable() or " " in url:
        what = "a blank, or a character that cannot be printed"
    elif _NO_PERCENT.search(rest):
        what = "a % that two digits do not follow"
    elif any("@" in (parts[name] or "") for name in ("hosts", "database", "query")):
        what = "a second @, or a / in the user or the password"
    elif not _HOSTS.fullmatch(parts["hosts"]):
        what = "a port that is no number, or no host"
    pairs = [] if what or parts is None else [one.split("=") for one in parts["query"][1:].split("&") if one]
    if any(len(pair) != 2 for pair in pairs):
        what = "a parameter that is not NAME=VALUE"
    if what or parts is None:
        raise StateFileError(f"it is no URL of a database: there is {what}", where=f"{kind}://…", next_step=_ENCODE)
    given = {unquote(name): unquote(value) for name, value in pairs}
    schema, where = given.get("schema", ""), f"postgresql://{parts['hosts']}{parts['database']}"
    if "schema" in given:
        where += f"?schema={schema}"
        if not _SCHEMA.fullmatch(schema):
            step = "Write small letters, digits and _"
            raise StateFileError(f"{schema!r} cannot be the name of a schema", where=where, next_step=step)
    secret = [value for name, value in pairs if _SECRET.search(unquote(name))]
    hides = [*secret, (parts["who"] or "").partition(":")[2]]
    hides = sorted(
        {one for text in hides for one in (text, unquote(text)) if len(one) >= _SHORT}, key=len, reverse=True
    )
    kept = [f"{name}={value}" for name, value in pairs if unquote(name) != "schema"]
    kept += [f"{name}={quote(value, safe='')}" for name, value in more.items() if name not in given]
    who = "" if parts["who"] is None else f"{parts['who']}@"
    whole = f"{kind}://{who}{parts['hosts']}{parts['database']}?{'&'.join(kept)}"
    return Address(whole, where, schema, tuple(hides), open=not secret)
