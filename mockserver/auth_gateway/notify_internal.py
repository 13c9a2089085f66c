"""Notifications of apps to their users, on the channels that the user's settings choose."""

from __future__ import annotations

from typing import Any

from mockserver.auth_gateway import _kernel, _settings
from mockserver.kit import Call, Doc, op

BELL = "bell"  # the panel's own, which every event stream of the user carries
NAMED = ("user_id", "message", "channel", "extension_id", "priority", "subject", "body")


@op("POST /v1/internal/notify")
def notify(call: Call) -> Doc:
    """Keep a notification and deliver it: to the event stream, and into the outbox where e-mail is chosen.

    The caller's ``channel`` is a wish that is only kept: the settings decide. Further fields are kept too.
    """
    user, app_id, body = _kernel.named_person(call), _kernel.named_app(call), call.body
    channels = chosen(_settings.value(call.world, user, "notifications"), app_id)
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
    if BELL in channels:
        names = ("app_id", "message", "subject", "body", "priority", "channels")
        payload = {"kind": "app", "notification_id": notification["id"], **{name: notification[name] for name in names}}
        call.world.emit(user["imperal_id"], "notification", payload)
    if "email" in channels:
        subject, text = body.get("subject") or body["message"], body.get("body") or body["message"]
        call.world.mail(user["email"], subject, user_id=user["imperal_id"], app_id=app_id or None, text=text)
    return {"notification_id": notification["id"], "channels": channels}


def chosen(settings: Any, app_id: str) -> list[str]:
    """Return the channels that notification settings choose for an app: its own row, else the default one.

    Both shapes that clients write are read: ``{enabled, default: [channel], apps: {app: [channel]}}``, and switches
    such as ``{"email": true, "push": false}``, beside which the bell always rings.
    """
    if not isinstance(settings, dict):
        return [BELL]
    if settings.get("enabled") is False:
        return []
    apps, default = settings.get("apps"), settings.get("default")
    row = apps.get(app_id, default) if isinstance(apps, dict) else default
    if isinstance(row, list):
        return list(dict.fromkeys(one for one in row if isinstance(one, str)))
    switches = [name for name, on in settings.items() if on is True and name != "enabled"]
    return list(dict.fromkeys([BELL, *switches]))
