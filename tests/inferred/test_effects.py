"""What `x-specdouble-effect` says that an operation does, on a small kitchen."""

from __future__ import annotations

import pytest

from tests.inferred.conftest import Checked, Served


@pytest.fixture
def kitchen(served: Served) -> Checked:
    made = served("kitchen")
    for name, shelf in (("pan", "low"), ("wok", "high")):
        assert made.post("/pots", {"name": name, "shelf": shelf, "volume": 3}).status == 201
    return made


def names(kitchen: Checked, query: str = "") -> list[str]:
    return [one["name"] for one in kitchen.get(f"/pots{query}").json["pots"]]


def state(kitchen: Checked, name: str) -> str:
    return str(kitchen.get(f"/pots/{name}").json["state"])


def later(kitchen: Checked, seconds: float) -> None:
    kitchen.platform.world.clock.move(seconds)


def test_a_new_item_has_what_is_set_and_nothing_hidden(kitchen: Checked) -> None:
    assert kitchen.post("/pots", {"name": "pot"}).json == {"name": "pot", "state": "cold", "heated": 0, "shelf": "low"}
    assert kitchen.get("/pots/pot").json == {"name": "pot", "state": "cold", "heated": 0, "shelf": "low"}


def test_a_refusal_may_speak_of_the_request_and_changes_nothing(kitchen: Checked) -> None:
    refused = kitchen.post("/pots", {"name": "pot", "shelf": "cellar"})
    assert (refused.status, refused.content, refused.headers["content-type"]) == (400, b"no shelf cellar", "text/plain")
    assert kitchen.post("/pots", {"name": "xylophone"}).content == b"a name that begins with x"
    assert kitchen.get("/pots?shelf=cellar").status == 404
    assert names(kitchen, "?all=true") == ["pan", "wok"]


def test_something_else_is_made_as_well(kitchen: Checked) -> None:
    assert [one["text"] for one in kitchen.get("/notes").json] == ["pot pan came", "pot wok came"]


def test_a_list_gives_what_fits_in_its_own_form(kitchen: Checked) -> None:
    assert names(kitchen) == []
    assert names(kitchen, "?all=true&shelf=high") == ["wok"]
    kitchen.post("/pots/wok/heat")
    later(kitchen, 1)
    shown = kitchen.get("/pots").json["pots"]
    assert shown == [{"name": "wok", "state": "hot", "label": "wok on high", "litres": 3, "warning": "hot"}]


def test_a_text_is_looked_for_in_the_named_members_only(kitchen: Checked) -> None:
    kitchen.post("/pots", {"name": "kettle", "note": "whistles"})
    assert names(kitchen, "?all=true&q=WHIST") == ["kettle"]
    assert names(kitchen, "?all=true&q=low") == []


def test_states_settle_by_the_clock_of_the_world(kitchen: Checked) -> None:
    assert kitchen.post("/pots/pan/heat").json == {"name": "pan", "was": "warming", "times": 1}
    assert state(kitchen, "pan") == "warming"
    later(kitchen, 0.4)
    assert state(kitchen, "pan") == "warming"
    later(kitchen, 0.2)
    assert state(kitchen, "pan") == "hot"
    assert kitchen.post("/pots/pan/heat").json == {"name": "pan", "was": "hot"}
    later(kitchen, 60)
    assert state(kitchen, "pan") == "cold"


def test_what_was_planned_asks_again_whether_it_counts(kitchen: Checked) -> None:
    kitchen.post("/pots/pan/heat")
    kitchen.post("/pots/cool", {"names": ["pan"]})
    later(kitchen, 1)
    assert state(kitchen, "pan") == "cold"


def test_a_deletion_takes_its_time_and_is_refused_while_hot(kitchen: Checked) -> None:
    kitchen.post("/pots/pan/heat")
    later(kitchen, 1)
    refused = kitchen.delete("/pots/pan")
    assert (refused.status, refused.content) == (409, b"pan is hot")
    kitchen.post("/pots/cool", {"shelf": "low"})
    assert kitchen.delete("/pots/pan").status == 202
    assert state(kitchen, "pan") == "going"
    later(kitchen, 3)
    assert kitchen.get("/pots/pan").status == 404
    assert kitchen.delete("/pots/pan").status == 404


def test_a_log_is_lines_of_text(kitchen: Checked) -> None:
    kitchen.post("/pots/pan/heat")
    later(kitchen, 1)
    lines = kitchen.get("/pots/pan/log").content.decode().splitlines()
    assert [line.partition(" ")[2] for line in lines] == ["made", "hot"]


@pytest.mark.parametrize(
    ("body", "cooled"),
    [({"names": ["pan", "none"]}, ["pan"]), ({"shelf": "high"}, ["wok"]), ({}, []), ({"names": []}, [])],
)
def test_members_of_a_body_say_which_items_are_meant(
    kitchen: Checked, body: dict[str, object], cooled: list[str]
) -> None:
    for name in ("pan", "wok"):
        kitchen.post(f"/pots/{name}/heat")
    assert kitchen.post("/pots/cool", body).status == 202
    assert [name for name in ("pan", "wok") if state(kitchen, name) == "cold"] == cooled


def test_members_follow_from_other_items(kitchen: Checked) -> None:
    low, high = kitchen.get("/shelves").json
    assert low == {"name": "low", "tags": ["wood"], "pots": ["pan"], "count": 1, "used": True, "lines": ["tag wood"]}
    assert (high["pots"], high["lines"]) == (["wok"], [])
    kitchen.post("/shelves", {"name": "new"})
    assert kitchen.get("/shelves").json[-1]["used"] is False


