"""Faults of webhooks of apps, OAuth callbacks, health, and event streams."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from specdouble.mock.pipeline.call import Call, Caller, Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.mock.state.events import Listener
from specdouble.packs.imperal.mockserver.auth_gateway import policy
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _oauth, ext
from specdouble.packs.imperal.mockserver.auth_gateway.developer import _manifests
from specdouble.packs.imperal.mockserver.auth_gateway.rights import _trail
from tests.conftest import Client
from tests.planted.fault import Site, gateway
from tests.planted.gates import administrator, anybody, forgives, person
from tests.planted.makers import (
    around,
    before,
    crash,
    field,
    keeps,
    media,
    naive,
    silent,
    skips,
    store,
    swap,
)  # fmt: skip
from tests.planted.witness import ADA, GRACE, Witness, ok

add = gateway.add


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


GET, POST = "GET /v1/ext/{app_id}/webhook/{path}", "POST /v1/ext/{app_id}/webhook/{path}"
HEALTH, CALLBACK = "GET /v1/ext/{app_id}/health", "GET /v1/ext/{app_id}/oauth/{provider}/callback"
HOOK = "/v1/ext/tasks-board/webhook/incoming"


def callback(w: Witness, **more: str) -> Any:
    begun = ok(w.post("/__mock__/oauth/doc-shelf/google/state", {"user_id": ADA}))
    query = {"state": begun["state"], "code": "4/code", **more}
    return w.get("/v1/ext/doc-shelf/oauth/google/callback", query_string=query), query


add("ext-webhook-needs-login", "auth", POST, "A webhook asks for a credential.",
    around(lambda call, inner: inner(call) if call.headers.get("authorization") else refuse(401)),
    lambda w: w.post(HOOK, {}).status)  # fmt: skip
add("ext-webhook-any-path", "validation", POST, "A path that the app does not declare is answered.",
    around(lambda call, inner: inner(call) if call.params["path"] == "incoming" else {"status": "ok"}),
    lambda w: w.post("/v1/ext/tasks-board/webhook/other", {}).status)  # fmt: skip
add("ext-webhook-any-method", "validation", GET, "GET is answered where POST is declared.",
    swap(_manifests, "webhooks", lambda inner, app: [{**one, "method": "GET"} for one in inner(app)]),
    lambda w: w.get(HOOK).status)  # fmt: skip
add("ext-webhook-one-segment", "validation", POST, "A webhook has one segment only: the rest is cut off.",
    before(lambda call: call.params.update(path=call.params["path"].partition("/")[0])),
    lambda w: w.post(HOOK + "/more/parts", {}).status)  # fmt: skip
add("ext-webhook-unrecorded", "effects", POST, "A webhook leaves no action record.",
    skips(_trail, "record_action"),
    lambda w: (start := ok(w.barbara.get("/v1/actions"))["total"], w.post(HOOK, {}).status,
               ok(w.barbara.get("/v1/actions"))["total"] - start)[1:])  # fmt: skip
add("ext-webhook-failure-500", "500", POST, "A handler that gets no JSON is a crash.",
    crash(lambda call: call.raw and not call.raw.startswith(b"{")),
    lambda w: w.post(HOOK, data=b"plain text", content_type="text/plain").status)  # fmt: skip
add("ext-webhook-unknown-app-500", "500", GET, "A webhook of an app that is not there is a crash.",
    crash(lambda call: call.params["app_id"] not in call.state["apps"]),
    lambda w: w.get("/v1/ext/no-app/webhook/verify").status)  # fmt: skip
add("ext-webhook-of-suspended", "states", GET, "A suspended app takes webhooks.",
    swap(ext, "_app", lambda _inner, call: call.state["apps"].get(call.params["app_id"])),
    lambda w: (w.grace.post("/v1/admin/apps/tasks-board/status", {"status": "suspended"}).status,
               w.get("/v1/ext/tasks-board/webhook/verify").status))  # fmt: skip
add("ext-health-needs-login", "auth", HEALTH, "The health of an app asks for a credential.",
    around(lambda call, inner: inner(call) if call.headers.get("authorization") else refuse(401)),
    lambda w: w.get("/v1/ext/notes/health").status)  # fmt: skip
add("ext-health-status-up", "enum", HEALTH, "A healthy app is called up.",
    field("status", lambda text: text.replace("healthy", "up")),
    lambda w: ok(w.get("/v1/ext/notes/health"))["status"])  # fmt: skip
add("ext-health-unknown-404", "status", HEALTH, "An app without a snapshot is 404.",
    around(lambda call, inner: inner(call) if call.params["app_id"] in call.state["ext_health"] else refuse(404)),
    lambda w: w.get("/v1/ext/doc-shelf/health").status)  # fmt: skip
add("ext-health-naive", "timestamps", HEALTH, "checked_at has no offset.",
    naive("checked_at"), lambda w: ok(w.get("/v1/ext/notes/health"))["checked_at"][-1])  # fmt: skip
add("ext-health-healthy-text", "field", HEALTH, "healthy is a text.",
    field("healthy", str), lambda w: ok(w.get("/v1/ext/notes/health"))["healthy"])  # fmt: skip
add("ext-oauth-replayed", "rotation", CALLBACK, "A state works more than once.",
    keeps("oauth_states"),
    lambda w: (asked := callback(w)[1],
               w.get("/v1/ext/doc-shelf/oauth/google/callback", query_string=asked).status)[1])  # fmt: skip
add("ext-oauth-forged", "auth", CALLBACK, "The signature of a state is not checked.",
    swap(_oauth, "redeem_state", lambda inner, world, state, app_id, name: inner(
        world, state.partition(".")[0] + "." + _oauth._signature(world, state.partition(".")[0]), app_id, name)),
    lambda w: callback(w, state=_forged(w))[0].status)  # fmt: skip
add("ext-oauth-no-state", "validation", CALLBACK, "A callback without a state is a success.",
    around(lambda call, inner: inner(call) if call.query["state"] else Response(
        b"<p>ok</p>", content_type="text/html; charset=utf-8")),
    lambda w: w.get("/v1/ext/doc-shelf/oauth/google/callback?code=1").status)  # fmt: skip
add("ext-oauth-other-provider", "validation", CALLBACK, "A provider that is not declared is taken.",
    swap(_oauth, "provider", lambda inner, app, name: inner(app, name) or {"provider": name}),
    lambda w: w.get("/v1/ext/doc-shelf/oauth/yahoo/callback?code=1&state=x").status)  # fmt: skip
add("ext-oauth-json", "content-type", CALLBACK, "The page after connecting is sent as JSON.",
    around(lambda call, inner: replace(inner(call), content_type="application/json")),
    lambda w: callback(w)[0].headers["content-type"])  # fmt: skip


def _forged(w: Witness) -> str:
    state: str = ok(w.post("/__mock__/oauth/doc-shelf/google/state", {"user_id": GRACE}))["state"]
    return state.partition(".")[0] + ".0000"


# -- streams ---------------------------------------------------------------------------------------------------------

STREAM, STATS = "GET /v1/events/stream", "GET /v1/events/stats"
PATH = "/v1/events/stream"


def live(w: Witness, by: str = "ada", **more: Any) -> str:
    """What comes on Ada's stream when somebody takes a nickname."""
    who: Client = getattr(w, by)
    return w.frames(w.ada, PATH, lambda: ok(who.put("/v1/me/nickname", {"nickname": f"{by}-two"})), **more)


