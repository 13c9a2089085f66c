"""The part of app authors in the control plane: manifests, pages of the web, OAuth providers, webhook handlers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from specdouble.mock.kit import Doc, Problem, World, control

from .. import _controls
from ..developer import _developers, _manifests
from ..identity import _people
from . import _apps, _catalogue, _lifecycle, _listing, _oauth

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}[a-z0-9]")
TEXTS = ("name", "description", "icon")


@control(
    "POST /__mock__/extensions",
    "Make a local app known: the body is its imperal.json (?developer=email&install=email)",
    whole=dict,
)
def know_extension(world: World, params: Doc, body: Doc) -> Doc:
    """Make an app of a manifest known and live: browsable, installable, callable, its webhooks and secrets declared.

    ``developer`` names whose it is (default: the first seeded developer), ``install`` for whom to install it. A second
    time replaces the manifest; the owner stays.
    """
    app_id = body.get("app_id")
    if not isinstance(app_id, str) or not SLUG.fullmatch(app_id):
        raise Problem(422, f"app_id must be a slug such as my-app, not {app_id!r}; send the content of imperal.json.")
    wrong = [name for name in TEXTS if not isinstance(body.get(name, ""), str)]
    if wrong:
        raise Problem(422, f"{wrong[0]} must be a text.")
    manifest = _manifests.read(body)
    held = world.state["apps"].get(app_id)
    if held is not None and held["developer_id"] == _apps.FIRST_PARTY:
        raise Problem(409, f"{app_id!r} is built in, and its functions are here. Give yours another app_id.")
    for_whom = _person(world, params["install"]) if "install" in params else None
    app = held or _new(world, params, app_id, body)
    system = manifest.get("system", False) is True
    changes = {"manifest_json": manifest, "tools_json": None, "version": manifest.get("version"), "system": system}
    app = world.state["apps"].update(app_id, **changes, name=body.get("name") or app["name"], status="active")
    _lifecycle.register(world, app)
    _catalogue.set_status(world, app_id, "active")
    sections = _manifests.registry_sections(app)
    _catalogue.push_tools(world, app_id, _manifests.registry_tools(app), sections, app["version"])
    if system:
        _lifecycle.install_for_everybody(world, app_id)
    if for_whom is not None:
        _apps.install(world, for_whom["imperal_id"], app_id)
    return {
        "app_id": app_id,
        "developer_id": app["developer_id"],
        "status": app["status"],
        "functions": [one["name"] for one in _apps.listed_functions(app)],
        "webhooks": _manifests.webhooks(app),
        "installed_for": for_whom["imperal_id"] if for_whom else None,
    }


def _new(world: World, params: Doc, app_id: str, body: Doc) -> Doc:
    developer = _developer(world, params.get("developer"))
    texts = {name: body[name] for name in TEXTS if body.get(name)}
    split = _developers.tier(developer)["revenue_split_dev"]
    made = _listing.draft(world, developer, {"name": app_id, "category": "general", **texts, "app_id": app_id}, split)
    return world.state["apps"].add(made)


def _developer(world: World, named: Any) -> Doc:
    developers = world.state["developers"]
    if named is None:
        found = next(iter(developers), None)
    else:
        found = _developers.by_id(world, str(named)) or developers.get(_person(world, named)["imperal_id"])
    if found is None:
        raise Problem(404, f"There is no developer {named!r}. POST /v1/developer/register enrols one.")
    return found


def _person(world: World, named: Any) -> Doc:
    """Find a person by e-mail (of the tenant default) or by imperal_id."""
    user = world.state["users"].get(str(named)) or _people.by_email(world, str(named), "default")
    if user is None:
        raise Problem(404, f"There is no person {named!r}; name one by e-mail or by imperal_id.")
    return user


@control(
    "POST /__mock__/pages",
    "Let the web search find a page: {url, title, text, category}",
    url=str,
    title=str,
    text=str,
    category=(str, type(None)),
)
def add_page(world: World, _params: Doc, body: Doc) -> Doc:
    """Add a page to what ``web-search`` knows, or replace it; this server reaches no web."""
    url, title, text = body.get("url"), body.get("title"), body.get("text")
    category = body.get("category")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Problem(422, f"url must be the address of a page, such as https://example.com/a, not {url!r}.")
    if not isinstance(title, str) or not isinstance(text, str) or not isinstance(category, str | None):
        raise Problem(422, "Send {url, title, text} as texts, and category as a text if there is one.")
    now = world.clock.stamp()
    return world.state["web_pages"].put(
        {"url": url, "title": title, "text": text, "category": category, "published_at": now}
    )


@control(
    "POST /__mock__/oauth/{provider}/token",
    "Play a provider's token endpoint: {grant_type, refresh_token}",
    grant_type=str,
    refresh_token=str,
    client_id=str,
    client_secret=str,
    scope=str,
)
def oauth_token(world: World, params: Doc, body: Doc) -> Doc:
    """Refresh the access token of a connected account, as the provider would (a form is understood, too)."""
    if params["provider"] not in _oauth.NAMES:
        raise Problem(404, f"There is no provider {params['provider']!r}; there are {', '.join(_oauth.NAMES)}.")
    if body.get("grant_type") != "refresh_token" or not isinstance(body.get("refresh_token"), str):
        raise Problem(400, "unsupported_grant_type: send grant_type=refresh_token and the refresh_token.")
    return _oauth.refresh(world, params["provider"], body["refresh_token"])


@control(
    "POST /__mock__/oauth/{app_id}/{provider}/state",
    'Issue the signed state of a callback: {"user_id": …}',
    email=str,
    tenant_id=str,
    user_id=str,
)
def oauth_state(world: World, params: Doc, body: Doc) -> Doc:
    """Issue the signed, single-use state with which a provider's redirect comes back (rule W06)."""
    app, provider = _controls.app(world, params["app_id"]), params["provider"]
    if _oauth.provider(app, provider) is None:
        raise Problem(404, f"{app['app_id']} does not declare the provider {provider!r}.")
    state = _oauth.issue_state(world, app["app_id"], provider, _controls.person(world, body)["imperal_id"])
    return {"state": state, "callback": f"/v1/ext/{app['app_id']}/oauth/{provider}/callback?code=any&state={state}"}


