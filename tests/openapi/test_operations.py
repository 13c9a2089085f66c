"""One model for every version; what is broken is left out with its place, and the rest works."""

from typing import Any

import pytest

from specdouble.openapi.dialects import current
from specdouble.openapi.operations import Operation, operations, read_operations
from specdouble.openapi.operations.servers import Server, Variable, read_servers
from specdouble.openapi.pointers import lookup

OK = {"200": {"description": "Fine"}}


def only(document: dict[str, Any]) -> Operation:
    reading = read_operations(document)
    assert reading.mistakes == ()
    (found,) = reading.operations
    return found


def swagger(operation: dict[str, Any], path: str = "/x", **more: Any) -> dict[str, Any]:
    return {"swagger": "2.0", "paths": {path: {"post": {"responses": OK, **operation}}}, **more}


def test_a_body_of_2_0_is_a_request_body_in_what_is_consumed() -> None:
    schema = {"$ref": "#/definitions/Pet"}
    raw = swagger(
        {"parameters": [{"$ref": "#/parameters/Pet"}], "responses": {"201": {"$ref": "#/responses/Made"}}},
        consumes=["application/json", "application/xml"],
        produces=["application/xml"],
        parameters={"Pet": {"name": "pet", "in": "body", "required": True, "schema": schema}},
        responses={"Made": {"description": "Made", "schema": schema, "examples": {"application/xml": "<a/>"}}},
        definitions={"Pet": {"type": "object"}},
    )

    operation = only(raw)

    assert operation.body is not None
    assert (operation.body.required, list(operation.body.content)) == (True, ["application/json", "application/xml"])
    assert operation.parameters == ()
    assert (operation.success.media_type, operation.success.example) == ("application/xml", "<a/>")
    model, _ = current(raw)
    assert lookup(model, operation.body.content["application/xml"].pointer) == schema
    assert lookup(model, operation.success.pointer) == schema


def test_fields_of_a_form_of_2_0_are_one_schema_and_files_make_it_multipart() -> None:
    fields = [
        {"name": "name", "in": "formData", "type": "string", "required": True},
        {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"},
        {"name": "photo", "in": "formData", "type": "file"},
    ]

    files = only(swagger({"parameters": fields})).body
    plain = only(swagger({"parameters": fields[:2]})).body

    assert files is not None
    assert plain is not None
    assert list(files.content) == ["multipart/form-data"]
    content = plain.content["application/x-www-form-urlencoded"]
    assert isinstance(content.schema, dict)
    assert content.schema["required"] == ["name"]
    assert content.encoding == {"tags": {"style": "pipeDelimited", "explode": False}}


def test_servers_of_2_0_are_made_of_host_and_base_path() -> None:
    operation = only(swagger({}, host="api.test", basePath="/v2/", schemes=["https", "http"]))

    assert [one.template for one in operation.servers] == ["https://api.test/v2/", "http://api.test/v2/"]
    assert operation.servers[0].base_path == "/v2"


def test_methods_of_3_2() -> None:
    item = {"query": {"responses": OK}, "get": {"responses": OK}, "additionalOperations": {"COPY": {"responses": OK}}}

    assert [one.key for one in operations({"openapi": "3.2.0", "paths": {"/x": item}})] == [
        "QUERY /x",
        "GET /x",
        "COPY /x",
    ]
    assert [one.key for one in operations({"openapi": "3.1.0", "paths": {"/x": item}})] == ["GET /x"]


def test_sequences_and_whole_query_strings_of_3_2() -> None:
    content = {"$ref": "#/components/mediaTypes/Lines"}
    parameter = {"name": "q", "in": "querystring", "content": {"application/json": {"schema": {"type": "object"}}}}
    operation = only(
        {
            "openapi": "3.2.0",
            "paths": {
                "/x": {
                    "get": {
                        "parameters": [parameter],
                        "responses": {"200": {"content": {"application/jsonl": content}}},
                    }
                }
            },
            "components": {"mediaTypes": {"Lines": {"itemSchema": {"type": "integer"}}}},
        }
    )

    assert operation.success.content is not None
    assert operation.success.content["application/jsonl"].item_schema == {"type": "integer"}
    assert operation.parameters[0].content is not None
    assert (operation.parameters[0].location, operation.parameters[0].schema) == ("querystring", {"type": "object"})


def test_the_closest_servers_count() -> None:
    one, two, three = ([{"url": f"/{name}"}] for name in "abc")
    document = {
        "openapi": "3.1.0",
        "servers": one,
        "paths": {
            "/1": {"get": {"responses": OK}},
            "/2": {"servers": two, "get": {"responses": OK}, "put": {"responses": OK, "servers": three}},
        },
    }

    assert [found.servers[0].template for found in operations(document)] == ["/a", "/b", "/c"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.test/api/v3/", "/api/v3"),
        ("/api", "/api"),
        ("api", "/api"),
        ("https://{region}.x.test/{v}", "/v1"),
        ("https://x.test/{region}/{v}", "/eu/v1"),
        ("https://x.test", ""),
        ("https://[x", ""),
        ("/a%20b", "/a b"),
    ],
)
def test_base_paths_with_variables(url: str, expected: str) -> None:
    variables = {"region": {"default": "eu", "enum": ["eu", "us"]}, "v": {"default": "v1"}}
    (server,) = read_servers([{"url": url, "variables": variables}])

    assert server.base_path == expected


