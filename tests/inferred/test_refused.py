"""Refusals: of the statuses that an operation declares, the one that says the same to a client."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inferred.conftest import Served
from tests.inferred.test_promises import content, made, send

NUMBER = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
LAMP = {"type": "object", "required": ["name"], "properties": {
    "id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}}}  # fmt: skip


def lamps(*refusals: str) -> dict[str, Any]:
    said = {one: {"description": "No"} for one in refusals}
    return made({
        "/lamps": {"post": {"requestBody": send(LAMP), "responses": {"201": content(LAMP), **said}}},
        "/lamps/{id}": {"parameters": [NUMBER], "get": {"responses": {"200": content(LAMP), **said}}},
    }, {})  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "invalid", "unknown", "no_key"),
    [
        ((), 400, 404, 400),
        (("400",), 400, 404, 400),
        (("422",), 422, 404, 422),
        (("404",), 400, 404, 404),  # what cannot be a key names nothing
        (("400", "404"), 400, 404, 400),
        (("422", "404"), 422, 404, 422),
        (("410",), 400, 410, 400),
        (("4XX",), 400, 404, 400),
        (("default",), 400, 404, 400),
        (("401", "403"), 400, 404, 400),  # none of these says what is wrong
    ],
)
def test_a_refusal_has_the_declared_status_that_means_it(
    served: Served, declared: tuple[str, ...], invalid: int, unknown: int, no_key: int
) -> None:
    client = served(lamps(*declared), empty=True)
    assert client.post("/lamps", {}).status == invalid
    assert client.get("/lamps/7").status == unknown
    assert client.get("/lamps/seven").status == no_key


def test_whole_numbers_of_64_bits_are_taken_to_their_ends(served: Served) -> None:
    client = served(lamps("400"), empty=True)
    for number in (-(2**63), 2**63 - 1):
        assert client.get(f"/lamps/{number}").status == 404, "a number, and of no lamp"
    for number in (-(2**63) - 1, 2**63):
        assert client.get(f"/lamps/{number}").status == 400


def test_an_object_in_a_text_is_read_where_texts_are_declared_for_objects(served: Served) -> None:
    document = lamps()
    document["paths"]["/lamps"]["post"]["requestBody"]["content"]["text/plain"] = {"schema": LAMP}
    client = served(document, empty=True)
    kept = client.call("POST", "/lamps", data=b'{"name": "desk"}', content_type="text/plain")
    assert kept.status == 201
    assert client.get(f"/lamps/{kept.json['id']}").json["name"] == "desk"
    assert client.call("POST", "/lamps", data=b"desk", content_type="text/plain").status == 400
