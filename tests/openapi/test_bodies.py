"""Bodies in every media type: what is encoded is decoded to the same value, and what is hostile is refused."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdouble.openapi.bodies import Bodies, BodyError, File, Limits, without_files
from specdouble.openapi.operations import operations
from specdouble.openapi.shapes import Shapes

PET = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "good": {"type": "boolean"},
        "weight": {"type": ["number", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "owner": {"type": "object", "properties": {"age": {"type": "integer"}, "mail": {"type": "string"}}},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}}},
        "photo": {"type": "string", "format": "binary"},
    },
}
FORM, MULTI, XML = "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"


def bodies(*kinds: str, schema: Any = PET, limits: Limits | None = None, **media: Any) -> Bodies:
    content = {kind: {"schema": schema, **media} for kind in kinds}
    document = {"openapi": "3.1.0", "paths": {"/x": {"post": {"requestBody": {"content": content}}}}}
    (operation,) = operations(document)
    assert operation.body is not None
    return Bodies(operation.body.content, Shapes(document), limits)


def again(made: Bodies, value: Any, kind: str | None = None) -> Any:
    return made.decode(*made.encode(value, kind))


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=8)
FLAT = {
    "id": st.integers(-(2**63), 2**63 - 1),
    "name": TEXT,
    "good": st.booleans(),
    "weight": st.floats(allow_nan=False, allow_infinity=False),
    "tags": st.lists(TEXT, min_size=1, max_size=3),
}
OWNER = st.fixed_dictionaries({"age": st.integers(-9, 9), "mail": TEXT})
ROWS = st.lists(st.fixed_dictionaries({"n": st.floats(-1, 1)}), min_size=1, max_size=2)
PETS = st.fixed_dictionaries({}, optional={**FLAT, "owner": OWNER, "rows": ROWS})
DEEP = {"owner": {"style": "deepObject", "explode": True}, "rows": {"style": "deepObject"}}


@given(PETS)
def test_decoding_what_was_encoded_is_the_same_value(value: Any) -> None:
    for kind in ("application/json", "application/hal+json", FORM, MULTI, XML):
        assert again(bodies(kind), value) == value, kind
    for kind in (FORM, MULTI):
        assert again(bodies(kind, encoding=DEEP), value) == value, kind


@given(st.lists(PETS, max_size=3))
def test_sequences_and_lists(value: Any) -> None:
    schema = {"type": "array", "items": PET}
    for kind in ("application/jsonl", "application/x-ndjson", "application/json-seq", "application/json", XML):
        assert again(bodies(kind, schema=schema), value) == value, kind


@given(st.binary(), TEXT)
def test_files_come_back_as_they_were_sent(data: bytes, name: str) -> None:
    value = {"photo": File(data, "cat.png", "image/png"), "name": name}

    assert again(bodies(MULTI), value) == value
    assert again(bodies(MULTI, schema={}), value) == {"photo": value["photo"], "name": name}
    assert without_files(value)["photo"] == data.decode("latin-1")
    assert again(bodies("application/octet-stream", schema={}), data) == data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id=7&name=a+b%26&good=true", {"id": 7, "name": "a b&", "good": True}),
        ("tags=a&tags=b", {"tags": ["a", "b"]}),
        ("tags[]=a&tags[]=b", {"tags": ["a", "b"]}),
        ("owner[age]=3&owner%5Bmail%5D=x", {"owner": {"age": 3, "mail": "x"}}),
        ('owner={"age":3}', {"owner": {"age": 3}}),
        ("rows[0][n]=1&rows[1][n]=2.5", {"rows": [{"n": 1}, {"n": 2.5}]}),
        ("other=1&other=2&more=x", {"other": ["1", "2"], "more": "x"}),
        ("", {}),
    ],
)
def test_forms_in_every_usual_spelling(text: str, expected: Any) -> None:
    assert bodies(FORM).decode(text.encode(), f"{FORM}; charset=utf-8") == expected


def test_encoding_says_how_members_of_a_form_are_written() -> None:
    encoding = {
        "tags": {"style": "pipeDelimited", "explode": False},
        "owner": {"style": "deepObject"},
        "name": {"allowReserved": True},
    }
    made = bodies(FORM, encoding=encoding)
    value = {"tags": ["a", "b"], "owner": {"age": 3}, "name": "a/b"}

    assert made.encode(value)[0] == b"tags=a|b&owner[age]=3&name=a/b"
    assert again(made, value) == value


def multi(*parts: tuple[str, str]) -> bytes:
    return b"".join(f"--B\r\n{head}\r\n\r\n{data}\r\n".encode() for head, data in parts) + b"--B--\r\n"


def test_parts_are_read_by_their_own_media_type() -> None:
    raw = multi(
        ('Content-Disposition: form-data; name="owner"\r\nContent-Type: application/json', '{"age": 3}'),
        ('Content-Disposition: form-data; name="rows"', '{"n": 1}'),
        ('Content-Disposition: form-data; name="tags"', "a"),
        ('Content-Disposition: form-data; name="tags"', "b"),
        ('Content-Disposition: form-data; name="id"', "7"),
        ('Content-Disposition: form-data; name="photo"; filename="ä.txt"\r\nContent-Type: text/plain', "x"),
        ('Content-Disposition: form-data; name="name"\r\nContent-Type: text/plain; charset=latin-1', "a"),
    )

    assert bodies(MULTI).decode(raw, f'{MULTI}; boundary="B"') == {
        "owner": {"age": 3},
        "rows": [{"n": 1}],
        "tags": ["a", "b"],
        "id": 7,
        "photo": File(b"x", "ä.txt", "text/plain"),
        "name": "a",
    }


def test_a_list_may_be_one_part() -> None:
    made = bodies(MULTI, encoding={"tags": {"style": "pipeDelimited", "explode": False}})

    assert b"a|b" in made.encode({"tags": ["a", "b"]})[0]
    assert again(made, {"tags": ["a", "b"]}) == {"tags": ["a", "b"]}


XML_PET = {
    "type": "object",
    "xml": {"name": "pet", "prefix": "p", "namespace": "urn:pets"},
    "properties": {
        "id": {"type": "integer", "xml": {"attribute": True}},
        "name": {"type": "string", "xml": {"name": "petName"}},
        "tags": {
            "type": "array",
            "xml": {"name": "tagList", "wrapped": True},
            "items": {"type": "string", "xml": {"name": "tag"}},
        },
        "photos": {"type": "array", "items": {"type": "integer", "xml": {"name": "photo"}}},
        "note": {"type": ["string", "null"]},
    },
}


def test_xml_is_written_as_the_schema_tells() -> None:
    made = bodies(XML, schema=XML_PET)
    value = {"id": 7, "name": "a<b>&", "tags": ["x", "y"], "photos": [1, 2], "note": None}

    raw, _ = made.encode(value)

    assert raw.partition(b"\n")[2].decode() == (
        '<p:pet xmlns:p="urn:pets" id="7"><petName>a&lt;b&gt;&amp;</petName>'
        "<tagList><tag>x</tag><tag>y</tag></tagList><photo>1</photo><photo>2</photo>"
        '<note xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></p:pet>'
    )
    assert made.decode(raw) == value


def test_xml_node_types_of_3_2() -> None:
    schema = {
        "type": "object",
        "properties": {
            "lang": {"type": "string", "xml": {"nodeType": "attribute"}},
            "t": {"type": "string", "xml": {"nodeType": "text"}},
        },
    }

    assert again(bodies(XML, schema=schema), {"lang": "en", "t": "a\r\n\tb"}) == {"lang": "en", "t": "a\r\n\tb"}


@pytest.mark.parametrize(
    ("kinds", "sent", "expected"),
    [
        (["application/json", "text/*"], "text/plain; charset=utf-8", "text/*"),
        (["*/*", "text/*", "text/plain"], "text/plain", "text/plain"),
        (["*/*", "application/*"], "application/json", "application/*"),
        ([FORM, "application/vnd.api+json"], None, "application/vnd.api+json"),
        (["Application/JSON; charset=utf-8"], "application/json", "Application/JSON; charset=utf-8"),
    ],
)
def test_the_most_special_media_type_is_meant(kinds: list[str], sent: str | None, expected: str) -> None:
    assert bodies(*kinds).pick(sent)[1].media_type == expected


def test_anything_at_all_stays_as_it_was_sent() -> None:
    assert bodies("*/*", schema={}).decode(b"\xff", "application/json") == b"\xff"
    assert bodies("*/*", schema=PET).decode(b'{"id": 1}', "application/json") == {"id": 1}


def test_json_patch_and_merge_patch() -> None:
    patch, merge = "application/json-patch+json", "application/merge-patch+json"
    made = bodies(patch, merge, schema={})
    operations_ = [{"op": "replace", "path": "/a", "value": None}, {"op": "move", "from": "/a", "path": "/b"}]

    assert again(made, operations_, patch) == operations_
    assert again(made, {"a": None}, merge) == {"a": None}


BOMB = b'<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("kind", "raw", "why"),
    [
        ("application/json", b"[" * 5000, "JSON|levels"),
        ("application/json", b"[" * 300 + b"]" * 300, "levels"),
        ("application/json", b'{"a": NaN}', "JSON"),
        ("application/json", b"\xff", "JSON"),
        ("application/json", b"", "JSON"),
        (FORM, b"a=1&" * 5000, "fields"),
        (FORM, "ä=1".encode(), "percent-encoded"),
        (FORM, b"a=%FF", "UTF-8"),
        (FORM, b"owner[age]=1&owner=2", "both a value"),
        (FORM, b"owner={", "."),
        (MULTI, b"", "boundary"),
        (f"{MULTI}; boundary=B", b"--B\r\n", "not a valid form"),
        (f"{MULTI}; boundary=B", b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", "no name"),
        (f"{MULTI}; boundary=B", multi(("X: y", "z")), "not a valid form"),
        (f"{MULTI}; boundary=B", multi(('Content-Disposition: form-data; name="a"', "z")) * 1, ""),
        (f"{MULTI}; boundary=B", multi(*[('Content-Disposition: form-data; name="a"', "z")] * 1001), "parts"),
        (XML, BOMB, "document type"),
        (XML, b"<a>" * 300, "deeply|XML"),
        (XML, b"<a></b>", "XML"),
        (XML, b"", "XML"),
        (XML, b'<?xml version="1.0" encoding="nobody"?><a/>', "XML"),
        ("text/plain", b"\xff", "utf-8"),
        ("text/plain; charset=undefined", b"x", "undefined"),
        ("image/png", b"x", "not declared"),
        ("application/json-patch+json", b'[{"op": "add", "path": "/a"}]', "needs `value`"),
        ("application/json-patch+json", b"{}", "list"),
        ("application/json-patch+json", b'[{"op": {}, "path": "/a"}]', "has `op`"),
        ("application/json-patch+json", b'[{"op": ["add"], "path": "/a"}]', "has `op`"),
    ],
)
def test_hostile_and_broken_bodies_are_refused(kind: str, raw: bytes, why: str) -> None:
    made = bodies("application/json", "application/json-patch+json", FORM, MULTI, XML, "text/plain")
    if not why:
        assert made.decode(raw, kind) == {"a": "z"}
        return
    start = time.process_time()

    with pytest.raises(BodyError, match=why):
        made.decode(raw, kind)

    assert time.process_time() - start < 1


def test_bodies_have_a_size() -> None:
    with pytest.raises(BodyError, match="more than 10 bytes") as caught:
        bodies("application/json", limits=Limits(size=10)).decode(b" " * 11)

    assert caught.value.kind == "size"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (XML, {"a b": 1}),
        (XML, {"name": "\0"}),
        (FORM, ["a"]),
        (MULTI, "a"),
        (FORM, {"id": [{}, object()]}),
    ],
)
def test_what_a_media_type_cannot_hold_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(BodyError):
        bodies(kind).encode(value)


def test_text_is_typed_by_its_schema() -> None:
    assert bodies("text/plain", schema={"type": "integer"}).decode(b"7") == 7
    assert bodies("text/plain", schema={"type": "object"}).decode(b'{"a": 7}') == {"a": 7}
    assert bodies("text/plain", schema={"type": "object"}).decode(b"no JSON") == "no JSON"
    assert again(bodies("text/plain", schema={"type": "object"}), {"a": 7}) == {"a": 7}
    with pytest.raises(BodyError):
        bodies("text/plain", schema={"type": "string"}).encode({"a": 7})
    assert again(bodies("text/csv", schema={"type": "string"}), "a,ä") == "a,ä"


def test_a_text_of_a_format_of_its_own_is_a_text() -> None:
    """An image as SVG that the document calls a string is sent as it is; XML as data is still read."""
    made = bodies("image/svg+xml", XML, schema={"type": "string"})
    assert made.decode(b"<svg/>", "image/svg+xml") == "<svg/>"
    assert made.decode(b"not <svg", "image/svg+xml") == "not <svg"
    assert made.encode("not <svg", "image/svg+xml") == (b"not <svg", "image/svg+xml")
    with pytest.raises(BodyError, match="not valid XML"):
        made.decode(b"not <svg", XML)
