"""Notifications of apps to their users, on the channels that the user's settings choose."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..identity import _settings
from . import _kernel, _notices

NAMED = ("user_id", "message", "channel", "extension_id", "priority", "subject", "body")


@op("POST /v1/internal/notify")
def notify(call: Call) -> Doc:
    """Keep a notification and deliver it: to the event stream, and into the outbox where e-mail is chosen.

    The app need not be registered: authors try their code before that. The caller's ``channel`` is a wish that is
    only kept: the settings decide. Further fields are kept too.
    """
    user, app_id, body = _kernel.named_person(call), call.body.get("extension_id") or "", call.body
    channels = _notices.chosen(_settings.value(call.world, user, "notifications"), app_id)
    notification = {
        "id": call.world.ids.new("ntf_", 12),
        "user_id": user["imperal_id"],
        "app_id": app_id or None,
        "message": body["message"],
        "subject": body.get("subject"),
        "body": body.get("body"),
        "priority": body.get("priority", "normal"),
        "channel": body.get("channel", "default"),
        "channels": channels,
        "more": {name: value for name, value in body.items() if name not in NAMED},
        "created_at": call.world.clock.stamp(),
    }
    call.state["notifications"].add(notification)
    if _notices.BELL in channels:
        names = ("app_id", "message", "subject", "body", "priority", "channels")
        payload = {"kind": "app", "notification_id": notification["id"], **{name: notification[name] for name in names}}
        call.world.emit(user["imperal_id"], "notification", payload)
    if "email" in channels:
        subject, text = body.get("subject") or body["message"], body.get("body") or body["message"]
        call.world.mail(user["email"], subject, user_id=user["imperal_id"], app_id=app_id or None, text=text)
    return {"notification_id": notification["id"], "channels": channels}
