"""Parameters that are named differently in paths that share a segment."""

from __future__ import annotations

import tracemalloc

import pytest

from specdouble.openapi.media_types import is_json, kind_of
from specdouble.openapi.model import infer
from specdouble.openapi.model.evidence.words import plain, singular, words


def test_a_parent_is_named_as_the_path_of_the_operation_names_it() -> None:
    """`/boxes/{id}` and `/boxes/{box_id}/lids/{id}` share a segment: each operation has the names of its own path."""
    thing = {"type": "object", "properties": {"id": {"type": "string"}}}
    answer = {"200": {"description": "It.", "content": {"application/json": {"schema": thing}}}}
    listed = {"type": "array", "items": thing}
    many = {"200": {"description": "They.", "content": {"application/json": {"schema": listed}}}}

    def named(*names: str) -> list[dict[str, object]]:
        return [{"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in names]

    found = infer(
        {
            "openapi": "3.1.0",
            "info": {"title": "Boxes", "version": "1"},
            "paths": {
                "/boxes": {"get": {"responses": many}, "post": {"responses": answer}},
                "/boxes/{id}": {"get": {"parameters": named("id"), "responses": answer}},
                "/boxes/{box_id}/lids": {"get": {"parameters": named("box_id"), "responses": many}},
                "/boxes/{box_id}/lids/{id}": {"get": {"parameters": named("box_id", "id"), "responses": answer}},
            },
        }
    ).by_key
    assert found["GET /boxes/{box_id}/lids"].within == {"box_id": "box"}
    assert found["GET /boxes/{box_id}/lids/{id}"].within == {"box_id": "box"}


def test_what_is_remembered_of_names_has_a_bound() -> None:
    """Names come with requests too: with members that nobody declared, and with media types."""

    def ask(first: int) -> int:
        for number in range(first, first + 9_000):
            for function in (words, plain, singular, kind_of, is_json):
                function(f"name{number}")
        for number in range(first, first + 60):
            for function in (words, plain, singular, kind_of, is_json):
                function(f"{number}-" * 10_000)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        full = ask(0)
        assert ask(100_000) - full < 1_000_000
        assert full < 12_000_000
    finally:
        tracemalloc.stop()
    assert (plain("Pet_Id"), words("petId"), singular("Movies")) == ("petid", ("pet", "id"), "movie")
    long = "b" * 300
    assert (plain(f"A_{long}"), kind_of(f"A/{long}; c"), is_json(f"a/{long}+json")) == (f"a{long}", f"a/{long}", True)


@pytest.mark.parametrize(
    ("many", "one"),
    [("shelves", "shelf"), ("knives", "knife"), ("women", "woman"), ("heroes", "hero"), ("analyses", "analysis"),
     ("moves", "move"), ("archives", "archive"), ("shoes", "shoe"), ("bases", "base"), ("olives", "olive")],
)  # fmt: skip
def test_nouns_have_a_singular(many: str, one: str) -> None:
    assert singular(many) == one
