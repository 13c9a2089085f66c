"""What the outside world sends to apps (`/v1/ext/{app_id}`): webhooks and OAuth redirects; and an app's health."""

from __future__ import annotations

import json

from contract_tests import apps
from contract_tests.recipes import Read, Ready, recipe
from contract_tests.stage import Stage


@recipe("GET /v1/ext/{app_id}/webhook/{path}")
def verify(stage: Stage) -> Ready:
    """Call a webhook that an app declares for GET."""
    shop = apps.shop(stage)
    watch = (Read("GET /v1/actions", shop.owner.bearer, query={"app_id": shop.app_id}),)
    return Ready(params={"app_id": shop.app_id, "path": apps.GET_HOOK}, watch=watch)


@recipe("POST /v1/ext/{app_id}/webhook/{path}")
def receive(stage: Stage) -> Ready:
    """Send an event to a webhook whose path has several segments."""
    shop = apps.shop(stage)
    data = json.dumps({"event": "order.paid", "order_id": stage.cast.fresh("o")}).encode()
    watch = (Read("GET /v1/actions", shop.owner.bearer, query={"app_id": shop.app_id}),)
    headers = {"Content-Type": "application/json"}
    return Ready(params={"app_id": shop.app_id, "path": apps.DEEP_HOOK}, content=data, headers=headers, watch=watch)


@recipe("GET /v1/ext/{app_id}/health")
def health(stage: Stage) -> Ready:
    """Read the last known health of an app."""
    return Ready(params={"app_id": apps.shop(stage).app_id})


@recipe("GET /v1/ext/{app_id}/oauth/{provider}/callback")
def callback(stage: Stage) -> Ready:
    """Come back from the provider with a state that was signed for somebody."""
    shop, user = apps.shop(stage), stage.cast.user
    state = stage.control.post(f"oauth/{shop.app_id}/{apps.PROVIDER}/state", {"user_id": user.imperal_id})["state"]
    params = {"app_id": shop.app_id, "provider": apps.PROVIDER}
    return Ready(person=user, params=params, query={"code": stage.cast.fresh("code"), "state": state}, once=True)
