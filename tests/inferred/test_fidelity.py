"""What a server of the document would do where a mock is tempted to do something simpler."""

from __future__ import annotations

from typing import Any

from tests.conftest import Client
from tests.inferred.conftest import Served
from tests.inferred.test_promises import content, made, path, query, ref, send

NOTE = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "text": {"type": "string"}}}
DONE = {"responses": {"204": {"description": "Done"}, "404": {"description": "None"}}}


def notes(**more: Any) -> dict[str, Any]:
    """Return the paths of notes that can be made and read, and further ones."""
    return {
        "/notes": {"post": {"requestBody": send(ref("Note")), "responses": {"201": content(ref("Note"))}},
                   "get": {"responses": {"200": content({"type": "array", "items": ref("Note")})}}},
        "/notes/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Note"))}}},
        **more,
    }  # fmt: skip


def test_what_belongs_to_an_unknown_item_is_unknown(served: Served) -> None:
    words = {"type": "array", "items": {"type": "string"}}
    client = served(made(notes(**{
        "/notes/{note}/words": {"parameters": path("note"), "get": {"responses": {"200": content(words)}},
                                "put": {"requestBody": send(words), **DONE}},
        "/notes/{id}/log": {"parameters": path("id"), "get": {"responses": {
            "200": {"description": "OK", "content": {"text/event-stream": {"schema": {"type": "string"}}}}}}},
    }), {"Note": NOTE}))  # fmt: skip
    assert client.get("/notes/none/words").status == 404
    assert client.call("PUT", "/notes/none/words", ["a"]).status == 404
    assert client.get("/notes/none/log").status == 404
    key = client.post("/notes", {"text": "x"}).json["id"]
    assert client.call("PUT", f"/notes/{key}/words", ["a"]).status == 204
    assert client.get(f"/notes/{key}/words").json == ["a"]


def test_a_question_to_open_items_chooses_by_its_text(served: Served) -> None:
    asks = {"type": "object", "properties": {"q": {"type": "string"}, "limit": {"type": "integer"},
                                             "highlight": {"type": "boolean"}}}  # fmt: skip
    hits = {"type": "object", "required": ["hits"], "properties": {"hits": {"type": "array", "items": {}}}}
    client = served(made({
        "/boxes": {"post": {"requestBody": send(ref("Box")), "responses": {"201": content(ref("Box"))}}},
        "/boxes/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Box"))}}},
        "/boxes/{id}/things": {"parameters": path("id"),
                               "get": {"responses": {"200": content({"type": "array", "items": {}})}},
                               "post": {"requestBody": send({}), "responses": {"201": content({})}}},
        "/boxes/{id}/things/{thing}": {"parameters": path("id", "thing"), "get": {"responses": {"200": content({})}}},
        "/boxes/{id}/search": {"parameters": path("id"),
                               "get": {"parameters": [query("q", type="string")], "responses": {"200": content(hits)}},
                               "post": {"requestBody": send(asks), "responses": {"200": content(hits)}}},
    }, {"Box": NOTE}))  # fmt: skip
    box = client.post("/boxes", {"text": "x"}).json["id"]
    for number, title in enumerate(("red apple", "green pear")):
        client.post(f"/boxes/{box}/things", {"id": number, "title": title})
    found = client.post(f"/boxes/{box}/search", {"q": "pear", "limit": 5, "highlight": True}).json["hits"]
    assert [one["title"] for one in found] == ["green pear"]
    assert [one["title"] for one in client.get(f"/boxes/{box}/search?q=apple").json["hits"]] == ["red apple"]
    assert client.get("/boxes/none/search?q=apple").status == 404


def test_null_is_after_nothing(served: Served) -> None:
    when = {"type": ["string", "null"], "format": "date-time"}
    job = {"type": "object", "properties": {**NOTE["properties"], "finished_at": when}}  # type: ignore[dict-item]
    client = served(made({
        "/jobs": {"post": {"requestBody": send(ref("Job")), "responses": {"201": content(ref("Job"))}},
                  "get": {"parameters": [query("finished_after", type="string", format="date-time")],
                          "responses": {"200": content({"type": "array", "items": ref("Job")})}}},
        "/jobs/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Job"))}}},
    }, {"Job": job}), empty=True)  # fmt: skip
    client.post("/jobs", {"finished_at": None})
    late = client.post("/jobs", {"finished_at": "2030-01-01T00:00:00Z"}).json
    assert client.get("/jobs?finished_after=2020-01-01T00:00:00Z").json == [late]


