"""What the outside world sends to apps: webhooks and OAuth redirects; and the last known health of an app."""

from __future__ import annotations

from html import escape

import orjson

from specdouble.mock.kit import Call, Doc, Problem, Response, op

from ..developer import _developers, _manifests
from ..identity import _access
from ..rights import _trail
from . import _oauth

SCRIPTED = frozenset({"status_code", "headers", "body"})
REFUSED_CODE = "invalid_grant"  # the code that no provider exchanges: lets a test see a failing exchange
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Account connected</title></head><body>
<p>Your {provider} account is connected to {app}.</p>
<p><a href="https://panel.imperal.io/ext/{app_id}">Back to the panel</a></p>
</body></html>
"""


@op("GET /v1/ext/{app_id}/webhook/{path}", "POST /v1/ext/{app_id}/webhook/{path}")
def webhook(call: Call) -> Doc | Response:
    """Hand a request of anybody to the app's handler for that path and method (W01, E08).

    The handler is a stand-in that answers ``{"status": "ok"}``; the control plane scripts another answer (W02) or
    lets it fail, which is recorded and never the sender's problem. An action record says that it ran.
    """
    app = _app(call)
    path, method = call.params["path"].strip("/"), call.op.spec.method
    if not any(one["path"].strip("/") == path and one["method"] == method for one in _manifests.webhooks(app)):
        raise Problem(404, f"{app['app_id']} declares no {method} webhook at this path. Check its manifest.")
    scripted = call.state["webhook_answers"].get(f"{method} {app['app_id']}/{path}") or {}
    _record(call, app, path, failed=bool(scripted.get("fails")))
    answer = scripted.get("answer")
    return {"status": "ok"} if answer is None or scripted.get("fails") else _in_its_words(answer)


@op("GET /v1/ext/{app_id}/health")
def health(call: Call) -> Doc:
    """Show the last health snapshot that the kernel left; unknown until there is one."""
    app_id = call.params["app_id"]
    held = call.state["ext_health"].get(app_id)
    nothing = {"app_id": app_id, "status": "unknown", "healthy": None, "checked_at": None, "details": None}
    return call.show(held or nothing)


@op("GET /v1/ext/{app_id}/oauth/{provider}/callback")
def oauth_callback(call: Call) -> Response:
    """Finish an OAuth dance: the signed state names the person, whose account the app's store then holds (W06)."""
    app, provider, query = _app(call), call.params["provider"], call.query
    declared = _oauth.provider(app, provider)
    if declared is None:
        raise Problem(404, f"{app['app_id']} does not declare the provider {provider[:80]!r}. Check its manifest.")
    if not query["state"]:
        raise Problem(400, "The state is missing. Start again from the panel.")
    user = _oauth.redeem_state(call.world, query["state"], app["app_id"], provider)
    if query["error"]:
        raise Problem(400, f"The provider reported {query['error'][:80]!r}. Start again from the panel.")
    if not query["code"] or query["code"] == REFUSED_CODE:
        raise Problem(400, "The provider exchanged no such code. Start again from the panel.")
    _oauth.store_account(call.world, user, app, declared)
    page = PAGE.format(
        provider=escape(_oauth.NAMES.get(provider, provider)), app=escape(app["name"]), app_id=escape(app["app_id"])
    )
    return Response(page.encode(), content_type="text/html; charset=utf-8")


def _app(call: Call) -> Doc:
    """Return the app in the path: its id, not the name of its code (rule W05)."""
    app = call.state["apps"].get(call.params["app_id"])
    if app is None or app["status"] not in _access.USABLE:
        raise Problem(404, f"There is no app {call.params['app_id'][:80]!r}. The path takes the id in its manifest.")
    return app


def _record(call: Call, app: Doc, path: str, *, failed: bool) -> None:
    """Write the action record of a webhook for the app's developer; the platform's own apps have none."""
    developer = _developers.by_id(call.world, app["developer_id"])
    owner = call.state["users"].get(developer["imperal_id"]) if developer else None
    if owner is None:
        return
    _trail.record_action(
        call.world,
        owner,
        app["app_id"],
        f"__webhook__{path}",
        action_type="write" if call.op.spec.method == "POST" else "read",
        status="failed" if failed else "success",
        error="The handler failed." if failed else None,
        message_preview=_trail.preview(f"{call.op.spec.method} /{path}, {len(call.raw)} bytes"),
        source="webhook",
    )


def _in_its_words(answer: Doc) -> Response:
    """Write what a handler returned: its status, headers and body when it names any, else its dict as JSON (W02)."""
    if not SCRIPTED & answer.keys():
        return Response(answer, foreign=True)
    body = answer.get("body", {"status": "ok"})
    headers = {str(name).lower(): str(value) for name, value in (answer.get("headers") or {}).items()}
    headers.pop("content-length", None)
    kind = headers.pop("content-type", "text/plain; charset=utf-8" if isinstance(body, str) else "application/json")
    raw = body.encode() if isinstance(body, str) else orjson.dumps(body)
    return Response(raw, int(answer.get("status_code", 200)), kind, tuple(headers.items()), foreign=True)
