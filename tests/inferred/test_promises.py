"""Promises of documents that a server must keep though no schema states them, each on a small document."""

from __future__ import annotations

from typing import Any

from tests.inferred.conftest import Checked, Served

JSON = "application/json"


def content(schema: Any) -> dict[str, Any]:
    return {"description": "OK", "content": {JSON: {"schema": schema}}}


def made(paths: dict[str, Any], schemas: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "Promises", "version": "1"}, "paths": paths,
            "components": {"schemas": schemas, **more}}  # fmt: skip


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def path(*names: str) -> list[dict[str, Any]]:
    return [{"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in names]


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def send(schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}}}


THING: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}},
}


def test_an_unknown_id_of_what_is_listed_is_unknown(served: Served) -> None:
    client = served(made({
        "/places": {"get": {"responses": {"200": content({"type": "array", "items": ref("Place")})}}},
        "/places/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Place"))}}},
        "/places/{id}/seats": {"parameters": path("id"),
                               "get": {"responses": {"200": content({"type": "array", "items": ref("Seat")})}},
                               "post": {"requestBody": send(ref("Seat")), "responses": {"201": content(ref("Seat"))}}},
    }, {"Place": THING, "Seat": THING}))  # fmt: skip
    first = client.get("/places").json[0]
    assert client.get(f"/places/{first['id']}").json == first
    assert client.get("/places/nowhere").status == 404
    assert client.post("/places/new/seats", {"name": "window"}).status == 201
    assert client.get("/places/new").status == 200, "what something was put into is there"


def test_a_name_that_the_path_gives_is_made_once(served: Served) -> None:
    client = served(made({
        "/boxes/{name}": {
            "parameters": path("name"),
            "post": {"summary": "Create a box", "requestBody": send(ref("Box")), "responses": {
                "201": content(ref("Box")), "409": {"description": "It is there already"}}},
            "get": {"responses": {"200": content(ref("Box")), "404": {"description": "None"}}},
            "put": {"summary": "Configure a box", "requestBody": send(ref("Box")),
                    "responses": {"204": {"description": "Done"}, "404": {"description": "None"}}},
        }}, {"Box": {"type": "object", "properties": {"size": {"type": "integer"}}}}))  # fmt: skip
    assert client.post("/boxes/a", {"size": 3}).status == 201
    assert client.post("/boxes/a", {"size": 4}).status == 409
    assert client.call("PUT", "/boxes/b", {"size": 5}).status == 404
    assert client.get("/boxes/a").json == {"size": 3}


def machines(served: Served) -> Checked:
    machine = {"type": "object", "properties": {
        "id": {"type": "string", "readOnly": True}, "status": {"type": "string", "enum": ["running", "off"]},
        "disabled": {"type": "boolean"}}}  # fmt: skip
    done = {"responses": {"200": content(ref("Machine"))}}
    return served(made({
        "/machines": {"post": {"requestBody": send(ref("Machine")), "responses": {"201": content(ref("Machine"))}}},
        "/machines/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Machine"))}}},
        "/machines/{id}/actions/poweroff": {"parameters": path("id"), "post": done},
        "/machines/{id}/actions/power-on": {"parameters": path("id"), "post": done},
        "/machines/{id}/enable": {"parameters": path("id"), "post": done},
        "/machines/{id}/disable": {"parameters": path("id"), "post": done},
    }, {"Machine": machine}))  # fmt: skip


def test_a_verb_sets_the_state_that_it_names_and_clears_its_opposite(served: Served) -> None:
    client = machines(served)
    at = f"/machines/{client.post('/machines', {'status': 'running', 'disabled': True}).json['id']}"
    client.post(f"{at}/actions/poweroff")
    assert client.get(at).json["status"] == "off"
    client.post(f"{at}/actions/power-on")
    assert client.get(at).json["status"] == "running"
    client.post(f"{at}/enable")
    assert client.get(at).json["disabled"] is False
    client.post(f"{at}/disable")
    assert client.get(at).json["disabled"] is True


