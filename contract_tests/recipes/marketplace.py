"""The marketplace: browsing, and installing apps (`/v1/marketplace/…`, without the reviews)."""

from __future__ import annotations

from contract_tests.apps import install, shop
from contract_tests.recipes import Read, Ready, recipe
from contract_tests.stage import Stage


@recipe("GET /v1/marketplace/apps")
def browse(stage: Stage) -> Ready:
    """Search for an app of this run, with every parameter."""
    query = {
        "search": shop(stage).app_id, "category": "productivity", "sort": "name",
        "page": 1, "per_page": 7, "limit": 7, "offset": 0,
    }  # fmt: skip
    return Ready(stage.cast.user.bearer, stage.cast.user, query=query)


@recipe("GET /v1/marketplace/apps/{app_id}")
def detail(stage: Stage) -> Ready:
    """Read the page of an app."""
    return Ready(stage.cast.user.bearer, stage.cast.user, {"app_id": shop(stage).app_id})


@recipe("GET /v1/marketplace/apps/{app_id}/webhooks")
def webhooks(stage: Stage) -> Ready:
    """List the webhooks of an app that declares some."""
    return Ready(params={"app_id": shop(stage).app_id})


@recipe("GET /v1/marketplace/apps/{app_id}/icon")
def icon(stage: Stage) -> Ready:
    """Read the icon of an app."""
    return Ready(params={"app_id": shop(stage).app_id})


@recipe("GET /v1/marketplace/featured")
def featured(stage: Stage) -> Ready:
    """Read what is featured."""
    return Ready(stage.cast.user.bearer, stage.cast.user, query={"limit": 3})


@recipe("GET /v1/marketplace/categories", "GET /v1/marketplace/categories/catalog")
def categories(stage: Stage) -> Ready:
    """Read the categories; one holds an app at least."""
    shop(stage)
    return Ready()


@recipe("GET /v1/marketplace/developer/{developer_id}")
def developer_page(stage: Stage) -> Ready:
    """Read the page of a developer, by the id that the card of their app shows."""
    app_id = {"app_id": shop(stage).app_id}
    developer_id = stage.send("GET /v1/marketplace/apps/{app_id}", params=app_id)["developer_id"]
    return Ready(stage.cast.user.bearer, stage.cast.user, {"developer_id": developer_id})


@recipe("POST /v1/marketplace/apps/{app_id}/install")
def install_app(stage: Stage) -> Ready:
    """Let somebody new install an app."""
    person = stage.cast.new()
    watch = (Read("GET /v1/me/extensions", person.bearer),)
    return Ready(person.bearer, person, {"app_id": shop(stage).app_id}, body={}, watch=watch)


@recipe("DELETE /v1/marketplace/apps/{app_id}/install")
def uninstall_app(stage: Stage) -> Ready:
    """Let somebody uninstall what they just installed."""
    person, app_id = stage.cast.new(), shop(stage).app_id
    install(stage, person, app_id)
    return Ready(person.bearer, person, {"app_id": app_id}, watch=(Read("GET /v1/me/extensions", person.bearer),))
