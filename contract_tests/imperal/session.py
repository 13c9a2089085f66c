"""The session of a run against Imperal Cloud: its people, its parts, and the sessions of people who were given."""

from __future__ import annotations

from contextlib import suppress

from specdouble.verify import kit
from specdouble.verify.kit import SettingsError

from .parts import Parts
from .people import Person
from .safety import LOGOUT
from .users import TestUsers


class Session(kit.Session):
    """What tests and recipes of this pack get as `session`."""

    users: TestUsers
    parts: Parts

    def end_sessions(self) -> None:
        """End the sessions that given people have because of this process."""
        safety = self.client.safety
        for session in [one for one, (whose, _) in safety.opened.items() if whose in safety.given]:
            if self.client.send(LOGOUT, body={"refresh_token": safety.opened[session][1]}, check=False).ok:
                with suppress(SettingsError):  # a run that only reads needs no journal
                    self.journal.write("ended", session=session)
            del safety.opened[session]


def veteran(session: Session) -> Person:
    """Return somebody who has used the platform: the user who was given, even where the run makes people of its own."""
    if not session.settings.user:
        return session.users.user
    found: Person = session.shared("the given user", lambda: session.users.given("user"))
    if found.stale:
        session.users.login(found)
    return found