@pytest.mark.parametrize(("query", "left"), [("", {"pan": "low", "wok": "low"}), ("?with-pots=true", {"pan": "low"})])
def test_other_items_move_or_go_with_what_is_deleted(kitchen: Checked, query: str, left: dict[str, str]) -> None:
    assert kitchen.delete(f"/shelves/high{query}").status == 204
    found = {name: kitchen.get(f"/pots/{name}").json["shelf"] for name in names(kitchen, "?all=true")}
    assert found == left


def test_lists_take_in_what_they_have_not_and_give_up_what_they_have(kitchen: Checked) -> None:
    assert kitchen.post("/shelves", {"name": "low", "tags": ["iron", "wood"]}).json["tags"] == ["wood", "iron"]
    assert kitchen.delete("/shelves/low/tags/wood").status == 204
    gone = kitchen.delete("/shelves/low/tags/wood")
    assert (gone.status, gone.content) == (404, b"no tag wood")
    assert kitchen.delete("/shelves/none/tags/wood").status == 404


def test_an_operation_that_declares_one_refusal_always_refuses(kitchen: Checked) -> None:
    reply = kitchen.post("/never")
    assert (reply.status, reply.content) == (403, b"Not built.")


def test_the_routes_say_what_is_declared(kitchen: Checked) -> None:
    operations = kitchen.service.operations  # type: ignore[attr-defined]
    assert operations["POST /pots/{name}/heat"].fidelity == "declared"
    assert operations["GET /notes"].fidelity == "inferred"


@pytest.fixture
def house(served: Served) -> Checked:
    return served("kitchen")


def test_a_key_in_a_query_names_an_item_of_its_own(house: Checked) -> None:
    made = house.post("/room", {"name": "blue"}).json
    assert (made["size"], made["owner"]) == ("small", None)
    assert house.get(f"/room?room_id={made['room_id']}").json == made
    assert house.get("/room").status == 404
    refused = house.post("/room", {"name": "blue"})
    assert (refused.status, refused.content) == (400, b"a room blue is there")
    changed = house.call("PUT", "/room", {"room_id": made["room_id"], "size": "large"}).json
    assert changed == {**made, "size": "large"}
    assert house.call("PUT", "/room", {"room_id": "none"}).status == 404
    assert house.delete(f"/room?room_id={made['room_id']}").json == {"deleted": 1}
    assert house.get(f"/room?room_id={made['room_id']}").status == 404


def test_what_belongs_to_a_key_in_a_query_stays_inside_and_goes_with_it(house: Checked) -> None:
    first, second = (house.post("/room", {"name": name}).json["room_id"] for name in ("a", "b"))
    for room, age in ((first, 1), (second, 2)):
        assert house.post(f"/guest?room_id={room}", {"name": "ada", "age": age}).json == {"name": "ada", "age": age}
    assert house.post(f"/guest?room_id={first}", {"name": "ada", "age": 3}).json["age"] == 3
    assert house.post(f"/guest/query?room_id={second}").json == [{"name": "ada", "age": 2}]
    assert house.get(f"/room?room_id={first}").json["names"] == ["ada"]
    assert house.post("/guest?room_id=none", {"name": "x"}).status == 404
    house.delete(f"/room?room_id={first}")
    assert house.post(f"/guest/query?room_id={first}").status == 404
    assert house.post(f"/guest/host?room_id={second}").json == {"host": "b", "guests": {"ada": 2}}


@pytest.mark.parametrize(
    ("body", "left"),
    [({"name": "ada"}, ["bob"]), ({"age": 5}, []), ({"team": "red"}, ["ada"]), ({"colour": "red"}, ["ada", "bob"])],
)
def test_a_delete_takes_the_items_that_its_body_chooses(
    house: Checked, body: dict[str, object], left: list[str]
) -> None:
    room = house.post("/room", {"name": "a"}).json["room_id"]
    house.post(f"/guest?room_id={room}", {"name": "ada", "age": 5})
    house.post(f"/guest?room_id={room}", {"name": "bob", "age": 5, "team": "red"})
    found = [one["name"] for one in house.post(f"/guest/query?room_id={room}", body).json]
    reply = house.delete(f"/guest?room_id={room}", body)
    assert reply.json == {"deleted": 2 - len(left)}
    assert sorted(found) == sorted({"ada", "bob"} - set(left))
    assert [one["name"] for one in house.post(f"/guest/query?room_id={room}").json] == left


def test_an_empty_filter_deletes_nothing(house: Checked) -> None:
    room = house.post("/room", {"name": "a"}).json["room_id"]
    house.post(f"/guest?room_id={room}", {"name": "ada"})
    refused = house.delete(f"/guest?room_id={room}", {})
    assert (refused.status, refused.content) == (400, b"say which")
    assert len(house.post(f"/guest/query?room_id={room}").json) == 1


def test_where_it_is_said_which_items_there_are_no_other_key_names_one(kitchen: Checked) -> None:
    assert kitchen.get("/spices/salt").json == {"name": "salt", "kind": "fine"}
    assert kitchen.get("/spices/pepper").status == 404


def test_where_narrows_the_item_that_the_path_names(kitchen: Checked) -> None:
    assert kitchen.delete("/spices/cumin?kind=coarse").status == 404
    assert kitchen.delete("/spices/cumin").status == 204
    assert [one["name"] for one in kitchen.get("/spices").json].count("cumin") == 0
    assert "salt" in [one["name"] for one in kitchen.get("/spices").json]


@pytest.mark.parametrize(("body", "status"), [({"grams": 1}, 204), ({}, 400), ({"grams": 1, "ounces": 1}, 400)])
def test_a_body_that_fits_two_alternatives_where_one_is_allowed(
    kitchen: Checked, body: dict[str, int], status: int
) -> None:
    assert kitchen.post("/weights", body).status == status