def test_a_key_is_unique_wherever_its_item_is_listed(served: Served) -> None:
    song = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "example": "song"},
                                                                 "title": {"type": "string"}}}  # fmt: skip
    listed = {"responses": {"200": content({"type": "array", "items": ref("Song")})}}
    client = served(made({
        "/songs": {"get": listed},
        "/songs/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Song"))}}},
        "/singers/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Singer"))}}},
        "/singers/{id}/songs": {"parameters": path("id"), "get": listed},
    }, {"Song": song, "Singer": NOTE}))  # fmt: skip
    for singer in ("a", "b", "c"):
        client.get(f"/singers/{singer}/songs")
    keys = [one["id"] for one in client.get("/songs").json]
    assert len(keys) > 3
    assert len(set(keys)) == len(keys)


def test_a_cursor_fits_the_parameter_that_takes_it(served: Served) -> None:
    pages = {"type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": ref("Note")},
        "cursors": {"type": "object", "properties": {"after": {"type": "string"}}}}}  # fmt: skip
    paths = notes()
    paths["/notes"]["get"] = {"parameters": [query("limit", type="integer"), query("after", type="integer")],
                              "responses": {"200": content(pages)}}  # fmt: skip
    client = served(made(paths, {"Note": NOTE}), empty=True)
    for text in "abc":
        client.post("/notes", {"text": text})
    seen, address = [], "/notes?limit=1"
    for _ in range(3):
        page = client.get(address).json
        seen += [one["text"] for one in page["items"]]
        address = f"/notes?limit=1&after={page.get('cursors', {}).get('after')}"
    assert sorted(seen) == ["a", "b", "c"]


def test_a_receipt_repeats_only_what_a_request_may_have(served: Served) -> None:
    receipt = {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}}
    sent = {"type": "object", "properties": {"text": {"type": "string"}}}
    paths = notes()
    paths["/notes"]["post"] = {"requestBody": send(sent), "responses": {"201": content(receipt)}}
    client = served(made(paths, {"Note": NOTE}))
    assert client.post("/notes", {"text": "x", "version": "mine"}).json["version"] != "mine"


def test_a_time_is_now_however_its_format_is_spelt(served: Served) -> None:
    disk = {"type": "object", "properties": {"Name": {"type": "string"}, "CreatedAt": {
        "type": "string", "format": "dateTime", "example": "2016-06-07T20:31:11Z"}}}  # fmt: skip
    client = served(made({
        "/disks": {"post": {"requestBody": send({"type": "object", "properties": {"Name": {"type": "string"}}}),
                            "responses": {"201": content(ref("Disk"))}}},
        "/disks/{name}": {"parameters": path("name"), "get": {"responses": {"200": content(ref("Disk"))}}},
    }, {"Disk": disk}))  # fmt: skip
    assert not client.post("/disks", {"Name": "a"}).json["CreatedAt"].startswith("2016")


def test_a_key_that_has_slashes_in_it_is_found(served: Served) -> None:
    part = {"type": "object", "properties": {"name": {"type": "string", "example": "team/part"}}}
    client = served(made({
        "/parts": {"get": {"responses": {"200": content({"type": "array", "items": ref("Part")})}}},
        "/parts/{name}/details": {"parameters": path("name"), "get": {"responses": {"200": content(ref("Part"))}}},
        "/parts/{name}": {"parameters": path("name"), "delete": DONE},
    }, {"Part": part}))  # fmt: skip
    key = next(one["name"] for one in client.get("/parts").json if "/" in one["name"])
    assert client.get(f"/parts/{key.replace('/', '%2F')}/details").json["name"] == key
    assert client.get("/parts/no/such/part").status == 404
    assert client.delete(f"/parts/{key.replace('/', '%2F')}").status == 204


def test_a_change_of_protocol_is_refused_as_declared(served: Served) -> None:
    told = {"101": {"description": "Switched"}, "400": {"description": "Bad"}, "500": {"description": "Broken"}}
    client = served(made({"/session": {"post": {"responses": told}}}, {}))
    assert client.post("/session").status == 400