@control(
    "POST /__mock__/ext/{app_id}/webhook",
    "Script a handler: {path, method, answer: {status_code, headers, body}}",
    path=str,
    method=str,
    answer=(dict, type(None)),
    fails=bool,
)
def script_webhook(world: World, params: Doc, body: Doc) -> Doc:
    """Let an app's webhook handler answer in its own words (rule W02) or fail (``{"fails": true}``)."""
    app, method = _controls.app(world, params["app_id"]), str(body.get("method", "POST")).upper()
    path, answer = str(body.get("path", "")).strip("/"), body.get("answer")
    if {"path": path, "method": method} not in [
        {**one, "path": one["path"].strip("/")} for one in _manifests.webhooks(app)
    ]:
        raise Problem(404, f"{app['app_id']} declares no {method} webhook at {path!r}.")
    status = answer.get("status_code", 200) if isinstance(answer, dict) else 200
    headers = answer.get("headers") or {} if isinstance(answer, dict) else {}
    if not isinstance(answer, dict | None) or not isinstance(status, int) or not 200 <= status <= 599:
        raise Problem(422, "answer is an object; its status_code is a number from 200 to 599.")
    if not isinstance(headers, dict) or any(
        "\n" in f"{name}{text}" or "\r" in f"{name}{text}" for name, text in headers.items()
    ):
        raise Problem(422, "headers is an object of names and texts without line breaks.")
    scripted = {"id": f"{method} {app['app_id']}/{path}", "answer": answer, "fails": body.get("fails") is True}
    return world.state["webhook_answers"].put(scripted)