def jobs(served: Served, summary: str) -> tuple[Checked, list[str]]:
    state = {"type": "string", "enum": ["open", "completed"]}
    job = {"type": "object", "required": ["state"], "properties": {**THING["properties"], "state": state}}
    client = served(made({
        "/jobs": {"post": {"requestBody": send(ref("Job")), "responses": {"201": content(ref("Job"))}},
                  "get": {"responses": {"200": content({"type": "array", "items": ref("Job")})}},
                  "delete": {"summary": summary, "responses": {"204": {"description": "Done"}}}},
        "/jobs/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Job"))}}},
    }, {"Job": job}), empty=True)  # fmt: skip
    client.post("/jobs", {"state": "open"})
    client.post("/jobs", {"state": "completed"})
    assert client.call("DELETE", "/jobs").status == 204
    return client, [one["state"] for one in client.get("/jobs").json]


def test_what_the_words_spare_is_not_deleted(served: Served) -> None:
    assert jobs(served, "Clears all completed jobs")[1] == ["open"]


def test_all_are_deleted_where_the_words_say_all(served: Served) -> None:
    assert jobs(served, "Deletes all jobs")[1] == []


def test_a_default_of_the_query_chooses_and_writes_nothing(served: Served) -> None:
    zone = {"type": "object", "properties": {
        "id": {"type": "string", "readOnly": True}, "name": {"type": "string"}, "dnssec": {"type": "boolean"},
        "records": {"type": "array", "items": {"type": "string"}}}}  # fmt: skip
    client = served(made({"/zones": {
        "get": {"parameters": [query("dnssec", type="boolean", default=True),
                               query("limit", type="integer", default=2)],
                "responses": {"200": content({"type": "array", "items": ref("Zone")})}},
        "post": {"parameters": [query("records", type="boolean", default=True)], "requestBody": send(ref("Zone")),
                 "responses": {"201": content(ref("Zone"))}}}}, {"Zone": zone}), empty=True)  # fmt: skip
    for name in "abc":
        assert client.post("/zones", {"name": name}).json.get("records", []) == []
    assert len(client.get("/zones").json) == 2, "the default of a page is a page"
    client.post("/zones", {"name": "d", "dnssec": True})
    assert [one["name"] for one in client.get("/zones?dnssec=true").json] == ["d"]


def test_what_is_put_in_by_path_is_listed_until_it_is_deleted(served: Served) -> None:
    both = {"User": THING, "Group": {**THING, "properties": {**THING["properties"], "path": {"type": "string"}}}}
    one = {name: {"post": {"requestBody": send(ref(kind)), "responses": {"201": content(ref(kind))}},
                  "get": {"responses": {"200": content({"type": "array", "items": ref(kind)})}}}
           for name, kind in (("/users", "User"), ("/groups", "Group"))}  # fmt: skip
    client = served(made({
        **one,
        "/users/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("User"))}}},
        "/groups/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Group"))}},
                         "delete": {"responses": {"204": {"description": "Gone"}}}},
        "/users/{id}/groups": {"parameters": path("id"),
                               "get": {"responses": {"200": content({"type": "array", "items": ref("Group")})}}},
        "/users/{id}/groups/{groupId}": {"parameters": path("id", "groupId"),
                                         "put": {"responses": {"204": {"description": "In"}}},
                                         "delete": {"responses": {"204": {"description": "Out"}}}},
    }, both), empty=True)  # fmt: skip
    user, group, other = (client.post(f"/{name}", {"name": "x"}).json["id"] for name in ("users", "groups", "groups"))
    for key in (group, other):
        assert client.call("PUT", f"/users/{user}/groups/{key}").status == 204
    assert [one["id"] for one in client.get(f"/users/{user}/groups").json] == [group, other]
    client.call("DELETE", f"/groups/{other}")
    assert [one["id"] for one in client.get(f"/users/{user}/groups").json] == [group]
    client.call("DELETE", f"/users/{user}/groups/{group}")
    assert client.get(f"/users/{user}/groups").json == []
    assert client.call("PUT", f"/users/{user}/groups/unknown").status == 404


def test_a_receipt_names_what_was_made(served: Served) -> None:
    entry = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "memo": {"type": "string"}}}
    receipt = {"type": "object", "required": ["data"], "properties": {"data": {
        "type": "object", "required": ["entry_ids"], "properties": {
            "entry_ids": {"type": "array", "items": {"type": "string"}}, "entry": ref("Entry")}}}}  # fmt: skip
    asked = {"type": "object", "properties": {"entry": ref("Entry")}}
    client = served(made({
        "/entries": {"post": {"requestBody": send(asked), "responses": {"201": content(receipt)}},
                     "get": {"responses": {"200": content({"type": "array", "items": ref("Entry")})}}},
        "/entries/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Entry"))}}},
    }, {"Entry": entry}))  # fmt: skip
    data = client.post("/entries", {"entry": {"memo": "tea"}}).json["data"]
    assert data["entry"]["memo"] == "tea"
    assert data["entry_ids"] == [data["entry"]["id"]]


