"""E-mails: what kinds there are, what an administrator has changed about them, and the log of all that went out.

A kind is called a case. Nothing is ever sent: what would be stands in the world's outbox, which the control plane
shows, and in the log, which also knows what was skipped and why.
"""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World

# case: what it is for, the built-in subject, the built-in text
CASES: dict[str, tuple[str, str, str]] = {
    "verify_email": (
        "Sent after sign-up, with the token that confirms the address.",
        "Verify your e-mail address",
        "Welcome. Confirm your address with this token: {token}",
    ),
    "renewal_success": (
        "Sent when a plan was renewed.",
        "Your plan was renewed",
        "Your plan {plan} was renewed.",
    ),
    "payment_failed": (
        "Sent when a renewal was declined; the card is tried again.",
        "Your payment failed",
        "We could not charge your card for the plan {plan}. We will try again.",
    ),
    "plan_expired": (
        "Sent when a plan ran out unpaid.",
        "Your plan has expired",
        "Your plan {plan} has expired. Renew it to go on.",
    ),
    "plan_ended": (
        "Sent when a cancelled plan reached its end.",
        "Your plan has ended",
        "Your plan {plan} has ended. You are on the free plan now.",
    ),
    "auto_topup_failed": (
        "Sent when automatic top-up could not charge the card.",
        "Automatic top-up failed and is switched off",
        "We could not buy {tokens} tokens for you. Choose another card and switch automatic top-up on again.",
    ),
}
UNCHANGED: Doc = {
    "subject": "",
    "html_body": "",
    "text_body": "",
    "enabled": True,
    "updated_by": None,
    "updated_at": None,
}
CHANGEABLE = ("subject", "html_body", "text_body", "enabled")


def template(world: World, case: str) -> Doc:
    """Return one kind of e-mail with what was changed about it (an EmailTemplate); refuses with 404 another kind."""
    if case not in CASES:
        raise Problem(404, f"There is no e-mail {case[:80]!r}. GET /v1/internal/email/templates lists them.")
    description, subject, text = CASES[case]
    own = {**UNCHANGED, **(world.state["email_templates"].get(case) or {})}
    return {
        **own,
        "case": case,
        "description": description,
        "subject": own["subject"] or subject,
        "default_subject": subject,
        "default_text_preview": text,
        "has_custom_body": bool(own["html_body"] or own["text_body"]),
    }


def change(world: World, case: str, given: Doc, by: str) -> Doc:
    """Change what was sent about a kind of e-mail; an empty text stands for the built-in one again."""
    template(world, case)
    held = world.state["email_templates"].get(case) or {**UNCHANGED, "case": case}
    sent = {name: given[name] for name in CHANGEABLE if name in given}
    world.state["email_templates"].put({**held, **sent, "updated_by": by, "updated_at": world.clock.stamp()})
    return template(world, case)


def send(
    world: World, case: str, to: str, *, user_id: str | None = None, dedup_key: str | None = None, **content: object
) -> Doc:
    """Send an e-mail and return its entry of the log.

    Its ``status`` is ``skipped_disabled`` for a kind that is switched off, ``skipped_dedup`` when one with that
    ``dedup_key`` went out before, and ``failed`` for what is no address. ``content`` fills the text's ``{names}``.
    """
    kind = template(world, case)
    status, error = "sent", None
    if not kind["enabled"]:
        status = "skipped_disabled"
    elif dedup_key is not None and world.state["email_log"].first(dedup_key=dedup_key, status="sent"):
        status = "skipped_dedup"
    elif "@" not in to:
        status, error = "failed", f"{to[:80]!r} is no e-mail address."
    number = world.serial("email_log")
    if status == "sent":
        text = _filled(kind["text_body"] or kind["default_text_preview"], content)
        html = {"html": _filled(kind["html_body"], content)} if kind["html_body"] else {}
        world.mail(to, kind["subject"], case=case, user_id=user_id, text=text, **html, **content)
    return world.state["email_log"].add(
        {
            "id": number,
            "case": case,
            "to_email": to,
            "user_id": user_id,
            "subject": kind["subject"],
            "status": status,
            "provider_message_id": f"pm-{number}" if status == "sent" else None,
            "dedup_key": dedup_key,
            "tag": None,
            "error": error,
            "created_at": world.clock.stamp(),
        }
    )


def _filled(text: str, content: Doc) -> str:
    for name, value in content.items():
        text = text.replace("{" + name + "}", str(value))
    return text
