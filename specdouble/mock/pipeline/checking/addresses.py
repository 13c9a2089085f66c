"""E-mail addresses as pydantic's ``EmailStr`` takes them: the syntax of a public mailbox, and its normal form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LONGEST = 254  # bytes of an address; 253 of a domain, 63 of one label
_LONGEST_NAMED = 2048  # characters, with a name before it
_NAMED = re.compile(r"\s*(?:[\w!#$%&'*+\-/=?^_`{|}~.\s]+|\"[^\"]+\")?\s*<(.+)>\s*")
_ATOM = r"(?:[\w!#$%&'*+\-/=?^`{|}~]|[^\x00-\x7f])+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))
_UNSEEN = ("C", "Z")  # categories of Unicode: control characters and separators
_RESERVED = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})  # nobody has a mailbox there


class AddressError(ValueError):
    """A text that is no address; the message says why."""


@lru_cache(1024)
def normal(text: str) -> str:
    """Return the normal form of an address: without blanks or a name around it, its domain in lower case.

    Raises:
        AddressError: it is none, or nobody can have it.

    """
    if len(text) > _LONGEST_NAMED:
        raise AddressError(f"it is longer than {_LONGEST_NAMED} characters")
    if "\r" in text or "\n" in text:
        raise AddressError("it has a line break")
    named = _NAMED.fullmatch(text)
    local, at, domain = (named[1] if named else text).strip().rpartition("@")
    if not at or "@" in local:
        raise AddressError("it must have exactly one @-sign")
    local = unicodedata.normalize("NFC", local)
    if not _LOCAL.fullmatch(local) or any(unicodedata.category(one).startswith(_UNSEEN) for one in local):
        raise AddressError("the part before the @-sign is not valid")
    domain = _domain(domain)
    whole = f"{local}@{domain}"
    if len(whole.encode()) > _LONGEST:
        raise AddressError(f"it is longer than {_LONGEST} characters")
    return whole


def _domain(text: str) -> str:
    found = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text.translate(_DOTS)).lower())
    try:
        if "xn--" in found and found.isascii():
            found = found.encode("ascii").decode("idna")
        written = found if found.isascii() else found.encode("idna").decode("ascii")
    except UnicodeError:
        raise AddressError("the part after the @-sign is not valid") from None
    if any(not one.isascii() and unicodedata.category(one)[0] not in "LMN" for one in found):
        raise AddressError("the part after the @-sign is not valid")
    labels = written.split(".")
    if len(written) > 253 or not all(_LABEL.fullmatch(one) and (one[2:4] != "--" or one[:2] == "xn") for one in labels):
        raise AddressError("the part after the @-sign is not valid")
    if labels[-1] in _RESERVED:
        raise AddressError(f"nobody has a mailbox below .{labels[-1]}")
    if len(labels) < 2:
        raise AddressError("the part after the @-sign should have a period")
    if not labels[-1][-1].isalpha():
        raise AddressError("the part after the @-sign ends in no top-level domain")
    return found
