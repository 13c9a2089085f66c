"""Worlds are made from seed data, forked, reset, switched, dropped, and end by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.boot import boot as boot_contract
from specdouble.mock.options import Options as Generic
from specdouble.mock.state.worlds import WorldError
from specdouble.packs.target import contract_of_target
from tests.conftest import Client
from tests.pack import Options, boot
from tests.world.invariants import broken, indexes
from tests.worlds.conftest import In

LIBRARY = Path(__file__).parents[2] / "docs" / "examples" / "library.yaml"
ADA = "imp_u_abc123"


def test_a_world_is_made_listed_and_dropped(gateway: Client, within: In) -> None:
    made = gateway.post("/__mock__/worlds", {"name": "w1", "world": "overdrawn", "ends_after": "10m"}).json
    assert (made["name"], made["world"], made["requests"], made["ends_after"]) == ("w1", "overdrawn", 0, 600)
    assert within("w1").login().get("/v1/billing/balance").json["balance"] == 15
    listed = gateway.get("/__mock__/worlds").json
    assert [(one["name"], one["ends_after"]) for one in listed["worlds"]] == [("main", None), ("w1", 600.0)]
    assert listed["worlds"][1]["requests"] == 2
    assert listed["seed_data"] == ["default", "crowded", "empty", "expired", "overdrawn"]
    assert gateway.get("/__mock__/worlds/w1").json["documents"] > 100
    assert gateway.delete("/__mock__/worlds/w1").json == {"dropped": "w1"}
    gone = within("w1").get("/v1/auth/me")
    assert (gone.status, "it was dropped" in gone.detail) == (404, True)


def test_the_world_of_the_header_can_be_the_one_that_is_made(within: In) -> None:
    client = within("w7")
    assert client.post("/__mock__/worlds", {"name": "w7"}).status == 200
    assert client.login().get("/v1/auth/me").status == 200


def test_a_name_is_given_where_none_is_said(gateway: Client, within: In) -> None:
    names = [gateway.post("/__mock__/worlds", {}).json["name"] for _ in range(2)]
    assert len(set(names)) == 2
    assert within(names[0]).login().get("/v1/auth/me").status == 200


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"name": "W 1"}, 422, "'W 1' cannot be the name of a world"),
        ({"name": "main"}, 409, "there is a world 'main' already"),
        ({"world": "overdrown"}, 422, "there are no seed data 'overdrown'. Did you mean overdrawn?"),
        ({"fork": "mian"}, 404, "there is no world 'mian'. Did you mean main?"),
        ({"fork": "main", "world": "empty"}, 422, "send fork, or world for seed data"),
        ({"keep_sign_ins": True}, 422, "Only a fork has sign-ins to keep"),
        ({"ends_after": "soon"}, 422, "'soon' is not a duration"),
        ({"ends_after": 0}, 422, "more than 0 seconds"),
        ({"nam": "w1"}, 422, "Did you mean name?"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_sentence(
    gateway: Client, within: In, body: dict[str, object], status: int, said: str
) -> None:
    reply = gateway.post("/__mock__/worlds", body)
    assert reply.status == status
    assert said in reply.detail
    assert [one["name"] for one in gateway.get("/__mock__/worlds").json["worlds"]] == ["main"]


def test_main_stays_and_there_is_a_bound(within: In) -> None:
    worlds = boot(Options(max_worlds=2)).worlds
    worlds.make()
    worlds.fork()
    with pytest.raises(WorldError, match="there are 2 worlds beside main") as refused:
        worlds.make()
    assert refused.value.status == 429
    with pytest.raises(WorldError, match="and stays") as refused:
        worlds.drop("main")
    assert refused.value.status == 409
    worlds.drop(worlds.alive()[1].name)
    assert worlds.make().name


def test_idle_worlds_end_by_themselves(platform: Platform, within: In) -> None:
    worlds = platform.worlds
    for name in ("quiet", "busy", "long", "watched"):
        worlds.make(name, ends_after=1000 if name == "long" else 10)
    for world in worlds.alive()[1:]:
        world.used -= 11
    watched = worlds.get("watched")
    watched.listen(ADA, [])
    watched.commit()
    within("busy").get("/v1/auth/me")
    assert worlds.sweep() == ["quiet"]
    with pytest.raises(WorldError, match="there is no world 'quiet': nobody used it for 10 seconds"):
        worlds.get("quiet")


# -- forks ---------------------------------------------------------------------------------------------------------


def test_a_fork_begins_with_what_its_parent_holds(platform: Platform, within: In) -> None:
    main = within("main").login()
    before = main.post("/v1/keys", {"name": "before"}).json["id"]
    within("main").post("/__mock__/clock", {"advance": "10m"})
    fork = platform.worlds.fork("main", "w1")
    after = main.post("/v1/keys", {"name": "after"}).json["id"]
    mine = within("w1").login()
    assert fork.clock.offset == 600
    held = {one["id"] for one in mine.get("/v1/keys").json}
    assert (before in held, after in held) == (True, False)
    mine.delete(f"/v1/keys/{before}")
    assert before in {one["id"] for one in main.get("/v1/keys").json}
    assert within("w1").post("/__mock__/reset").json == {"reset": True, "fork": "main"}
    assert before in {one["id"] for one in within("w1").login().get("/v1/keys").json}
    assert fork.clock.offset == 600
    for world in platform.worlds.alive():
        assert [*broken(world), *indexes(world)] == []


def test_a_fork_of_a_fork_outlives_its_parents(platform: Platform, within: In) -> None:
    worlds = platform.worlds
    worlds.fork("main", "w1")
    made = within("w1").login().post("/v1/keys", {"name": "x"}).json["id"]
    worlds.fork("w1", "w2")
    worlds.drop("w1")
    platform.world.reset()
    assert made in {one["id"] for one in within("w2").login().get("/v1/keys").json}


def test_timers_run_in_every_world(platform: Platform, within: In) -> None:
    within("main").post("/__mock__/clock", {"advance": 1})
    fork = platform.worlds.fork("main", "w1")
    assert len(fork.state["timers"]) == len(platform.world.state["timers"]) > 0
    within("w1").post("/__mock__/clock", {"advance": "400d"})
    assert fork.settled
    assert {one["id"] for one in fork.state["timers"]} != {one["id"] for one in platform.world.state["timers"]}


# -- sign-ins and tokens -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["make", "fork"])
def test_tokens_of_one_world_mean_nothing_in_another(platform: Platform, within: In, how: str) -> None:
    main = within("main").tokens("user@example.com")
    app = within("main").post("/__mock__/extension-token", {"ext_id": "notes", "user_id": ADA}).json["access_token"]
    platform.worlds.make("w1") if how == "make" else platform.worlds.fork("main", "w1")
    mine = within("w1").tokens("user@example.com")
    its = within("w1").post("/__mock__/extension-token", {"ext_id": "notes", "user_id": ADA}).json["access_token"]
    here, there = within("w1"), within("main")
    for client, own, other in ((here, mine, main), (there, main, mine)):
        assert client.bearer(own["access_token"]).get("/v1/auth/me").status == 200
        assert client.bearer(other["access_token"]).get("/v1/auth/me").status == 401
        assert client.post("/v1/auth/refresh", {"refresh_token": other["refresh_token"]}).status == 401
    apps = [client.bearer(token).get("/v1/secrets/notes").status for client in (here, there) for token in (its, app)]
    assert apps == [200, 401, 401, 200]


def test_a_world_of_the_same_name_takes_no_tokens_of_the_former(platform: Platform, within: In) -> None:
    platform.worlds.make("w1")
    token = within("w1").post("/__mock__/extension-token", {"ext_id": "notes", "user_id": ADA}).json["access_token"]
    platform.worlds.drop("w1")
    platform.worlds.make("w1")
    assert within("w1").bearer(token).get("/v1/secrets/notes").status == 401


def test_a_fork_keeps_sign_ins_where_that_is_asked(platform: Platform, within: In) -> None:
    token = within("main").tokens("user@example.com")["access_token"]
    made = within("main").post("/__mock__/worlds", {"fork": "main", "name": "w1", "keep_sign_ins": True})
    assert made.status == 200
    assert within("w1").bearer(token).get("/v1/auth/me").status == 200
    mine = within("w1").tokens("user@example.com")["access_token"]
    assert within("main").bearer(mine).get("/v1/auth/me").status == 401


def test_a_reset_keeps_sign_ins_where_that_is_asked(gateway: Client) -> None:
    user = gateway.login()
    made = user.post("/v1/keys", {"name": "gone"}).json["id"]
    assert gateway.post("/__mock__/reset", {"keep_sign_ins": True}).json == {"reset": True, "world": "default"}
    kept = user.get("/v1/keys")
    assert (kept.status, made in {one["id"] for one in kept.json}) == (200, False)
    gateway.post("/__mock__/reset")
    assert user.get("/v1/keys").status == 401


@pytest.mark.parametrize("seed", [None, 7])
def test_a_seed_makes_other_ids_in_each_world(seed: int | None) -> None:
    worlds = boot(Options(seed=seed)).worlds
    made = [worlds.main.ids.new("x_"), worlds.make("w1").ids.new("x_"), worlds.make("w2").ids.new("x_")]
    assert len(set(made)) == 3
    again = boot(Options(seed=seed)).worlds
    assert ([again.main.ids.new("x_"), again.make("w1").ids.new("x_")] == made[:2]) == (seed is not None)


# -- switching -----------------------------------------------------------------------------------------------------


def test_a_reset_switches_to_other_seed_data_and_a_plain_one_stays_there(gateway: Client, platform: Platform) -> None:
    def balance() -> int:
        return int(gateway.login().get("/v1/billing/balance").json["balance"])

    full = balance()
    assert gateway.post("/__mock__/reset", {"world": "overdrawn"}).json == {"reset": True, "world": "overdrawn"}
    assert balance() == 15
    assert gateway.post("/__mock__/reset").json == {"reset": True, "world": "overdrawn"}
    assert balance() == 15
    assert gateway.post("/__mock__/reset", {"world": "default"}).json == {"reset": True, "world": "default"}
    assert balance() == full


def test_unknown_seed_data_are_refused_and_nothing_changes(gateway: Client) -> None:
    user = gateway.login()
    refused = gateway.post("/__mock__/reset", {"world": "overdrwn"})
    assert refused.status == 422
    assert refused.detail == (
        "there are no seed data 'overdrwn'. Did you mean overdrawn? "
        "Choose one of default, crowded, empty, expired, overdrawn."
    )
    assert user.get("/v1/auth/me").status == 200


def test_seed_data_with_times_are_written_anew_when_they_are_old(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = boot(Options(seed=1)).worlds
    first = worlds.start("default")
    assert worlds.start("default") is first
    monkeypatch.setattr("time.time", lambda at=first.kept_at + 61: at)
    assert worlds.start("default") is not first


def test_seed_data_without_times_are_never_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = boot_contract(contract_of_target(str(LIBRARY)), Generic()).worlds
    first = worlds.start("default")
    monkeypatch.setattr("time.time", lambda at=first.kept_at + 1e6: at)
    assert worlds.start("default") is first


def test_a_document_alone_has_worlds_too() -> None:
    platform = boot_contract(contract_of_target(str(LIBRARY)), Generic())
    from specdouble.mock.transports.app import create_app

    client = Client(create_app(platform, next(iter(platform.services))))
    there = {"X-Specdouble-World": "w1"}
    assert client.post("/__mock__/worlds", {"name": "w1"}).status == 200
    made = client.post("/books", {"title": "Emma", "author": "Jane Austen"}, headers=there)
    assert made.status == 201
    number = made.json["book"]["id"]
    assert client.get(f"/books/{number}", headers=there).json["book"]["title"] == "Emma"
    other = client.get(f"/books/{number}")
    assert other.status == 404 or other.json["book"]["title"] != "Emma"
    lists = [client.get("/books", headers=headers).json["total"] for headers in (there, {})]
    assert lists[0] == lists[1] + 1
    by_host = made.headers.get("location")
    assert by_host is None or "w1" not in by_host
    host = {"Host": "w1.localhost:8080"}
    assert client.get(f"/books/{number}", headers=host).json["book"]["title"] == "Emma"
