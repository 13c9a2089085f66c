"""What Stripe and Google send (`/v1/webhooks`)."""

from __future__ import annotations

import base64
import json

from specdouble.verify.kit import Read, Ready, Unmet, perhaps, recipe

from ...session import Session
from ...shared import money


@recipe("POST /v1/webhooks/stripe")
def stripe(session: Session) -> Ready:
    """Report, signed, that a top-up was paid."""
    if not session.settings.stripe_secret:
        raise Unmet("no secret of Stripe's webhooks was given: --stripe-secret")
    holder = money.buyer(session)
    intent = money.topup(session, holder, 5000)
    event = {
        "id": f"evt_{session.users.fresh('e')}",
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": intent}},
    }
    data = json.dumps(event).encode()
    watch = tuple(Read(f"GET /v1/billing/{path}", holder.bearer) for path in ("balance", "wallet/history", "payments"))
    headers = {"Stripe-Signature": session.users.signature(data), "Content-Type": "application/json"}
    return Ready(person=holder, content=data, headers=headers, watch=watch)


@recipe("POST /v1/webhooks/gmail")
def gmail(session: Session) -> Ready:
    """Push a notice about somebody's mailbox."""
    user = perhaps(session, lambda: session.users.user)
    email = user.email if user else f"{session.users.fresh('mailbox')}@example.com"
    notice = json.dumps({"emailAddress": email, "historyId": 1001}).encode()
    message = {
        "data": base64.b64encode(notice).decode(),
        "messageId": "100000000000001",
        "publishTime": "2026-06-21T10:00:00Z",
    }
    body = {"message": message, "subscription": "projects/example-project/subscriptions/gmail-push"}
    return Ready(person=user, body=body)
