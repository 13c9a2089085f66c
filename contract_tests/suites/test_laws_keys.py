"""Laws of API keys."""

from __future__ import annotations

from contract_tests.credentials import api_key, bearer
from contract_tests.judge import Judge
from contract_tests.rules import law
from contract_tests.stage import Stage


@law("A13", "POST /v1/keys", "GET /v1/keys", "DELETE /v1/keys/{key_id}")
def test_a_key_is_shown_once_and_dead_after_its_deletion(stage: Stage, judge: Judge) -> None:
    """A key is shown once, when it is made; the list has its prefix only; after DELETE it opens nothing."""
    user = stage.cast.user
    made = judge.ok(stage.send("POST /v1/keys", user, body={"name": stage.cast.fresh("key")}))
    secret = str(made["key"])
    judge.that(secret.startswith(made["key_prefix"]), "key_prefix is not the beginning of the key", made)
    judge.equal(made["scopes"], "*", "scopes is not * when none was asked for", made)
    listed = stage.send("GET /v1/keys", user)
    judge.that(secret not in listed.text, "the list shows the key itself", listed)
    judge.that(any(one["id"] == made["id"] for one in listed.json or []), "the list lacks the new key", listed)
    judge.ok(stage.send("GET /v1/auth/me", api_key(secret)), "a live key is refused", rule="A12")
    judge.ok(stage.send("GET /v1/auth/me", bearer(secret)), "a live key sent as a bearer is refused", rule="A12")
    judge.ok(stage.send("DELETE /v1/keys/{key_id}", user, params={"key_id": made["id"]}))
    for who in (api_key(secret), bearer(secret)):
        judge.status(stage.send("GET /v1/auth/me", who), 401, message="a deleted key still opens GET /v1/auth/me")
    again = stage.send("DELETE /v1/keys/{key_id}", user, params={"key_id": made["id"]})
    judge.status(again, 404, message="a key can be deleted twice")
