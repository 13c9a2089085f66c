"""The marketplace: browsing, and installing apps (`/v1/marketplace/…`, without the reviews)."""

from __future__ import annotations

from specdouble.verify.kit import NOBODY, Person, Read, Ready, Stage, Unmet, perhaps, promised, put_back, recipe, rows

from ...apps import install, listed, live_app, page, seen_app


def _anybody(stage: Stage) -> Ready:
    """Return a request of a user; where nobody signs in, of nobody."""
    user = perhaps(stage, lambda: stage.cast.user)
    return Ready(user.bearer if user else NOBODY, user)


@recipe("GET /v1/marketplace/apps")
def browse(stage: Stage) -> Ready:
    """Search for an app of this run, with every parameter."""
    query = {
        "search": seen_app(stage), "category": "productivity", "sort": "name",
        "page": 1, "per_page": 7, "limit": 7, "offset": 0,
    }  # fmt: skip
    return _anybody(stage).but(query=query)


@recipe("GET /v1/marketplace/apps/{app_id}")
def detail(stage: Stage) -> Ready:
    """Read the page of an app."""
    return _anybody(stage).but(params={"app_id": seen_app(stage)})


@recipe("GET /v1/marketplace/apps/{app_id}/webhooks")
def webhooks(stage: Stage) -> Ready:
    """List the webhooks of an app that declares some."""
    return Ready(params={"app_id": seen_app(stage)})


@recipe("GET /v1/marketplace/apps/{app_id}/icon")
def icon(stage: Stage) -> Ready:
    """Read the icon of an app."""
    return Ready(params={"app_id": seen_app(stage)})


@recipe("GET /v1/marketplace/featured")
def featured(stage: Stage) -> Ready:
    """Read what is featured."""
    return _anybody(stage).but(query={"limit": 3})


@recipe("GET /v1/marketplace/categories", "GET /v1/marketplace/categories/catalog")
def categories(stage: Stage) -> Ready:
    """Read the categories; one holds an app at least."""
    perhaps(stage, lambda: live_app(stage))
    return Ready()


@recipe("GET /v1/marketplace/developer/{developer_id}")
def developer_page(stage: Stage) -> Ready:
    """Read the page of a developer, by the id that the card of their app shows."""
    developer_id = page(stage, seen_app(stage))["developer_id"]
    return _anybody(stage).but(params={"developer_id": developer_id})


def _without(stage: Stage) -> tuple[Person, str]:
    """Return somebody new and an app that they do not have; a given user will not have it again at the end."""

    def choose() -> str:
        had = {one["app_id"] for one in rows(stage, "GET /v1/me/extensions", person)}
        for one in listed(stage):
            if one["app_id"] not in had and one.get("pricing_model") == "free":
                return str(one["app_id"])
        raise Unmet("a free app is needed that the given user does not have")

    if stage.cast.plenty or stage.settings.local:
        return stage.cast.new(), live_app(stage).app_id
    person, undo = stage.cast.user, "DELETE /v1/marketplace/apps/{app_id}/install"
    where = promised(stage, person, "install") or {"app_id": str(stage.shared("an app not installed", choose))}
    put_back(stage, person, "install", undo, where, lets="POST /v1/marketplace/apps/{app_id}/install")
    perhaps(stage, lambda: stage.send(undo, person, params=where, check=False))
    return person, where["app_id"]


@recipe("POST /v1/marketplace/apps/{app_id}/install")
def install_app(stage: Stage) -> Ready:
    """Let somebody new install an app."""
    person, app_id = _without(stage)
    watch = (Read("GET /v1/me/extensions", person.bearer),)
    return Ready(person.bearer, person, {"app_id": app_id}, body={}, watch=watch)


@recipe("DELETE /v1/marketplace/apps/{app_id}/install")
def uninstall_app(stage: Stage) -> Ready:
    """Let somebody uninstall what they just installed."""
    person, app_id = _without(stage)
    install(stage, person, app_id)
    return Ready(person.bearer, person, {"app_id": app_id}, watch=(Read("GET /v1/me/extensions", person.bearer),))
