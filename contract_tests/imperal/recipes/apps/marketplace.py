"""The marketplace: browsing, and installing apps (`/v1/marketplace/…`, without the reviews)."""

from __future__ import annotations

from specdouble.verify.kit import NOBODY, Read, Ready, Unmet, perhaps, promised, put_back, recipe, rows

from ...people import Person
from ...session import Session
from ...shared.apps import install, listed, live_app, page, seen_app


def _anybody(session: Session) -> Ready:
    """Return a request of a user; where nobody signs in, of nobody."""
    user = perhaps(session, lambda: session.users.user)
    return Ready(user.bearer if user else NOBODY, user)


@recipe("GET /v1/marketplace/apps")
def browse(session: Session) -> Ready:
    """Search for an app of this run, with every parameter."""
    query = {
        "search": seen_app(session), "category": "productivity", "sort": "name",
        "page": 1, "per_page": 7, "limit": 7, "offset": 0,
    }  # fmt: skip
    return _anybody(session).but(query=query)


@recipe("GET /v1/marketplace/apps/{app_id}")
def detail(session: Session) -> Ready:
    """Read the page of an app."""
    return _anybody(session).but(params={"app_id": seen_app(session)})


@recipe("GET /v1/marketplace/apps/{app_id}/webhooks")
def webhooks(session: Session) -> Ready:
    """List the webhooks of an app that declares some."""
    return Ready(params={"app_id": seen_app(session)})


@recipe("GET /v1/marketplace/apps/{app_id}/icon")
def icon(session: Session) -> Ready:
    """Read the icon of an app."""
    return Ready(params={"app_id": seen_app(session)})


@recipe("GET /v1/marketplace/featured")
def featured(session: Session) -> Ready:
    """Read what is featured."""
    return _anybody(session).but(query={"limit": 3})


@recipe("GET /v1/marketplace/categories", "GET /v1/marketplace/categories/catalog")
def categories(session: Session) -> Ready:
    """Read the categories; one holds an app at least."""
    perhaps(session, lambda: live_app(session))
    return Ready()


@recipe("GET /v1/marketplace/developer/{developer_id}")
def developer_page(session: Session) -> Ready:
    """Read the page of a developer, by the id that the card of their app shows."""
    developer_id = page(session, seen_app(session))["developer_id"]
    return _anybody(session).but(params={"developer_id": developer_id})


def _without(session: Session) -> tuple[Person, str]:
    """Return somebody new and an app that they do not have; a given user will not have it again at the end."""

    def choose() -> str:
        had = {one["app_id"] for one in rows(session, "GET /v1/me/extensions", person)}
        for one in listed(session):
            if one["app_id"] not in had and one.get("pricing_model") == "free":
                return str(one["app_id"])
        raise Unmet("a free app is needed that the given user does not have")

    if session.users.plenty or session.settings.local:
        return session.users.new(), live_app(session).app_id
    person, undo = session.users.user, "DELETE /v1/marketplace/apps/{app_id}/install"
    where = promised(session, person, "install") or {"app_id": str(session.shared("an app not installed", choose))}
    put_back(session, person, "install", undo, where, lets="POST /v1/marketplace/apps/{app_id}/install")
    perhaps(session, lambda: session.send(undo, person, params=where, check=False))
    return person, where["app_id"]


@recipe("POST /v1/marketplace/apps/{app_id}/install")
def install_app(session: Session) -> Ready:
    """Let somebody new install an app."""
    person, app_id = _without(session)
    watch = (Read("GET /v1/me/extensions", person.bearer),)
    return Ready(person.bearer, person, {"app_id": app_id}, body={}, watch=watch)


@recipe("DELETE /v1/marketplace/apps/{app_id}/install")
def uninstall_app(session: Session) -> Ready:
    """Let somebody uninstall what they just installed."""
    person, app_id = _without(session)
    install(session, person, app_id)
    return Ready(person.bearer, person, {"app_id": app_id}, watch=(Read("GET /v1/me/extensions", person.bearer),))