def test_what_is_no_server_is_left_out() -> None:
    assert [one.template for one in read_servers([{"url": "/a"}, "nothing", {"url": 1}])] == ["/a"]


def test_an_address_is_filled_in() -> None:
    server = Server("https://{region}.test/{v}", {"region": Variable("eu", ("eu", "us")), "v": Variable("v1")})

    assert server.url() == "https://eu.test/v1"
    assert server.url(region="us", v="v2") == "https://us.test/v2"
    for wrong in ({"region": "de"}, {"other": "x"}):
        with pytest.raises(ValueError, match="region"):
            server.url(**wrong)


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"parameters": [{"$ref": "#/components/parameters/No"}]}, "/parameters/0", "points at nothing"),
    ({"parameters": [{"$ref": "other.yaml#/X"}]}, "/parameters/0", "leaves the document"),
    ({"parameters": [{"in": "query"}]}, "/parameters/0", "has a name"),
    ({"parameters": ["x"]}, "/parameters/0", "a mapping"),
    ({"parameters": {"a": 1}}, "/parameters", "a list"),
    ({"requestBody": {"$ref": "#/nothing"}}, "/requestBody", "points at nothing"),
    ({"requestBody": {"content": []}}, "", ""),
    ({"requestBody": {"content": ["x"]}}, "/requestBody/content", "media types"),
    ({"requestBody": {"content": {"a/b": {"schema": "x"}}}}, "/requestBody/content/a~1b/schema", "a schema"),
    ({"responses": {"200": OK["200"], "20": {}}}, "/responses/20", "no status"),
    ({"responses": {"200": OK["200"], "404": {"$ref": "#/no"}}}, "/responses/404", "points at nothing"),
    ({"responses": {"200": OK["200"], "404": "gone"}}, "/responses/404", "a mapping"),
    ({"responses": ["x"]}, "/responses", "a mapping"),
    ({"tags": "x", "summary": 3, "deprecated": "no"}, "", ""),
]


@pytest.mark.parametrize(("operation", "place", "reason"), BROKEN)
def test_what_is_broken_is_left_out_with_its_place(operation: dict[str, Any], place: str, reason: str) -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {"/bad": {"get": {"responses": OK, **operation}}, "/good": {"get": {"responses": OK}}, "/odd": 7},
    }

    reading = read_operations(document)

    assert [one.key for one in reading.operations] == ["GET /bad", "GET /good"]
    found = [one for one in reading.mistakes if one.pointer != "/paths/~1odd"]
    assert len(reading.mistakes) == len(found) + 1
    assert [one.pointer for one in found] == ([f"/paths/~1bad/get{place}"] if reason else [])
    assert all(reason in one.reason for one in found)