def missed(w: Witness) -> str:
    ok(w.ada.put("/v1/me/nickname", {"nickname": "ada-two"}))
    return w.frames(w.ada, PATH, headers={"Last-Event-ID": "0"})


def facts(text: str) -> Any:
    return [line.partition(":")[0] for line in text.splitlines()], "nickname" in text, text.endswith("\n\n")


def _listening(change: Any) -> Any:
    """Open the stream as usual, then change its listener."""

    def act(call: Call, inner: Any) -> Any:
        response = inner(call)
        change(call, response.stream)
        return response

    return around(act)


def _write(function: Any) -> Any:
    return _listening(lambda _call, listener: setattr(listener, "write", function(listener.write)))


def _unheard(call: Call, listener: Listener) -> None:
    """Keep a stream open to which nothing is told."""
    _moved(call, listener, "nobody")


def _moved(_call: Call, listener: Listener, user_id: str) -> None:
    listener.user_id = user_id  # it joins those of its user once the request is committed


add("events-stream-json", "streams", STREAM, "The stream is sent as application/json.",
    media("application/json"), lambda w: _kind(w))  # fmt: skip
add("events-stream-octets", "content-type", STREAM, "The stream is sent as octets.",
    media("application/octet-stream"), lambda w: _kind(w))  # fmt: skip
add("events-stream-everybodys", "streams", STREAM, "A stream carries the events of all people.",
    _listening(lambda call, listener: _moved(call, listener, GRACE)),
    lambda w: (facts(live(w, "grace")), facts(live(w, "ada"))))  # fmt: skip
add("events-stream-unframed", "streams", STREAM, "Events are sent as bare JSON lines.",
    _write(lambda write: lambda event: write(event).split(b"data: ")[1].rstrip(b"\n") + b"\n"),
    lambda w: facts(live(w)))  # fmt: skip
add("events-stream-no-blank-line", "streams", STREAM, "No blank line ends an event.",
    _write(lambda write: lambda event: write(event).rstrip(b"\n") + b"\n"), lambda w: facts(live(w)))  # fmt: skip
add("events-stream-no-ids", "streams", STREAM, "Events have no id.",
    _write(lambda write: lambda event: write(event).split(b"\n", 1)[1]), lambda w: facts(live(w)))  # fmt: skip
add("events-stream-silent", "streams", STREAM, "Nothing ever comes.",
    _listening(_unheard), lambda w: facts(live(w)))  # fmt: skip
