"""Requests that our services take, in this process: the recipes of the verifier, for the people of the seed data.

A recipe makes through the API whatever its request needs, so a request belongs to the state of the world in which it
was made: `Recipes.begin` forgets what was made since it was built, for a world that was put back.
"""

from __future__ import annotations

import tempfile
from typing import Any

import httpx
from flask import Flask

from specdouble.mock.boot import Platform
from specdouble.verify.api.api import load
from specdouble.verify.api.recipes import Ready
from specdouble.verify.running.opening import make_session
from specdouble.verify.settings.values import Settings

API = load("imperal")
URLS = {name: f"http://127.0.0.1:{number}" for number, name in enumerate(API.contract.by_name, 1)}
PEOPLE = {
    "admin": "admin@example.com:s3cure!admin",
    "user": "user@example.com:s3cure!",
    "user2": "viewer@example.com:s3cure!viewer",
    "developer": "dev@example.com:s3cure!dev",
}


class Seeded(API.pack.users):  # type: ignore[misc, name-defined]
    """The people of the seed data in place of new ones, wherever a recipe does not ask for somebody new."""

    makes = False
    plenty = False


class Recipes:
    """Makes requests on a platform of this process, without a port."""

    def __init__(self, platform: Platform, apps: dict[str, Flask]) -> None:
        options: Any = platform.world.options
        gateway, registry = URLS.values()
        settings = Settings(
            API, target=gateway, registry=registry, service_token=options.service_token, seed=1, **PEOPLE,
            registry_key=options.registry_key, stripe_secret=options.stripe_secret,
            journal=tempfile.mkdtemp(prefix="recipes-"),
        )  # fmt: skip
        self.session: Any = make_session(settings)
        self.session.users.__class__ = Seeded
        mounts: Any = {URLS[name]: httpx.WSGITransport(app=app) for name, app in apps.items()}
        self.session.client.http = self.session.control.http = httpx.Client(mounts=mounts, trust_env=False)
        users = self.session.users
        self.people = {one.id: one for one in (users.user, users.deputy, users.developer, users.other)}
        self._kept, self._shared = dict(users._kept), dict(self.session._shared)

    def begin(self) -> None:
        """Forget what was made: the world has been put back to what it was."""
        self.session.users._kept, self.session._shared = dict(self._kept), dict(self._shared)

    def ready(self, service: str, key: str) -> Ready:
        """Prepare a request to an operation of a service."""
        self.session.client.safety.given.clear()  # whose accounts they are does not matter here
        op = next(one for one in API.contract.ops if (one.service, one.key) == (service, key))
        made: Ready = self.session.ready(op)
        return made