def file_paths(**responses: Any) -> dict[str, Any]:
    data = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return notes(**{"/notes/{id}/content": {
        "parameters": path("id"),
        "put": {"requestBody": {"content": data}, "responses": {"204": {"description": "Kept"}}},
        "get": {"responses": {"302": {"description": "There"}, "202": {"description": "Not ready"},
                              **{one[1:]: {"description": "Here", "content": data} for one in responses}}},
    }})  # fmt: skip


def test_a_file_that_is_there_is_given_or_pointed_to_and_never_in_the_making(served: Served) -> None:
    for responses, status in (({}, 302), ({"_200": True}, 200)):
        client = served(made(file_paths(**responses), {"Note": NOTE}))
        key = client.post("/notes", {"text": "x"}).json["id"]
        client.call("PUT", f"/notes/{key}/content", data=b"\x00\x01", content_type="application/octet-stream")
        given = client.get(f"/notes/{key}/content")
        assert given.status == status
        if status == 302:
            given = Client.call(client, "GET", given.headers["location"].partition("localhost")[2])
        assert given.content == b"\x00\x01"
        assert client.get("/notes/none/content").status == 404


def test_a_member_that_is_read_only_behind_a_reference_is_not_asked_for(served: Served) -> None:
    drive = {"type": "object", "required": ["id", "name"], "properties": {"id": ref("Id"), "name": {"type": "string"}}}
    client = served({**made({
        "/drives": {"post": {"requestBody": send(ref("Drive")), "responses": {"201": content(ref("Drive"))}}},
        "/drives/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Drive"))}}},
    }, {"Drive": drive, "Id": {"type": "string", "readOnly": True}}), "openapi": "3.0.3"})  # fmt: skip
    key = client.post("/drives", {"name": "mine"}).json["id"]
    assert client.get(f"/drives/{key}").json["name"] == "mine"
    assert client.post("/drives", {}).status in (400, 422)


def test_every_parameter_for_the_size_of_a_page_counts(served: Served) -> None:
    paths = notes()
    paths["/notes"]["get"]["parameters"] = [query(one, type="integer") for one in ("page", "page_size", "limit")]
    client = served(made(paths, {"Note": NOTE}))
    assert len(client.get("/notes?limit=1").json) == 1
    assert len(client.get("/notes?page_size=2").json) == 2


def test_a_list_names_items_that_hold_their_key_elsewhere(served: Served) -> None:
    deck = {"type": "object", "properties": {"info": {"type": "object", "properties": {"name": {"type": "string"}}}}}
    short = {"type": "object", "properties": {"id": {"type": "string"}, "owner": {"type": "string"}}}
    client = served(made({
        "/decks": {"post": {"requestBody": send(ref("Deck")), "responses": {"201": content(ref("Deck"))}},
                   "get": {"responses": {"200": content({"type": "array", "items": short})}}},
        "/decks/{deck}": {"parameters": path("deck"), "get": {"responses": {"200": content(ref("Deck"))}}},
    }, {"Deck": deck}), empty=True)  # fmt: skip
    client.post("/decks", {"info": {"name": "blue"}})
    listed = client.get("/decks").json
    assert [set(one) for one in listed] == [{"id"}]
    assert client.get(f"/decks/{listed[0]['id']}").json == {"info": {"name": "blue"}}


def test_a_key_that_is_a_number_is_written_without_a_fraction(served: Served) -> None:
    unit = {"type": "object", "properties": {"id": {"type": "number", "readOnly": True}, "text": {"type": "string"}}}
    number = [{"name": "id", "in": "path", "required": True, "schema": {"type": "number"}}]
    client = served(made({
        "/units": {"post": {"requestBody": send(ref("Unit")), "responses": {"201": content(ref("Unit"))}}},
        "/units/{id}": {"parameters": number, "get": {"responses": {"200": content(ref("Unit"))}}},
    }, {"Unit": unit}))  # fmt: skip
    key = client.post("/units", {"text": "x"}).json["id"]
    assert client.get(f"/units/{int(key)}").status == 200


def test_a_delete_that_declares_only_an_unknown_id_deletes(served: Served) -> None:
    client = served(made(notes(**{"/notes/{id}": {
        "parameters": path("id"), "get": {"responses": {"200": content(ref("Note"))}},
        "delete": {"responses": {"404": {"description": "No such note"}}}}}), {"Note": NOTE}))  # fmt: skip
    key = client.post("/notes", {"text": "x"}).json["id"]
    assert Client.call(client, "DELETE", f"/notes/{key}").status < 300
    assert client.get(f"/notes/{key}").status == 404


