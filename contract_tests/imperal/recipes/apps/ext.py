"""What the outside world sends to apps (`/v1/ext/{app_id}`): webhooks and OAuth redirects; and an app's health."""

from __future__ import annotations

import json

from specdouble.verify.kit import NOBODY, Read, Ready, Unmet, perhaps, recipe, rows

from ...session import Session
from ...shared import apps


def _hook(session: Session) -> dict[str, str]:
    """Return a webhook for GET that an app of the marketplace declares."""
    for one in apps.listed(session):
        where = {"app_id": str(one["app_id"])}
        for hook in rows(session, "GET /v1/marketplace/apps/{app_id}/webhooks", NOBODY, params=where):
            if hook["method"] == "GET":
                return {**where, "path": str(hook["path"])}
    raise Unmet("an app with a webhook for GET is needed: none of the marketplace declares one, and the run can make "
                "one with --allow-writes and --service-token")  # fmt: skip


@recipe("GET /v1/ext/{app_id}/webhook/{path}")
def verify(session: Session) -> Ready:
    """Call a webhook that an app declares for GET."""
    shop = perhaps(session, lambda: apps.whole_app(session))
    if shop is None:
        return Ready(params=_hook(session))
    watch = (Read("GET /v1/actions", shop.owner.bearer, query={"app_id": shop.app_id}),)
    return Ready(params={"app_id": shop.app_id, "path": apps.GET_HOOK}, watch=watch)


@recipe("POST /v1/ext/{app_id}/webhook/{path}")
def receive(session: Session) -> Ready:
    """Send an event to a webhook whose path has several segments."""
    shop = apps.whole_app(session)
    data = json.dumps({"event": "order.paid", "order_id": session.users.fresh("o")}).encode()
    watch = (Read("GET /v1/actions", shop.owner.bearer, query={"app_id": shop.app_id}),)
    headers = {"Content-Type": "application/json"}
    return Ready(params={"app_id": shop.app_id, "path": apps.DEEP_HOOK}, content=data, headers=headers, watch=watch)


@recipe("GET /v1/ext/{app_id}/health")
def health(session: Session) -> Ready:
    """Read the last known health of an app."""
    return Ready(params={"app_id": apps.seen_app(session)})


@recipe("GET /v1/ext/{app_id}/oauth/{provider}/callback")
def callback(session: Session) -> Ready:
    """Come back from the provider with a state that was signed for somebody."""
    shop, user = apps.whole_app(session), session.users.user
    state = session.parts.state(shop.app_id, apps.PROVIDER, user.imperal_id)
    params = {"app_id": shop.app_id, "provider": apps.PROVIDER}
    return Ready(person=user, params=params, query={"code": session.users.fresh("code"), "state": state}, once=True)
