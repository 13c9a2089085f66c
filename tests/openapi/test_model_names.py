"""Parameters that are named differently in paths that share a segment."""

from __future__ import annotations

from specdouble.openapi.model import infer


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