def test_operations_of_one_path_are_told_apart_by_the_query(served: Served) -> None:
    def of(name: str) -> dict[str, Any]:
        return {"parameters": [*path("id"), {**query(name, type="string"), "required": True}],
                "responses": {"200": content({"type": "object", "properties": {name: {"type": "boolean"}},
                                              "required": [name]})}}  # fmt: skip

    client = served(made(notes(**{"/notes/{id}#size": {"get": of("size")}, "/notes/{id}#tags": {"get": of("tags")},
                                  "/marks/{id}#kind": {"get": of("kind")}}), {"Note": NOTE}))  # fmt: skip
    key = client.post("/notes", {"text": "x"}).json["id"]
    assert client.get(f"/notes/{key}").json["text"] == "x"
    assert set(client.get(f"/notes/{key}?size=1").json) == {"size"}
    assert set(client.get(f"/notes/{key}?tags").json) == {"tags"}
    assert set(client.get("/marks/1?kind=a").json) == {"kind"}
    assert client.get("/marks/1").status in (400, 422)


def test_an_address_that_is_the_key_is_known_by_its_end(served: Served) -> None:
    address = {"type": "string", "format": "uri", "example": "https://vault.example.com/secrets/first"}
    secret = {"type": "object", "properties": {"id": address}}
    client = served(made({
        "/secrets": {"get": {"responses": {"200": content({"type": "array", "items": ref("Secret")})}}},
        "/secrets/{secret-name}": {"parameters": path("secret-name"),
                                   "get": {"responses": {"200": content(ref("Secret"))}}},
    }, {"Secret": secret}))  # fmt: skip
    shown = client.get("/secrets").json[0]
    assert client.get(f"/secrets/{shown['id'].rpartition('/')[2]}").json == shown


def test_keys_of_digits_stay_digits_and_differ(served: Served) -> None:
    number = {"type": "string", "pattern": "^[0-9]{1,19}$", "example": "1146654567674912769"}
    listed = {"type": "object", "properties": {"id": number, "name": {"type": "string"}}}
    client = served(made({
        "/lists": {"post": {"requestBody": send({"type": "object", "properties": {"name": {"type": "string"}}}),
                            "responses": {"201": content(ref("List"))}}},
        "/lists/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("List"))}}, "delete": DONE},
    }, {"List": listed}))  # fmt: skip
    keys = [client.post("/lists", {"name": str(one)}).json["id"] for one in range(5)]
    assert len(set(keys)) == 5
    assert client.delete(f"/lists/{keys[0]}").status == 204
    assert client.get(f"/lists/{keys[0]}").status == 404


def test_what_the_example_of_a_request_sends_is_kept(served: Served) -> None:
    members = {"link": {"type": "string"}, "margin": {"type": "integer"}, "secret": {"type": "string"}}
    player = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, **members}}
    sent = {"type": "object", "properties": {"link": {"type": "string"}}, "example": {"link": "a", "margin": 10}}
    client = served(made({
        "/players": {"post": {"requestBody": send(sent), "responses": {"201": content(ref("Player"))}}},
        "/players/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Player"))}}},
    }, {"Player": player}))  # fmt: skip
    made_one = client.post("/players", {"link": "b", "margin": 7, "secret": "mine"}).json
    assert (made_one["link"], made_one["margin"]) == ("b", 7)
    assert made_one.get("secret") != "mine"


def test_a_client_s_key_is_not_empty(served: Served) -> None:
    shelf = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    client = served(made({
        "/shelves": {"post": {"requestBody": send(ref("Shelf")), "responses": {"201": content(ref("Shelf"))}}},
        "/shelves/{name}": {"parameters": path("name"), "get": {"responses": {"200": content(ref("Shelf"))}}},
    }, {"Shelf": shelf}))  # fmt: skip
    assert client.post("/shelves", {"name": ""}).status in (400, 422)
    assert client.post("/shelves", {"name": "a"}).status == 201


def test_a_cookie_has_a_name(served: Served) -> None:
    done = {"description": "In", "headers": {"Set-Cookie": {"schema": {"type": "string"}}}}
    scheme = {"securitySchemes": {"seat": {"type": "apiKey", "in": "cookie", "name": "sid"}}}
    client = served(made({"/login": {"post": {"responses": {"204": done}}}}, {}, **scheme))
    assert client.post("/login").headers["set-cookie"].startswith("sid=")
