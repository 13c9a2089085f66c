"""Everybody who was given to a run: who are peers, who has more rights, and how they are looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from specdouble.verify.api.credentials import Credential
from specdouble.verify.identities import calls, schemes, wfc
from specdouble.verify.identities.identity import Identity, nobody
from specdouble.verify.problems import SettingsError
from specdouble.verify.settings.values import HEADER


class Identities:
    """The people of a run, in the order in which they were given."""

    def __init__(self, people: Sequence[Identity] = ()) -> None:
        self.people = tuple(people)
        self.nobody = nobody()

    def __bool__(self) -> bool:
        return bool(self.people)

    @property
    def peers(self) -> tuple[Identity, ...]:
        """Those with ordinary rights; everybody where all names sound like more."""
        return tuple(one for one in self.people if not one.higher) or self.people

    @property
    def higher(self) -> tuple[Identity, ...]:
        """Those with more rights."""
        return tuple(one for one in self.people if one not in self.peers)

    @property
    def in_order(self) -> tuple[Identity, ...]:
        """Everybody, those with the fewest rights first: an operation is tried with them in this order."""
        return (*self.peers[:1], *self.higher, *self.peers[1:])

    @property
    def first(self) -> Identity:
        """The first peer, or nobody."""
        return self.peers[0] if self.people else self.nobody

    def other(self, than: Identity) -> Identity | None:
        """Return a peer who is somebody else, if there is one."""
        return next((one for one in self.peers if one is not than), None)

    def of(self, credential: Credential) -> Identity | None:
        """Return whose credential it is."""
        return next((one for one in self.people if one.name == credential.name), None)

    def secrets(self) -> dict[str, str]:
        """Return the secrets of all of them by value, with what each one is."""
        found: dict[str, str] = {}
        for one in self.people:
            found |= one.secrets
        return found


def gather(
    auth: str, credentials: Sequence[str], declared: Mapping[str, Any], http: httpx.Client, base: str
) -> Identities:
    """Return the people of an auth file and of `SCHEME=VALUE` words; each is logged in.

    Args:
        auth: the path of a Web Fuzzing Commons auth file, or "".
        credentials: the words.
        declared: the security schemes of the document by name.
        http: sends the logins.
        base: the URL of the API.

    Raises:
        SettingsError: a file or a word cannot be used.
        TargetError: somebody cannot be logged in.

    """
    found: list[Identity] = []
    for entry in wfc.read(Path(auth).expanduser()) if auth else ():
        if entry.login is None:
            found.append(Identity(entry.name, {"": calls.static(entry)}))
            continue
        renew = partial(calls.log_in, http, base, entry)
        login = renew()
        found.append(Identity(entry.name, {"": login.credential}, renew, login))
    known = {one.name for one in found}
    found += [one for one in schemes.people(credentials, declared, http, base) if one.name not in known]
    for person in found:
        for name, value in person.everything.headers.items():
            if HEADER.search(value):
                raise SettingsError(
                    f"the credential of {person.name} has a character that no header can carry, in {name}: a line "
                    "break, or a letter beyond Latin-1. Look at what the file, the login or the command gives."
                )
    return Identities(found)
