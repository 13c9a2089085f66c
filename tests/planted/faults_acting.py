"""Faults of the rights of an acting user, and of what the service token may do alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.imperal.mockserver.auth_gateway import policy
from tests.conftest import Client
from tests.planted.fault import Maker, gateway
from tests.planted.gates import Admit, gate
from tests.planted.witness import ADA, BARBARA, FRANCES, GRACE, KATHERINE, RADIA, Witness, ok

add = gateway.add
RECORD, PEOPLE = "/v1/users/{user_id}", "/v1/users"
ROLE = {"role": "admin"}


def acted(change: Callable[[Call], Any]) -> Maker:
    """Change what a call is when a service makes it for somebody, in place of asking for that person's role."""

    def admit(call: Call, inner: Admit) -> None:
        named = call.headers.get("x-acting-user") and call.headers.get("x-service-token")
        if not named:
            inner(call)
            return
        call.caller = policy.recognise(call)
        change(call)

    return gate(admit)


def unasked(call: Call) -> None:
    """Ask for no role: the service's word is enough."""


def themselves(call: Call) -> None:
    """Let people do everything with what is theirs."""
    if call.params.get("user_id") != call.user_id:
        policy._require_admin(call)


def alone(call: Call) -> None:
    """Forget for whom the service acts."""
    call.caller = Caller("service")


def promoted(call: Call) -> None:
    """Take whoever is named for an administrator."""
    call.caller = Caller("service", {**call.user, "role": "admin"})


def owner_of(collection: str, parameter: str, field: str = "user_id") -> Maker:
    """Take whoever is named for the owner of the thing in the path, which has a number."""

    def change(call: Call) -> None:
        thing = call.state[collection].get(int(call.params[parameter]))
        owner = call.state["users"].get(thing[field]) if thing else None
        if owner is not None:
            call.caller = Caller("service", owner)

    return acted(change)


def somebody(user_id: str) -> Maker:
    """Read what is another person's for whoever is named."""
    return acted(lambda call: setattr(call, "caller", Caller("service", call.state["users"].get(user_id))))


def refuses_service(*, acting: bool) -> Maker:
    """Refuse the service token where it is enough, alone or with somebody to act for."""

    def admit(call: Call, inner: Admit) -> None:
        if call.headers.get("x-service-token") and bool(call.headers.get("x-acting-user")) == acting:
            raise Problem(401 if not acting else 403, "The service token is not enough here. Send a bearer token.")
        inner(call)

    return gate(admit)


def get(client: Client, path: str) -> Any:
    return client.get(path).status


add("acting-makes-themselves-admin", "auth", f"PATCH {RECORD}", "A service gives anybody whom it acts for any role.",
    acted(unasked), lambda w: w.service(RADIA).patch(f"/v1/users/{RADIA}", ROLE).status)  # fmt: skip
add("acting-changes-own-record", "auth", f"PATCH {RECORD}", "A service changes the own role of whom it acts for.",
    acted(themselves), lambda w: w.service(RADIA).patch(f"/v1/users/{RADIA}", ROLE).status)  # fmt: skip
add("acting-counts-for-nothing", "auth", f"PATCH {RECORD}", "The acting user is forgotten: the service's rights count.",
    acted(alone), lambda w: w.service(ADA).patch(f"/v1/users/{KATHERINE}", {"role": "user"}).status)  # fmt: skip
add("acting-deletes-people", "auth", f"DELETE {RECORD}", "A service deletes people for an acting user without rights.",
    acted(unasked), lambda w: w.service(ADA).delete(f"/v1/users/{KATHERINE}").status)  # fmt: skip
add("acting-lists-people", "auth", f"GET {PEOPLE}", "A service lists people for an acting user without rights.",
    acted(unasked), lambda w: get(w.service(ADA), PEOPLE))  # fmt: skip
add("acting-reads-records", "isolation", f"GET {RECORD}", "An acting user reads anybody's record.",
    acted(promoted), lambda w: get(w.service(ADA), f"/v1/users/{KATHERINE}"))  # fmt: skip
add("acting-reads-scopes", "isolation", "GET /v1/scopes/effective/{user_id}", "An acting user reads anybody's scopes.",
    acted(promoted), lambda w: get(w.service(ADA), f"/v1/scopes/effective/{KATHERINE}"))  # fmt: skip
add("acting-resets-chats", "isolation", f"POST {RECORD}/reset-conversation", "An acting user ends anybody's chat.",
    acted(promoted), lambda w: w.service(ADA).post(f"/v1/users/{KATHERINE}/reset-conversation").status)  # fmt: skip
add("acting-removes-rules", "isolation", "DELETE /v1/automations/{rule_id}", "An acting user removes anybody's rule.",
    owner_of("automations", "rule_id"),
    lambda w: w.service(KATHERINE).delete(f"/v1/automations/{rule(w)}").status)  # fmt: skip
add("acting-reads-another-s-cards", "isolation", "GET /v1/billing/payment-methods",
    "A service reads one person's cards, whoever it acts for.",
    somebody(ADA), lambda w: len(ok(w.service(BARBARA).get("/v1/billing/payment-methods"))))  # fmt: skip
add("acting-approves-apps", "auth", "POST /v1/admin/apps/{app_id}/approve", "A service approves apps for a developer.",
    acted(unasked), lambda w: w.service(BARBARA).post("/v1/admin/apps/mail-merge/approve").status)  # fmt: skip
add("acting-makes-roles", "auth", "POST /v1/roles", "A service makes roles for an acting user without rights.",
    acted(unasked), lambda w: w.service(ADA).post("/v1/roles", {"name": "mine"}).status)  # fmt: skip
add("acting-is-no-developer", "auth", "GET /v1/developer/earnings", "A service earns for people who are no developers.",
    acted(lambda call: setattr(call, "caller", Caller("service", call.state["users"].get(FRANCES)))),
    lambda w: get(w.service(ADA), "/v1/developer/earnings"))  # fmt: skip
add("acting-admin-is-refused", "service-token", f"DELETE {RECORD}/extensions/disable/{{app_id}}",
    "A service that acts for an administrator is refused.", refuses_service(acting=True),
    lambda w: w.service(GRACE).delete(f"/v1/users/{RADIA}/extensions/disable/notes").status)  # fmt: skip
add("service-alone-reads-no-record", "service-token", f"GET {RECORD}", "The service token alone reads nobody's record.",
    refuses_service(acting=False), lambda w: get(w.service(), f"/v1/users/{ADA}"))  # fmt: skip
add("service-alone-reads-no-apps", "service-token", f"GET {RECORD}/extensions",
    "The service token alone reads nobody's apps.",
    refuses_service(acting=False), lambda w: get(w.service(), f"/v1/users/{ADA}/extensions"))  # fmt: skip


def rule(w: Witness) -> int:
    """Return a rule of Ada's."""
    return int(ok(w.ada.get("/v1/automations"))[0]["rule_id"])
