"""The Registry as its rules see it: requests with the platform key, and an app's traces in every list."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Credential, Reply

from ...people import Person
from ...session import Session
from ...shared import registry
from .._rules import moment

Doc = dict[str, Any]
GONE = "no-such-specdouble-app"


FACTS = {
    "general": ("app_id", "display_name", "version", "namespace", "status", "created_at", "updated_at"),
    "monitoring": ("namespace",),
    "skeleton": ("sections",),
}


class Desk:
    """Sends requests with the platform key; `app_id`, `user` and `key_id` go into the path."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def ask(
        self, op: str, app_id: str | None = None, user: Person | str | None = None, *,
        who: Credential | None = None, **more: Any,
    ) -> Reply:  # fmt: skip
        """Send one request."""
        params = more.pop("params", {})
        if app_id is not None:
            params["app_id"] = app_id
        if user is not None:
            params["user_id"] = user.imperal_id if isinstance(user, Person) else user
        return self.session.send(op, who or self.session.users.registry, params=params, **more)

    def app(self, app_id: str) -> Doc:
        """Return the row of an app."""
        return dict(self.ask(registry.APP, app_id).need().json)

    def listed(self, app_id: str, **query: Any) -> Doc | None:
        """Return the row of an app in a list of apps, or None."""
        found = [one for one in self.ask(registry.APPS, query=query).need().json if one["app_id"] == app_id]
        return found[0] if found else None

    def ids(self, **query: Any) -> list[str]:
        """Return the ids in a list of apps."""
        return [str(one["app_id"]) for one in self.ask(registry.APPS, query=query).need().json]

    def tools(self, app_id: str) -> Doc:
        """Return the manifest of an app."""
        return dict(self.ask(registry.TOOLS, app_id).need().json)

    def settings(self, app_id: str) -> Doc:
        """Return the settings of an app."""
        return dict(self.ask(registry.SETTINGS, app_id).need().json)

    def chosen(self, app_id: str) -> Doc:
        """Return the settings of an app without what only tells of the app itself: its row, its tools, its keys."""
        found = {name: part for name, part in self.settings(app_id).items() if isinstance(part, dict)}
        for section, names in FACTS.items():
            found[section] = {name: value for name, value in found.get(section, {}).items() if name not in names}
        return found

    def keys(self, app_id: str) -> list[Doc]:
        """Return the rows of an app's keys."""
        return list(self.ask(registry.KEYS, app_id)["keys"])

    def installs(self, user: Person | str) -> list[Doc]:
        """Return the installs of a person."""
        return list(self.ask(registry.INSTALLS, user=user).need().json)

    def catalogued(self, app_id: str, user: Person | None = None) -> Doc | None:
        """Return the entry of an app in the catalogue, of everybody or of a person, or None."""
        query = {"user_id": user.imperal_id} if user else {}
        found = [one for one in self.ask(registry.CATALOG, query=query)["apps"] if one["app_id"] == app_id]
        return found[0] if len(found) == 1 else None

    def flat(self, app_id: str) -> list[Doc]:
        """Return the rows of an app in the list of all tools."""
        return [one for one in self.ask(registry.ALL_TOOLS).need().json if one["app_id"] == app_id]

    def everything(self, app_id: str) -> list[Any]:
        """Return all that the Registry knows of an app, to compare before with after."""
        return [self.app(app_id), self.tools(app_id), self.settings(app_id), self.keys(app_id)]


def later(check: Check, after: Any, before: Any, what: str, reply: Reply) -> None:
    """Check that a stamp moved; a server that writes whole seconds may show the same one."""
    fine = "." in f"{after}{before}"
    holds = moment(after) > moment(before) if fine else moment(after) >= moment(before)
    check.that(holds, f"{what} did not move", reply, expected=f"later than {before}", got=after, about=f"{what} moves")
