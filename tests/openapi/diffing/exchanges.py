"""Pairs about bodies and responses."""

from __future__ import annotations

from typing import Any

from tests.openapi.diff_cases import BREAKING, COMPATIBLE, EQUAL, TEXT, WHOLE, document, obj
from tests.openapi.diffing.common import BODY, JSON, LIST, OK, WHOLE_BODY, Cases

CASES = case = Cases()
there_and_back = case.there_and_back


def body(content: Any, v: str = "3.1.0", **more: Any) -> Any:
    return document(v, requestBody={"content": content, **more})


there_and_back("body-media", COMPATIBLE, BREAKING, body(JSON), body({**JSON, "text/plain": {"schema": TEXT}}))
there_and_back("body-required", BREAKING, COMPATIBLE, body(JSON), body(JSON, required=True))
there_and_back("body-range", COMPATIBLE, BREAKING, body(JSON), body({"application/*": {"schema": TEXT}}))
there_and_back(
    "body-suffix-range",
    COMPATIBLE,
    BREAKING,
    body({"application/vnd.a+json": {"schema": TEXT}}),
    body({"application/*+json": {"schema": TEXT}}),
)
case("body-vendor-json", BREAKING, body(JSON), body({"application/vnd.a+json": {"schema": TEXT}}))
case("body-parameter-case", COMPATIBLE, body({"Application/JSON": {"schema": TEXT}}), body(JSON))
case("body-example", EQUAL, body(JSON), body({"application/json": {"schema": TEXT, "example": "a"}}))
case("body-description", EQUAL, body(JSON), body(JSON, description="more"))
FORM = "multipart/form-data"


def form(encoding: Any = None, kind: str = FORM, schema: Any = None) -> Any:
    media: dict[str, Any] = {"schema": schema or obj(f=TEXT, g=LIST)}
    return body({kind: {**media, **({"encoding": encoding} if encoding else {})}})


case(
    "form-encoding-type",
    BREAKING,
    form({"f": {"contentType": "image/png, image/jpeg"}}),
    form({"f": {"contentType": "image/png"}}),
)
case(
    "form-encoding-more",
    COMPATIBLE,
    form({"f": {"contentType": "image/png"}}),
    form({"f": {"contentType": "image/png, image/jpeg"}}),
)
case(
    "form-encoding-range",
    COMPATIBLE,
    form({"f": {"contentType": "image/png"}}),
    form({"f": {"contentType": "image/*"}}),
)
case(
    "form-style",
    BREAKING,
    form({"g": {"style": "form", "explode": True}}, "application/x-www-form-urlencoded"),
    form({"g": {"style": "pipeDelimited", "explode": False}}, "application/x-www-form-urlencoded"),
)
case(
    "form-style-default",
    EQUAL,
    form({"g": {"style": "form"}}, "application/x-www-form-urlencoded"),
    form({"g": {"style": "form", "explode": True}}, "application/x-www-form-urlencoded"),
)
case("form-property-required", BREAKING, form(), form(schema=obj(["f"], f=TEXT, g=LIST)))


# Responses.
def responses(**given: Any) -> Any:
    made = document()
    made["paths"]["/a"]["post"]["responses"] = {name.strip("_"): one for name, one in given.items()}
    return made


there_and_back("res-201-beside", COMPATIBLE, BREAKING, responses(_200=BODY), responses(_200=BODY, _201=BODY))
there_and_back("res-404", COMPATIBLE, COMPATIBLE, responses(_200=OK), responses(_200=OK, _404=OK))
there_and_back("res-500-type", BREAKING, BREAKING, responses(_200=OK, _500=BODY), responses(_200=OK, _500=WHOLE_BODY))
there_and_back(
    "res-default-type", BREAKING, BREAKING, responses(_200=OK, default=BODY), responses(_200=OK, default=WHOLE_BODY)
)
case("res-404-to-410", COMPATIBLE, responses(_200=OK, _404=OK), responses(_200=OK, _410=OK))
case("res-404-into-4xx", COMPATIBLE, responses(_200=OK, _404=BODY), responses(_200=OK, _4XX=BODY))
case("res-404-into-4xx-changed", BREAKING, responses(_200=OK, _404=BODY), responses(_200=OK, _4XX=WHOLE_BODY))
case("res-4xx-case", EQUAL, responses(_200=OK, _4XX=BODY), responses(_200=OK, _4xx=BODY))
case("res-200-to-204", BREAKING, responses(_200=BODY), responses(_204=OK))
case("res-redirect-removed", BREAKING, responses(_200=OK, _302=OK), responses(_200=OK))
case("res-description", EQUAL, responses(_200=OK), responses(_200={"description": "fine"}))
case(
    "res-media-range",
    BREAKING,
    responses(_200=BODY),
    responses(_200={**OK, "content": {"application/*": {"schema": TEXT}}}),
)
case(
    "res-media-changed",
    BREAKING,
    responses(_200=BODY),
    responses(_200={**OK, "content": {"text/plain": {"schema": TEXT}}}),
)
case(
    "res-header-type-widened",
    BREAKING,
    responses(_200={**OK, "headers": {"X-N": {"schema": WHOLE}}}),
    responses(_200={**OK, "headers": {"X-N": {"schema": TEXT}}}),
)
case(
    "res-header-optional",
    BREAKING,
    responses(_200={**OK, "headers": {"X-N": {"required": True, "schema": TEXT}}}),
    responses(_200={**OK, "headers": {"X-N": {"schema": TEXT}}}),
)
case(
    "res-header-enum",
    COMPATIBLE,
    responses(_200={**OK, "headers": {"X-N": {"schema": {**TEXT, "enum": ["a", "b"]}}}}),
    responses(_200={**OK, "headers": {"X-N": {"schema": {**TEXT, "enum": ["a"]}}}}),
)
case(
    "res-header-content-type",
    EQUAL,
    responses(_200={**OK, "headers": {"Content-Type": {"schema": TEXT}}}),
    responses(_200=OK),
)
case(
    "res-component",
    EQUAL,
    {**responses(_200={"$ref": "#/components/responses/R"}), "components": {"responses": {"R": BODY}}},
    responses(_200=BODY),
)
case("res-schema-set", COMPATIBLE, responses(_200={**OK, "content": {"application/json": {}}}), responses(_200=BODY))
case("res-schema-gone", BREAKING, responses(_200=BODY), responses(_200={**OK, "content": {"application/json": {}}}))
case(
    "res-link-operation",
    COMPATIBLE,
    responses(_200={**OK, "links": {"l": {"operationId": "o"}}}),
    responses(_200={**OK, "links": {"l": {"operationId": "o", "description": "x"}, "m": {"operationId": "o"}}}),
)
