"""What the outside world sends to apps (`/v1/ext/{app_id}`): webhooks and OAuth redirects; and an app's health."""

from __future__ import annotations

import json

from specdouble.verify.kit import NOBODY, Read, Ready, Stage, Unmet, perhaps, recipe, rows

from ... import apps


def _hook(stage: Stage) -> dict[str, str]:
    """Return a webhook for GET that an app of the marketplace declares."""
    for one in apps.listed(stage):
        where = {"app_id": str(one["app_id"])}
        for hook in rows(stage, "GET /v1/marketplace/apps/{app_id}/webhooks", NOBODY, params=where):
            if hook["method"] == "GET":
                return {**where, "path": str(hook["path"])}
    raise Unmet("an app with a webhook for GET is needed: none of the marketplace declares one, and the run can make "
                "one with --allow-writes and --service-token")  # fmt: skip


@recipe("GET /v1/ext/{app_id}/webhook/{path}")
def verify(stage: Stage) -> Ready:
    """Call a webhook that an app declares for GET."""
    shop = perhaps(stage, lambda: apps.whole_app(stage))
    if shop is None:
        return Ready(params=_hook(stage))
    watch = (Read("GET /v1/actions", shop.owner.bearer, query={"app_id": shop.app_id}),)
    return Ready(params={"app_id": shop.app_id, "path": apps.GET_HOOK}, watch=watch)


@recipe("POST /v1/ext/{app_id}/webhook/{path}")
def receive(stage: Stage) -> Ready:
    """Send an event to a webhook whose path has several segments."""
    shop = apps.whole_app(stage)
    data = json.dumps({"event": "order.paid", "order_id": stage.cast.fresh("o")}).encode()
    watch = (Read("GET /v1/actions", shop.owner.bearer, query={"app_id": shop.app_id}),)
    headers = {"Content-Type": "application/json"}
    return Ready(params={"app_id": shop.app_id, "path": apps.DEEP_HOOK}, content=data, headers=headers, watch=watch)


@recipe("GET /v1/ext/{app_id}/health")
def health(stage: Stage) -> Ready:
    """Read the last known health of an app."""
    return Ready(params={"app_id": apps.seen_app(stage)})


@recipe("GET /v1/ext/{app_id}/oauth/{provider}/callback")
def callback(stage: Stage) -> Ready:
    """Come back from the provider with a state that was signed for somebody."""
    shop, user = apps.whole_app(stage), stage.cast.user
    state = stage.parts.state(shop.app_id, apps.PROVIDER, user.imperal_id)
    params = {"app_id": shop.app_id, "provider": apps.PROVIDER}
    return Ready(person=user, params=params, query={"code": stage.cast.fresh("code"), "state": state}, once=True)