def test_an_operation_with_a_server_of_its_own_is_found_beside_the_others(served: Served) -> None:
    raw = made({
        "/files/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Thing"))}},
                        "post": {"requestBody": send(ref("Thing")), "responses": {"200": content(ref("Thing"))}}},
        "/files/content": {"post": {
            "servers": [{"url": "https://upload.example.com/api/2.0"}], "responses": {"201": content(ref("Thing"))},
            "requestBody": {"content": {"multipart/form-data": {"schema": {
                "type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}}}}}},
    }, {"Thing": THING})  # fmt: skip
    client = served({**raw, "servers": [{"url": "https://api.example.com/2.0"}]})
    form = {"data": b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n',
            "content_type": "multipart/form-data; boundary=b"}  # fmt: skip
    for prefix in ("/2.0", "/api/2.0", ""):
        assert client.call("POST", f"{prefix}/files/content", **form).status == 201, prefix


def listing(served: Served, envelope: dict[str, Any], *parameters: Any) -> Checked:
    return served(made({
        "/lists/{list_id}/tags": {
            "parameters": path("list_id"),
            "get": {"parameters": list(parameters), "responses": {"200": content(envelope)}},
            "post": {"requestBody": send(ref("Tag")), "responses": {"201": content(ref("Tag"))}}},
        "/lists/{list_id}/tags/{id}": {"parameters": path("list_id", "id"),
                                       "get": {"responses": {"200": content(ref("Tag"))}}},
    }, {"Tag": THING}))  # fmt: skip


def test_the_figures_beside_a_list_are_true(served: Served) -> None:
    figures = {
        "type": "object",
        "properties": {one: {"type": "integer"} for one in ("page", "total_entries", "last_page")},
    }
    client = listing(served, {"type": "object", "properties": {
        "tags": {"type": "array", "items": ref("Tag")}, "list_id": {"type": "string"},
        "meta": {"type": "object", "properties": {"pagination": figures}}}})  # fmt: skip
    client.post("/lists/l1/tags", {"name": "x"})
    body = client.get("/lists/l1/tags").json
    assert body["list_id"] == "l1"
    assert body["meta"]["pagination"] == {"page": 1, "total_entries": len(body["tags"]), "last_page": 1}


def test_a_list_may_show_keys_alone(served: Served) -> None:
    client = listing(served, {"type": "object", "properties": {
        "names": {"type": "array", "items": {"type": "string"}}, "count": {"type": "integer"}}})  # fmt: skip
    key = client.post("/lists/l1/tags", {"name": "x"}).json["id"]
    body = client.get("/lists/l1/tags").json
    assert body["names"] == [key] or key in body["names"]
    assert body["count"] == len(body["names"])


def test_an_error_inside_of_an_error_is_left_out(served: Served) -> None:
    error = {"type": "object", "required": ["code", "message"], "properties": {
        "code": {"type": "string"}, "message": {"type": "string"},
        "details": {"type": "array", "items": ref("Error")}, "inner": ref("Error")}}  # fmt: skip
    client = served(made({"/things/{id}": {
        "parameters": path("id"),
        "put": {"requestBody": send(ref("Thing")), "responses": {"200": content(ref("Thing"))}},
        "delete": {"responses": {"204": {"description": "Gone"}, "default": content({
            "type": "object", "properties": {"error": ref("Error")}})}},
    }}, {"Thing": THING, "Error": error}))  # fmt: skip
    assert client.call("DELETE", "/things/none").json == {
        "error": {"code": "not_found", "message": "There is no thing none."}}  # fmt: skip


def test_a_401_says_each_way_once_and_the_panel_where_tokens_are(served: Served) -> None:
    flow = {"clientCredentials": {"tokenUrl": "https://example.com/auth/token", "scopes": {}}}
    raw = made({"/me": {"get": {"responses": {"200": content(ref("Thing"))}}}}, {"Thing": THING}, securitySchemes={
        "a": {"type": "oauth2", "flows": flow}, "b": {"type": "http", "scheme": "bearer"}})  # fmt: skip
    client = served({**raw, "security": [{"a": [], "b": []}]})
    assert client.get("/me").json["detail"] == "This operation needs credentials: Authorization: Bearer …."
    said = dict(client.platform.credentials(client.platform.world))
    assert "POST /auth/token" in said["a"]
    assert client.form("POST", "/auth/token", {"grant_type": "client_credentials"}).json["access_token"]


def test_texts_of_seed_data_read_well(served: Served) -> None:
    properties = {
        "id": {"type": "string", "readOnly": True},
        "type": {"type": "string", "description": "Always `robots`."},
        "uid": {"type": "string"},
        "ref": {"type": "string"},
        "status": {"type": "string"},
        "hook": {"type": "string"},
    }
    client = served(made({"/robots": {"get": {"responses": {
        "200": content({"type": "array", "items": ref("Robot")})}}}}, {"Robot": {
            "type": "object", "required": list(properties), "properties": properties}}))  # fmt: skip
    robots = client.get("/robots").json
    assert {one["type"] for one in robots} == {"robots"}
    assert len({one["ref"] for one in robots}) == 3
    assert not [one for robot in robots for one in robot.values() if one.endswith(("-1", "-2", "-3"))]


def test_stamps_are_set_though_a_client_may_send_them(served: Served) -> None:
    task = {"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"},
                                             "updated": {"type": "string"}}}  # fmt: skip
    client = served(made({"/tasks": {
        "get": {"responses": {"200": content({"type": "array", "items": ref("Task")})}},
        "post": {"requestBody": send(ref("Task")), "responses": {"201": content(ref("Task"))}},
    }}, {"Task": task}))  # fmt: skip
    assert client.post("/tasks", {"title": "x"}).json["updated"].endswith("Z")


def test_a_part_of_a_map_leaves_the_rest(served: Served) -> None:
    held = {"type": "object", "properties": {"headers": {"type": "object", "additionalProperties": {"type": "string"}}}}
    client = served(made({"/settings": {
        "get": {"responses": {"200": content(ref("Held"))}},
        "put": {"requestBody": send(ref("Held")), "responses": {"204": {"description": "Done"}}},
        "patch": {"requestBody": send(ref("Held")), "responses": {"204": {"description": "Done"}}},
    }}, {"Held": held}))  # fmt: skip
    client.call("PUT", "/settings", {"headers": {"a": "1"}})
    client.call("PATCH", "/settings", {"headers": {"b": "2"}})
    assert client.get("/settings").json == {"headers": {"a": "1", "b": "2"}}


def test_steps_of_a_patch_may_stand_beside_a_comment(served: Served) -> None:
    step = {"type": "object", "properties": {"op": {"type": "string"}, "path": {"type": "string"},
                                               "value": {"type": "object"}}}  # fmt: skip
    asked = {"type": "object", "properties": {"note": {"type": "string"}, "patch": {"type": "array", "items": step}}}
    client = served(made({
        "/flags": {"post": {"requestBody": send(ref("Thing")), "responses": {"201": content(ref("Thing"))}}},
        "/flags/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Thing"))}},
                        "patch": {"requestBody": send(asked), "responses": {"200": content(ref("Thing"))}}},
    }, {"Thing": THING}))  # fmt: skip
    at = f"/flags/{client.post('/flags', {'name': 'a'}).json['id']}"
    steps = [{"op": "replace", "path": "/name", "value": "b"}]
    assert client.call("PATCH", at, {"note": "why", "patch": steps}).json["name"] == "b"
    assert client.get(at).json["name"] == "b"