add("events-stream-query-token", "streams", STREAM, "A token in the query is refused.",
    lambda site: _header_only(site),
    lambda w: w.frames(w, f"{PATH}?token={w.tokens('user@example.com')['access_token']}")[:5])  # fmt: skip
add("events-stream-anyone", "auth", STREAM, "Without a token the stream of a user opens.",
    forgives(person(ADA)), lambda w: w.frames(w, PATH)[:3])  # fmt: skip
add("events-stream-any-token", "auth", STREAM, "Any token in the query opens a stream.",
    forgives(lambda call: Caller("user", call.state["users"].get(ADA)) if "token=" in call.text_query else None),
    lambda w: w.frames(w, f"{PATH}?token=nonsense")[:3])  # fmt: skip
add("events-stream-forgets", "streams", STREAM, "Last-Event-ID brings nothing.",
    store("events", newest=lambda self, **_equals: iter(())), lambda w: facts(missed(w)))  # fmt: skip
add("events-stream-resumes-others", "isolation", STREAM, "Last-Event-ID brings what others missed.",
    store("events", newest=lambda self, **_equals: Store.newest(self)),
    lambda w: (ok(w.grace.put("/v1/me/nickname", {"nickname": "grace-two"})), "grace-two" in missed(w)))  # fmt: skip
add("events-stream-without-type", "field", STREAM, "Events do not say their type.",
    _write(lambda write: lambda event: write(event).replace(b'"type"', b'"kind"')),
    lambda w: '"type"' in live(w))  # fmt: skip
add("events-stream-naive", "timestamps", STREAM, "The times of events have no offset.",
    _write(lambda write: lambda event: write(event).replace(b'Z"}', b'"}')), lambda w: 'Z"}' in live(w))  # fmt: skip
add("events-stream-echoes-token", "secrets", STREAM, "A refused token is echoed in the refusal.",
    lambda site: _echo(site),
    lambda w: b"nonsense" in w.get(f"{PATH}?token=nonsense").content)  # fmt: skip
add("events-stats-user", "service-token", STATS, "Any user reads the figures of the hub.",
    forgives(anybody, 401, 403), lambda w: w.ada.get("/v1/events/stats").status)  # fmt: skip
add("events-stats-admin", "service-token", STATS, "An administrator reads the figures of the hub.",
    forgives(administrator, 401, 403), lambda w: w.grace.get("/v1/events/stats").status)  # fmt: skip
add("events-stats-fallback", "service-token", STATS, "A wrong service token falls back to the bearer's rights.",
    forgives(lambda call: policy._person(call) and Caller("service") if call.headers.get("x-service-token") else None),
    lambda w: w.ada.get("/v1/events/stats", headers={"X-Service-Token": "wrong"}).status)  # fmt: skip
add("events-stats-text", "field", STATS, "The figures are texts.",
    field("clients", str), lambda w: type(ok(w.svc.get("/v1/events/stats"))["clients"]).__name__)  # fmt: skip
add("events-missing-after-payment", "effects", "POST /v1/billing/topup/confirm", "A paid top-up publishes no event.",
    silent(),
    lambda w: (intent := ok(w.ada.post("/v1/billing/topup", {"tokens": 9000, "price_cents": 900})),
               ok(w.svc.post("/v1/billing/topup/confirm", {"payment_intent_id": intent["payment_intent_id"]})),
               "completed" in w.frames(w.ada, PATH, headers={"Last-Event-ID": "0"}))[2])  # fmt: skip
add("events-missing-after-call", "effects", "POST /v1/extensions/{app_id}/call", "A call publishes no event.",
    silent(),
    lambda w: (ok(w.ada.post("/v1/extensions/tasks-board/call", {"user_id": ADA, "function": "list_tasks"})),
               "action_recorded" in w.frames(w.ada, PATH, headers={"Last-Event-ID": "0"}))[1])  # fmt: skip
add("events-missing-after-install", "effects", "POST /v1/marketplace/apps/{app_id}/install",
    "An installation publishes no event.", silent(),
    lambda w: (ok(w.ada.post("/v1/marketplace/apps/notes/install", {})),
               "app_installed" in w.frames(w.ada, PATH, headers={"Last-Event-ID": "0"}))[1])  # fmt: skip


def _kind(w: Witness) -> str:
    response = w.app.test_client().open(PATH, headers=w.ada.headers)
    kind: str = response.headers["content-type"]
    response.close()
    return kind


def _header_only(site: Site) -> None:
    """Ask for the header, whatever the query says."""
    from tests.planted.gates import gate

    def admit(call: Call, inner: Any) -> None:
        if call.headers.get("authorization") is None and call.headers.get("x-api-key") is None:
            raise Problem(401, "Send the Authorization header.")
        inner(call)

    gate(admit)(site)


def _echo(site: Site) -> None:
    """Repeat what was sent in the refusal."""
    from tests.planted.gates import gate

    def admit(call: Call, inner: Any) -> None:
        try:
            inner(call)
        except Problem as problem:
            raise Problem(problem.status, f"{problem.detail} Sent: {call.text_query}") from None

    gate(admit)(site)
