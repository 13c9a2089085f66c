"""Parameters in every style: what is encoded is decoded to the same value."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from specdouble.openapi.operations import operations
from specdouble.openapi.parameters import ParameterError, Parameters
from specdouble.openapi.shapes import Shapes

COLOR = {"type": "array", "items": {"type": "string"}}
RGB = {"type": "object", "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}, "B": {"type": "integer"}}}
ITEMS, MEMBERS = ["blue", "black", "brown"], {"R": 100, "G": 200, "B": 150}


def codec(*parameters: dict[str, Any], version: str = "3.2.0", **more: Any) -> Parameters:
    path = "/x" + "".join(f"/{{{one['name']}}}" for one in parameters if one["in"] == "path")
    document = {"openapi": version, "paths": {path: {"get": {"parameters": list(parameters)}}}, **more}
    (operation,) = operations(document)
    return Parameters(operation.parameters, Shapes(document))


def one(location: str, schema: Any, name: str = "color", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "required": location == "path", "schema": schema, **more}


def sent(parameter: dict[str, Any], value: Any) -> str:
    made = codec(parameter).encode({parameter["in"]: {parameter["name"]: value}})
    kind = parameter["in"]
    if kind in ("query", "querystring"):
        return made.query
    return made.path[parameter["name"]] if kind == "path" else made.headers["cookie" if kind == "cookie" else "color"]


def back(parameter: dict[str, Any], text: str) -> Any:
    kind, name = parameter["in"], parameter["name"]
    query = text if kind in ("query", "querystring") else ""
    headers = {"cookie" if kind == "cookie" else name.lower(): text} if kind in ("header", "cookie") else {}
    values, errors = codec(parameter).decode({name: text} if kind == "path" else {}, query, headers)
    assert not errors
    return values[kind].get(name)


# The table of styles in the specification.
TABLE = [
    ("path", "matrix", False, "blue", ";color=blue"),
    ("path", "matrix", False, ITEMS, ";color=blue,black,brown"),
    ("path", "matrix", True, ITEMS, ";color=blue;color=black;color=brown"),
    ("path", "matrix", False, MEMBERS, ";color=R,100,G,200,B,150"),
    ("path", "matrix", True, MEMBERS, ";R=100;G=200;B=150"),
    ("path", "label", False, "blue", ".blue"),
    ("path", "label", False, ITEMS, ".blue,black,brown"),
    ("path", "label", True, ITEMS, ".blue.black.brown"),
    ("path", "label", False, MEMBERS, ".R,100,G,200,B,150"),
    ("path", "label", True, MEMBERS, ".R=100.G=200.B=150"),
    ("path", "simple", False, "blue", "blue"),
    ("path", "simple", False, ITEMS, "blue,black,brown"),
    ("path", "simple", True, ITEMS, "blue,black,brown"),
    ("path", "simple", False, MEMBERS, "R,100,G,200,B,150"),
    ("path", "simple", True, MEMBERS, "R=100,G=200,B=150"),
    ("query", "form", False, "blue", "color=blue"),
    ("query", "form", False, ITEMS, "color=blue,black,brown"),
    ("query", "form", True, ITEMS, "color=blue&color=black&color=brown"),
    ("query", "form", False, MEMBERS, "color=R,100,G,200,B,150"),
    ("query", "form", True, MEMBERS, "R=100&G=200&B=150"),
    ("query", "spaceDelimited", False, ITEMS, "color=blue%20black%20brown"),
    ("query", "spaceDelimited", False, MEMBERS, "color=R%20100%20G%20200%20B%20150"),
    ("query", "pipeDelimited", False, ITEMS, "color=blue|black|brown"),
    ("query", "pipeDelimited", False, MEMBERS, "color=R|100|G|200|B|150"),
    ("query", "deepObject", True, MEMBERS, "color[R]=100&color[G]=200&color[B]=150"),
    ("header", "simple", False, ITEMS, "blue,black,brown"),
    ("header", "simple", True, MEMBERS, "R=100,G=200,B=150"),
    ("cookie", "form", False, ITEMS, "color=blue,black,brown"),
    ("cookie", "form", True, ITEMS, "color=blue&color=black&color=brown"),
    ("cookie", "cookie", True, ITEMS, "color=blue; color=black; color=brown"),
]


@pytest.mark.parametrize(("location", "style", "explode", "value", "text"), TABLE)
def test_the_table_of_the_specification(location: str, style: str, explode: bool, value: Any, text: str) -> None:
    schema = COLOR if isinstance(value, list) else RGB if isinstance(value, dict) else {"type": "string"}
    parameter = one(location, schema, style=style, explode=explode)

    assert sent(parameter, value) == text
    assert back(parameter, text) == value


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
LEAVES = [
    ({"type": "string"}, TEXT),
    ({"type": "integer"}, st.integers()),
    ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False)),
    ({"type": "boolean"}, st.booleans()),
    ({"type": ["integer", "null"]}, st.one_of(st.none(), st.integers())),
    ({"enum": [1, 2, None, "x", True]}, st.sampled_from([1, 2, None, "x", True])),
]
NAMES = st.lists(st.text("abcXYZ-._~ &=äß", min_size=1, max_size=4), min_size=1, max_size=3, unique=True)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """Return a parameter with a value of its schema."""
    location, style, explode, _, _ = draw(st.sampled_from(TABLE))
    leaf, values = draw(st.sampled_from(LEAVES))
    form = draw(st.sampled_from(["text", "array", "object"]))
    if form == "text":
        return one(location, leaf, style=style, explode=explode), draw(values)
    if form == "array":
        schema = {"type": "array", "items": leaf}
        return one(location, schema, style=style, explode=explode), draw(st.lists(values, min_size=1, max_size=4))
    names = draw(NAMES)
    schema = {"type": "object", "properties": dict.fromkeys(names, leaf)}
    return one(location, schema, style=style, explode=explode), {name: draw(values) for name in names}


@given(cases())
def test_decoding_what_was_encoded_is_the_same_value(case: tuple[dict[str, Any], Any]) -> None:
    parameter, value = case
    try:
        text = sent(parameter, value)
    except ParameterError:
        assume(False)

    found = back(parameter, text)

    assert repr(found) == repr(value)


@given(TEXT)
def test_encoders_refuse_few_values_in_paths_and_queries(text: str) -> None:
    for location in ("path", "query"):
        for schema, value in ((COLOR, [text, "b"]), ({"type": "string"}, text)):
            assert back(one(location, schema), sent(one(location, schema), value)) == value


NESTED = {
    "type": "object",
    "properties": {
        "age": {"type": "object", "properties": {"gte": {"type": "integer"}}},
        "tags": COLOR,
        "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}}},
    },
}


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("f[age][gte]=3", {"age": {"gte": 3}}),
        ("f%5Bage%5D%5Bgte%5D=3", {"age": {"gte": 3}}),
        ("f[tags][]=a&f[tags][]=b", {"tags": ["a", "b"]}),
        ("f[tags]=a&f[tags]=b", {"tags": ["a", "b"]}),
        ("f[tags][1]=b&f[tags][0]=a", {"tags": ["a", "b"]}),
        ("f[rows][0][n]=1.5&f[rows][1][n]=2", {"rows": [{"n": 1.5}, {"n": 2}]}),
    ],
)
def test_deep_objects_in_every_spelling(query: str, value: Any) -> None:
    parameter = one("query", NESTED, "f", style="deepObject", explode=True)

    assert back(parameter, query) == value
    assert back(parameter, sent(parameter, value)) == value


@pytest.mark.parametrize(
    ("location", "style", "explode", "value"),
    [
        ("query", "spaceDelimited", False, ["a b", "c"]),
        ("query", "pipeDelimited", False, ["a|b", "c"]),
        ("header", "simple", False, ["a,b", "c"]),
        ("header", "simple", True, {"a=b": "c"}),
        ("query", "deepObject", True, {"a[b]": "c"}),
        ("query", "form", True, [["a"]]),
    ],
)
def test_a_value_with_the_delimiter_in_it_is_refused(location: str, style: str, explode: bool, value: Any) -> None:
    with pytest.raises(ParameterError, match="color"):
        sent(one(location, {}, style=style, explode=explode), value)


def test_items_are_ordered_by_their_number() -> None:
    value = {"rows": [{"n": number} for number in range(12)]}
    parameter = one("query", NESTED, "f", style="deepObject")

    assert back(parameter, sent(parameter, value)) == value


def test_a_deep_object_may_be_a_plain_value_instead() -> None:
    schema = {"anyOf": [{"type": "object", "properties": {"gt": {"type": "integer"}}}, {"type": "integer"}]}
    parameter = one("query", schema, "created", style="deepObject", explode=True)

    assert back(parameter, "created=5") == 5
    assert back(parameter, "created[gt]=5") == {"gt": 5}


@pytest.mark.parametrize(
    "query", ["f=1&f[a]=2", "f" + "[a]" * 30 + "=1", "f[rows][x][n]=1", "f[age]=%FF", "&".join(["a=1"] * 2000)]
)
def test_what_cannot_be_read_is_an_error(query: str) -> None:
    _, errors = codec(one("query", NESTED, "f", style="deepObject")).decode({}, query, {})

    assert [(error.location, type(error)) for error in errors] == [("query", ParameterError)]


def test_content_parameters_are_json() -> None:
    for location in ("query", "header", "cookie", "path"):
        parameter = {"name": "color", "in": location, "content": {"application/json": {"schema": RGB}}}

        assert back(parameter, sent(parameter, {"R": [1, {"x": "ä" if location != "header" else "a"}]})) == {
            "R": [1, {"x": "ä" if location != "header" else "a"}]
        }


def test_the_whole_query_string_may_be_one_parameter() -> None:
    form = {"application/x-www-form-urlencoded": {"schema": {**RGB, "additionalProperties": COLOR}}}
    parameter = {"name": "q", "in": "querystring", "content": form}
    json = {"name": "q", "in": "querystring", "content": {"application/json": {"schema": RGB}}}

    assert sent(parameter, {"R": 1, "t": ["a", "b"]}) == "R=1&t=a&t=b"
    assert back(parameter, "R=1&t=a&t=b") == {"R": 1, "t": ["a", "b"]}
    assert back(json, sent(json, {"R": 1})) == {"R": 1}


def test_reserved_characters_stay_where_that_is_allowed() -> None:
    parameter = one("query", {"type": "string"}, allowReserved=True)

    assert sent(parameter, "a/b?c:d&e=f+g h") == "color=a/b?c:d%26e%3Df%2Bg%20h"
    assert back(parameter, sent(parameter, "a/b?c:d&e=f+g h")) == "a/b?c:d&e=f+g h"


def test_exploded_objects_share_the_query_with_other_parameters() -> None:
    made = codec(one("query", {**RGB, "additionalProperties": {"type": "boolean"}}), one("query", COLOR, "R2"))

    values, _ = made.decode({}, "R=1&R2=x&more=true", {})

    assert values["query"] == {"color": {"R": 1, "more": True}, "R2": ["x"]}


@pytest.mark.parametrize(
    ("collection_format", "text"),
    [("csv", "t=a,b"), ("ssv", "t=a%20b"), ("tsv", "t=a%09b"), ("pipes", "t=a|b"), ("multi", "t=a&t=b")],
)
def test_collection_formats_of_2_0(collection_format: str, text: str) -> None:
    raw = {
        "name": "t",
        "in": "query",
        "type": "array",
        "items": {"type": "string"},
        "collectionFormat": collection_format,
    }
    document = {"swagger": "2.0", "paths": {"/x": {"get": {"parameters": [raw], "responses": {}}}}}
    (operation,) = operations(document)
    made = Parameters(operation.parameters, Shapes(document))

    assert made.encode({"query": {"t": ["a", "b"]}}).query == text
    assert made.decode({}, text, {})[0] == {"query": {"t": ["a", "b"]}}


@pytest.mark.parametrize("text", ["1_0", "٣", "1e999", "0x1", "--1", "1" * 5000, "nan", "True"])
def test_text_that_is_no_value_of_the_type_stays_text(text: str) -> None:
    for kind in ("integer", "number", "boolean"):
        assert back(one("query", {"type": kind}), f"color={text}") == text


def test_headers_that_are_described_elsewhere_are_ignored() -> None:
    made = codec(one("header", {"type": "integer"}, "Authorization"), one("header", {"type": "integer"}, "X-N"))

    assert made.decode({}, "", {"authorization": "1", "x-n": "2"})[0] == {"header": {"X-N": 2}}


@pytest.mark.parametrize("value", ["a\r\nb", "☃", " a"])
def test_headers_refuse_what_they_cannot_hold(value: str) -> None:
    with pytest.raises(ParameterError):
        sent(one("header", {"type": "string"}), value)