def test_the_first_and_the_last_are_items(served: Served) -> None:
    one = {"responses": {"200": content(ref("Thing"))}}
    client = served(made({
        "/things": {"post": {"requestBody": send(ref("Thing")), "responses": {"201": content(ref("Thing"))}},
                    "get": {"responses": {"200": content({"type": "array", "items": ref("Thing")})}}},
        "/things/{id}": {"parameters": path("id"), "get": one},
        "/things/last": {"get": one}, "/things/first": {"get": one},
    }, {"Thing": THING}), empty=True)  # fmt: skip
    for name in "abc":
        client.post("/things", {"name": name})
    assert client.get("/things/last").json["name"] == "c"
    assert client.get("/things/first").json["name"] == "a"


def test_members_of_a_relation_are_the_same_by_type_and_id(served: Served) -> None:
    link = {"type": "object", "additionalProperties": True, "required": ["type", "id"],
            "properties": {"type": {"type": "string"}, "id": {"type": "string"}}}  # fmt: skip
    links = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": ref("Link")}}}
    article = {"type": "object", "properties": {
        **THING["properties"],
        "relationships": {"type": "object", "properties": {"tags": links}}}}  # fmt: skip
    change = {"requestBody": send(links), "responses": {"204": {"description": "Done"}}}
    client = served(made({
        "/articles": {"post": {"requestBody": send(ref("Article")), "responses": {"201": content(ref("Article"))}}},
        "/articles/{id}": {"parameters": path("id"), "get": {"responses": {"200": content(ref("Article"))}}},
        "/articles/{id}/relationships/tags": {"parameters": path("id"), "post": change, "delete": change},
    }, {"Article": article, "Link": link}))  # fmt: skip
    at = f"/articles/{client.post('/articles', {'name': 'News'}).json['id']}"

    def held() -> Any:
        return client.get(at).json["relationships"]["tags"]["data"]

    first, again, other = ({"type": one, "id": "1", "meta": meta} for one, meta in (("a", 1), ("a", 2), ("b", 3)))
    for several in ([first], [again, other]):
        assert client.post(f"{at}/relationships/tags", {"data": several}).status == 204
    assert held() == [first, other]
    assert client.call("DELETE", f"{at}/relationships/tags", {"data": [{"type": "a", "id": "1"}]}).status == 204
    assert held() == [other]