def test_security_that_cannot_be_read_never_opens_an_operation() -> None:
    for security in ("key", ["key"], {"key": []}):
        document = {"openapi": "3.1.0", "paths": {"/x": {"get": {"responses": OK, "security": security}}}}
        reading = read_operations(document)

        assert not reading.operations[0].public
        assert reading.mistakes


def test_path_parameters_are_those_of_the_template() -> None:
    declared = [{"name": "other", "in": "path", "required": True, "schema": {"type": "integer"}}]
    document = {"openapi": "3.1.0", "paths": {"/{tool-name}.json": {"get": {"responses": OK, "parameters": declared}}}}

    reading = read_operations(document)

    (one,) = reading.operations[0].parameters
    assert (one.name, one.schema, one.required, one.style) == ("tool-name", {"type": "string"}, True, "simple")
    assert [mistake.left_out for mistake in reading.mistakes] == [False, False]
    assert operations(document)


def test_styles_have_their_defaults_and_unknown_ones_are_put_right() -> None:
    def made(**parameter: Any) -> tuple[str, bool]:
        document = {
            "openapi": "3.1.0",
            "paths": {"/{a}": {"get": {"parameters": [{"name": "a", **parameter}], "responses": OK}}},
        }
        found = next(
            one for one in read_operations(document).operations[0].parameters if one.location == parameter["in"]
        )
        return found.style, found.explode

    assert made(**{"in": "query"}) == ("form", True)
    assert made(**{"in": "query"}, style="pipeDelimited") == ("pipeDelimited", False)
    assert made(**{"in": "path"}) == ("simple", False)
    assert made(**{"in": "header"}, explode=True) == ("simple", True)
    assert made(**{"in": "cookie"}) == ("form", True)
    assert made(**{"in": "header"}, style="form") == ("simple", False)


def test_a_range_and_a_status_of_it_live_side_by_side() -> None:
    responses = {name: {"description": name} for name in ("2XX", "200", "4XX", "default", "5xx")}
    operation = only({"openapi": "3.1.0", "paths": {"/x": {"get": {"responses": responses}}}})

    found = {status: operation.response(status) for status in (200, 201, 404, 301, 500)}

    assert [one and one.description for one in found.values()] == ["200", "2XX", "4XX", "default", "5xx"]
    assert operation.success.description == "2XX"


def test_references_by_anchor_and_in_a_circle() -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {"/x": {"$ref": "#/components/pathItems/A"}, "/y": {"get": {"responses": OK}}},
        "components": {
            "pathItems": {"A": {"$ref": "#/components/pathItems/B"}, "B": {"$ref": "#/components/pathItems/A"}}
        },
    }

    reading = read_operations(document)

    assert [one.key for one in reading.operations] == ["GET /y"]
    assert "circle" in reading.mistakes[0].reason


def test_a_path_parameter_is_greedy_where_the_template_or_the_parameter_says_so() -> None:
    declared = {"name": "rest", "in": "path", "required": True, "schema": {"type": "string"}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a/{rest+}": {"get": {"parameters": [declared], "responses": {}}},
            "/b/{rest}": {"get": {"parameters": [{**declared, "x-specdouble-greedy": True}], "responses": {}}},
            "/c/{rest}": {"get": {"parameters": [declared], "responses": {}}},
            "/d/{path}": {"get": {"responses": {}}},
        },
    }

    reading = read_operations(document)

    assert [operation.parameters[0].greedy for operation in reading.operations] == [True, True, False, False]
    assert [one.name for operation in reading.operations for one in operation.parameters] == ["rest"] * 3 + ["path"]
