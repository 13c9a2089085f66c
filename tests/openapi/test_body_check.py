"""The one check of bodies in every media type; sequences; patches."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi import Document
from specdouble.openapi.bodies import Bodies, BodyCheck, BodyError, File, PatchError, apply_patch, merge
from specdouble.openapi.reading.json_text import encode
from specdouble.openapi.shapes import Shapes

PET = {
    "type": "object",
    "required": ["name", "id"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "maxLength": 4},
        "photo": {"type": "string", "format": "binary", "maxLength": 3},
    },
    "additionalProperties": False,
}


def check(kind: str, schema: Any = None, reading: str = "request", version: str = "3.2.0", **media: Any) -> BodyCheck:
    content = {kind: {**({"schema": schema} if schema is not None else {}), **media}}
    made = {"openapi": version, "paths": {"/x": {"post": {"requestBody": {"content": content}, "responses": {}}}}}
    document = Document("d", encode(made))
    (operation,) = document.operations
    assert operation.body is not None
    return BodyCheck(operation.body.content, document.schemas, reading)


def told(made: BodyCheck, raw: bytes, content_type: str | None = None) -> list[str]:
    return [str(one) for one in made.read(raw, content_type)[1]]


MULTI = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n%s\r\n--b--\r\n'  # noqa: E501


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "where"),
    [
        ("application/json", b'{"name": "a"}', b'{"name": "abcde"}', "/name: "),
        ("application/x-www-form-urlencoded", b"name=a", b"name=abcde", "/name: "),
        ("multipart/form-data; boundary=b", MULTI % (b"a", b"xyz"), MULTI % (b"a", b"wxyz"), "/photo: "),
        ("application/xml", b"<pet><name>a</name></pet>", b"<pet><name>abcde</name></pet>", "/name: "),
        ("application/x-www-form-urlencoded", b"name=a", b"name=a&more=1", "Additional properties"),
        ("application/json", b'{"name": "a"}', b'{"name": ', "not valid JSON"),
        ("application/xml", b"<pet><name>a</name></pet>", b"<pet>", "not valid XML"),
    ],
)
def test_every_media_type_is_held_against_its_schema(kind: str, right: bytes, wrong: bytes, where: str) -> None:
    made = check(kind.partition(";")[0], PET)

    assert told(made, right, kind) == []
    assert any(where in one for one in told(made, wrong, kind)), told(made, wrong, kind)


def test_members_of_the_other_direction_are_not_asked_for() -> None:
    assert told(check("application/json", PET, "request"), b'{"name": "a"}') == []
    assert told(check("application/json", PET, "response"), b'{"name": "a"}') == ['"id" is a required property']


def test_text_and_bytes() -> None:
    assert told(check("text/plain", {"type": "integer", "maximum": 3}), b"3") == []
    assert told(check("text/plain", {"type": "integer", "maximum": 3}), b"4") == ["4 is greater than the maximum of 3"]
    assert told(check("image/png", {"type": "string", "format": "binary", "maxLength": 2}), b"\x00\xff") == []
    assert told(check("image/png", {"type": "string", "format": "binary", "maxLength": 2}), b"\x00\xff\x00") != []
    assert told(check("application/json", PET), b"a", "text/plain")[0].startswith("text/plain is not declared")


ITEM = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


@pytest.mark.parametrize("kind", ["application/jsonl", "application/x-ndjson", "application/json-seq"])
def test_items_of_a_sequence(kind: str) -> None:
    mark = b"\x1e" if kind.endswith("seq") else b""
    raw = b"".join(mark + one + b"\n" for one in (b'{"n": 1}', b'{"n": "x"}', b"{}"))

    for made in (check(kind, itemSchema=ITEM), check(kind, ITEM, version="3.0.3")):
        value, found = made.read(raw)
        assert value == [{"n": 1}, {"n": "x"}, {}]
        assert [one.place for one in found] == [(1, "n"), (2,)]


EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "event": {"enum": ["tick"]},
        "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": ITEM},
    },
}
STREAM = (
    b': hello\n\nevent: tick\nid: 7\nretry: 10\ndata: {"n":\ndata:  1}\n\n'
    b'data: {"n": "x"}\r\n\r\nevent: tack\ndata: 3\n\ndata: cut'
)


def test_events_of_a_stream_and_the_json_inside_of_them() -> None:
    value, found = check("text/event-stream", itemSchema=EVENT).read(STREAM)

    assert value[0] == {"event": "tick", "id": "7", "retry": 10, "data": '{"n":\n 1}'}
    assert len(value) == 3
    assert [one.place for one in found] == [(1, "data", "n"), (2, "event"), (2, "data")]
    for schema in ({"type": "string"}, {"type": "object", "required": ["n"]}, None):
        assert told(check("text/event-stream", schema, version="3.0.3"), STREAM) == []


def test_parts_without_names() -> None:
    raw = b"--x\r\nContent-Type: application/json\r\n\r\n[1]\r\n--x\r\n\r\nhi\r\n"
    raw += b"--x\r\nContent-Type: image/png\r\n\r\n\x00\r\n--x--\r\n"
    made = check("multipart/mixed", {"type": "array", "maxItems": 2})

    value, found = made.read(raw, "multipart/mixed; boundary=x")

    assert value == [[1], "hi", File(b"\x00", None, "image/png")]
    assert [one.kind for one in found] == ["schema"]
    assert [one.kind for one in made.read(b"nothing", "multipart/mixed; boundary=x")[1]] == ["syntax"]
    assert [one.kind for one in made.read(raw, "multipart/mixed")[1]] == ["media-type"]


def test_sequences_are_written_and_read_again() -> None:
    for kind, value in (
        ("text/event-stream", [{"data": "a\nb", "id": "1"}, {"event": "x", "data": "{}", "retry": 5}]),
        ("multipart/mixed", [{"a": 1}, "text", File(b"\x00\r\n", "a.bin", "image/png")]),
        ("application/jsonl", [1, {"a": []}]),
    ):
        bodies: Bodies = check(kind).bodies
        assert bodies.decode(*bodies.encode(value, kind)) == value
    with pytest.raises(BodyError, match="line breaks"):
        check("text/event-stream").bodies.encode([{"id": "a\nb", "data": ""}])


def test_a_json_patch_is_not_held_against_the_schema_of_what_it_patches() -> None:
    made = check("application/json-patch+json", {"type": "object"})

    assert told(made, b'[{"op": "remove", "path": "/a"}]') == []
    assert told(made, b'[{"op": "drop"}]') != []


@pytest.mark.parametrize(
    ("value", "patch", "expected"),
    [
        ({"a": "b", "c": {"d": 1, "e": 2}}, {"a": None, "c": {"e": 3}, "f": [1]}, {"c": {"d": 1, "e": 3}, "f": [1]}),
        ({"a": [1]}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        ([1], {"a": 1}, {"a": 1}),
        ({"a": 1}, ["x"], ["x"]),
        ({"a": 1}, None, None),
    ],
)
def test_merge_patch(value: Any, patch: Any, expected: Any) -> None:
    before = encode(value)

    assert merge(value, patch) == expected
    assert encode(value) == before


@pytest.mark.parametrize(
    ("value", "steps", "expected"),
    [
        ({"a": 1}, [("add", "/b", 2)], {"a": 1, "b": 2}),
        ([1, 3], [("add", "/1", 2)], [1, 2, 3]),
        ([1], [("add", "/-", 2)], [1, 2]),
        ({"a": 1}, [("add", "", 5)], 5),
        ({"a": {"b": 1}}, [("remove", "/a/b")], {"a": {}}),
        ([1, 2], [("remove", "/0")], [2]),
        ({"a": 1}, [("replace", "/a", None)], {"a": None}),
        ({"a": [1, {"b": 2}]}, [("replace", "/a/1/b", 3)], {"a": [1, {"b": 3}]}),
        ({"a": 1, "b": {}}, [("move", "/b/c", "/a")], {"b": {"c": 1}}),
        ([1, 2, 3], [("move", "/2", "/0")], [2, 3, 1]),
        ({"a": {"x": 1}}, [("copy", "/b", "/a")], {"a": {"x": 1}, "b": {"x": 1}}),
        ({"a": 1.0}, [("test", "/a", 1)], {"a": 1.0}),
        ({"~/": 1}, [("replace", "/~0~1", 2)], {"~/": 2}),
        ({"a": 1}, [("move", "/a", "/a")], {"a": 1}),
    ],
)
def test_json_patch(value: Any, steps: list[Any], expected: Any) -> None:
    before = encode(value)
    third = {"move": "from", "copy": "from"}
    patch = [
        {"op": kind, "path": path, **{third.get(kind, "value"): one for one in rest}} for kind, path, *rest in steps
    ]

    assert apply_patch(value, patch) == expected
    assert encode(value) == before


@pytest.mark.parametrize(
    ("value", "step", "failed"),
    [
        ({}, {"op": "remove", "path": "/a"}, False),
        ({}, {"op": "replace", "path": "/a", "value": 1}, False),
        ({}, {"op": "add", "path": "/a/b", "value": 1}, False),
        ([1], {"op": "add", "path": "/3", "value": 1}, False),
        ([1], {"op": "replace", "path": "/-", "value": 1}, False),
        ([1], {"op": "replace", "path": "/00", "value": 1}, False),
        ({"a": {}}, {"op": "move", "path": "/a/b", "from": "/a"}, False),
        ({"a": 1}, {"op": "test", "path": "/a", "value": True}, True),
        ({"a": "1"}, {"op": "test", "path": "/a", "value": 1}, True),
    ],
)
def test_patches_that_cannot_be_applied(value: Any, step: Any, failed: bool) -> None:
    with pytest.raises(PatchError) as caught:
        apply_patch(value, [step])

    assert (caught.value.failed, caught.value.index) == (failed, 0)


def test_what_is_no_patch_is_refused() -> None:
    for one in ({}, [5], [{"op": "add", "path": "/a"}], [{"op": "add", "path": "a", "value": 1}]):
        with pytest.raises(BodyError):
            apply_patch({}, one)


def test_shapes_of_nothing() -> None:
    assert Bodies({}, Shapes({})).content == {}