def test_what_only_the_server_writes_is_not_taken_from_a_request(served: Served) -> None:
    moment = {"type": "string", "format": "date-time", "readOnly": True}
    pet = {"type": "object", "required": ["id", "name", "createdAt"], "properties": {
        **THING["properties"], "createdAt": moment, "owner": {"type": "string", "readOnly": True}}}  # fmt: skip
    one = {"200": content(ref("Pet")), "404": {"description": "None"}}
    client = served(made({
        "/pets": {"post": {"requestBody": send(ref("Pet")), "responses": {"201": content(ref("Pet"))}}},
        "/pets/{id}": {"parameters": path("id"), "get": {"responses": one},
                       "put": {"requestBody": send(ref("Pet")), "responses": one}},
    }, {"Pet": pet}))  # fmt: skip
    sent = {"id": "mine", "name": "Rex", "createdAt": "2001-01-01T00:00:00Z", "owner": "me"}
    first = client.post("/pets", sent).json
    assert first["name"] == "Rex"
    assert {name for name in ("id", "createdAt", "owner") if first.get(name) == sent[name]} == set()
    put = client.call("PUT", f"/pets/{first['id']}", {**sent, "name": "Max"}).json
    assert put == {**first, "name": "Max"}
    assert client.get(f"/pets/{first['id']}").json == put


def test_what_an_item_belongs_to_may_be_named_where_nothing_else_tells(served: Served) -> None:
    note = {"type": "object", "properties": {
        "id": {"type": "integer", "readOnly": True}, "roomid": {"type": "integer", "readOnly": True},
        "text": {"type": "string"}}}  # fmt: skip
    room = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}}}
    number = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    many = {"type": "array", "items": ref("Note")}
    client = served(made({
        "/room": {"post": {"requestBody": send(ref("Room")), "responses": {"201": content(ref("Room"))}}},
        "/room/{id}": {"parameters": number, "get": {"responses": {"200": content(ref("Room"))}}},
        "/room/{id}/note": {"parameters": number, "get": {"responses": {"200": content(many)}}},
        "/note": {"post": {"requestBody": send(ref("Note")), "responses": {"201": content(ref("Note"))}},
                  "get": {"responses": {"200": content(many)}}},
        "/note/{id}": {"parameters": number, "get": {"responses": {"200": content(ref("Note"))}}},
    }, {"Note": note, "Room": room}), empty=True)  # fmt: skip
    rooms = [client.post("/room", {"name": name}).json["id"] for name in "ab"]
    kept = client.post("/note", {"text": "x", "roomid": rooms[0]}).json
    assert kept["roomid"] == rooms[0]
    assert client.get(f"/room/{rooms[0]}/note").json == [kept]
    assert client.get(f"/room/{rooms[1]}/note").json == []
    assert client.post("/note", {"text": "y", "roomid": 4711}).json.get("roomid") != 4711
