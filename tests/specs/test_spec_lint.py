"""What `lint` accepts, and that each planted defect is found by the rule meant for it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from specdouble.openapi import load, load_overlay
from specdouble.packs.documents import bundled_documents
from tests.specs.own_rules import lint


@pytest.mark.parametrize("name", bundled_documents())
def test_bundled_documents_have_no_findings(name: str) -> None:
    entry = bundled_documents()[name]

    assert entry.overlay is not None
    report = lint(load(entry.published), load_overlay(entry.overlay), entry.stated)

    assert [str(finding) for finding in report.findings if finding.level != "note"] == []
    assert entry.stated in (None, (report.paths, report.operations))


def test_small_contract_has_no_findings(published: dict[str, Any], overlay: dict[str, Any]) -> None:
    report = lint(published, overlay, (2, 3))

    assert [str(finding) for finding in report.findings if finding.level != "note"] == []
    assert (report.paths, report.operations, report.actions) == (2, 3, 6)


def test_contract_rules_are_asked_of_documents_with_an_overlay_only(published: dict[str, Any]) -> None:
    assert lint(published).ok


def test_lint_leaves_its_input_alone(published: dict[str, Any], overlay: dict[str, Any]) -> None:
    before = copy.deepcopy((published, overlay))

    lint(published, overlay)

    assert (published, overlay) == before


def _wrong_answer_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del overlay["actions"][4]["update"]["responses"]["200"]["content"]["application/json"]["example"]["text"]


def _wrong_request_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][1]["update"]["requestBody"]["content"]["application/json"]["example"] = {"text": "x" * 101}


def _wrong_parameter_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][3]["update"]["example"] = 51


def _wrong_named_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    content = document["paths"]["/notes"]["get"]["responses"]["200"]["content"]["application/json"]
    content["examples"] = {"none": {"value": []}, "bad": {"value": "none"}}
    del overlay["actions"][2]["update"]["responses"]["200"]["content"]["application/json"]["example"]


def _wrong_refusal_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][4]["update"]["responses"]["401"]["content"] = {
        "application/json": {"schema": {"type": "object", "additionalProperties": False}, "example": {"detail": "no"}}
    }


def _wrong_schema_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][5]["update"]["examples"] = [{"id": "one", "text": "milk"}]


def _wrong_date_in_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    for action in overlay["actions"]:
        for response in action["update"].get("responses", {}).values():
            example = response.get("content", {}).get("application/json", {}).get("example")
            if isinstance(example, dict):
                example["written_at"] = "21 June"


def _unmatched_action(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del document["paths"]["/notes"]["get"]["parameters"]


def _no_ground(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del overlay["actions"][0]["x-rests-on"]


def _unknown_ground(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][0]["x-rests-on"] = "rumour"


def _duplicate_operation_id(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    document["paths"]["/notes"]["get"]["operationId"] = "read"


def _no_security(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del overlay["actions"][2]["update"]["security"]


def _unknown_scheme(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][4]["update"]["security"] = [{"cookie": []}]


def _no_401(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del overlay["actions"][4]["update"]["responses"]["401"]


def _no_403(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][4]["update"]["x-required-role"] = "admin"


def _no_413(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    large = overlay["actions"][1]["update"]["responses"].pop("413")
    document["paths"]["/more"] = {"post": copy.deepcopy(document["paths"]["/notes"]["post"])}
    document["paths"]["/more"]["post"] |= {"operationId": "more", "security": []}
    document["paths"]["/more"]["post"]["responses"]["413"] = large


def _no_422(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del document["paths"]["/notes"]["post"]["responses"]["422"]


def _open_answer(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del overlay["actions"][5]["update"]["additionalProperties"]


def _open_part_of_an_answer(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    document["components"]["schemas"]["Note"]["properties"]["tags"]["items"] = {
        "anyOf": [{"type": "string"}, {"type": "object", "properties": {}}]
    }


def _no_example(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del overlay["actions"][2]["update"]["responses"]


def _link_to_nowhere(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][1]["update"]["responses"]["201"]["links"]["read"]["operationId"] = "reed"


def _link_with_unknown_parameter(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][1]["update"]["responses"]["201"]["links"]["read"]["parameters"] = {"id": "1"}


def _link_with_unknown_value(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    overlay["actions"][1]["update"]["responses"]["201"]["links"]["read"]["parameters"]["note_id"] = (
        "$response.body#/number"
    )


def _lost_path(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    document["paths"]["/more"] = copy.deepcopy(document["paths"]["/notes/{note_id}"])
    del document["paths"]["/more"]["parameters"]
    document["paths"]["/more"]["get"]["operationId"] = "more"


def _no_description(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    del document["paths"]["/notes"]["get"]["responses"]["200"]["description"]


def _broken_reference(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    document["paths"]["/notes"]["post"]["responses"]["422"] = {"$ref": "#/components/responses/Wrong"}


def _not_even_close(document: dict[str, Any], overlay: dict[str, Any]) -> None:
    document["paths"]["/notes"] = {"post": ["a", "list"]}


@pytest.mark.parametrize(
    ("plant", "rule"),
    [
        (_wrong_answer_example, "example-mismatch"),
        (_wrong_request_example, "example-mismatch"),
        (_wrong_parameter_example, "example-mismatch"),
        (_wrong_named_example, "example-mismatch"),
        (_wrong_refusal_example, "example-mismatch"),
        (_wrong_schema_example, "example-mismatch"),
        (_wrong_date_in_example, "example-mismatch"),
        (_unmatched_action, "action-matches-nothing"),
        (_no_ground, "every-action-rests-on-something"),
        (_unknown_ground, "every-action-rests-on-something"),
        (_duplicate_operation_id, "duplicate-operation-id"),
        (_no_security, "security-declared"),
        (_unknown_scheme, "security-scheme-undefined"),
        (_no_401, "refusals-declared"),
        (_no_403, "refusals-declared"),
        (_no_413, "refusals-declared"),
        (_no_422, "refusals-declared"),
        (_open_answer, "closed-responses"),
        (_open_part_of_an_answer, "closed-responses"),
        (_no_example, "requests-and-responses-shown"),
        (_link_to_nowhere, "link-nowhere"),
        (_link_with_unknown_parameter, "link-nowhere"),
        (_link_with_unknown_value, "link-value"),
        (_lost_path, "stated-counts"),
        (_no_description, "invalid-document"),
        (_broken_reference, "reference-nowhere"),
        (_not_even_close, "invalid-document"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else None,
)
def test_planted_defect_is_found(
    plant: Callable[[dict[str, Any], dict[str, Any]], None],
    rule: str,
    published: dict[str, Any],
    overlay: dict[str, Any],
) -> None:
    plant(published, overlay)

    report = lint(published, overlay, (2, 3))

    assert not report.ok
    assert rule in {finding.rule for finding in report.findings}, [str(finding) for finding in report.findings]


def test_bodies_are_too_large_only_where_a_document_knows_that(
    published: dict[str, Any], overlay: dict[str, Any]
) -> None:
    del overlay["actions"][1]["update"]["responses"]["413"]

    assert lint(published, overlay).ok


def test_400_refuses_a_body_as_well_as_422(published: dict[str, Any], overlay: dict[str, Any]) -> None:
    responses = published["paths"]["/notes"]["post"]["responses"]
    responses["400"] = responses.pop("422")

    assert lint(published, overlay).ok


def test_an_overlay_may_say_what_is_meant_as_it_is(published: dict[str, Any], overlay: dict[str, Any]) -> None:
    published["paths"]["/never"] = {"get": {"security": [], "responses": {"501": {"description": "Always."}}}}
    assert "no-success-response" in {one.rule for one in lint(published, overlay).findings}
    meant = {"x-lint-ignore": ["no-success-response"]}
    overlay["actions"].append(
        {
            "target": "$.paths['/never'].get",
            "description": "Meant.",
            "x-rests-on": "decided",
            "update": meant,
        }
    )

    assert "no-success-response" not in {one.rule for one in lint(published, overlay).findings}


def test_finding_names_the_place(published: dict[str, Any], overlay: dict[str, Any]) -> None:
    _wrong_parameter_example(published, overlay)

    (finding,) = (one for one in lint(published, overlay).findings if one.level != "note")

    assert finding.where == "/paths/~1notes/get/parameters/0/example"
    assert "51" in finding.message


def test_data_in_an_example_is_not_taken_for_examples(published: dict[str, Any]) -> None:
    content = published["paths"]["/notes"]["post"]["responses"]["422"]["content"] = {
        "application/json": {"schema": {}, "example": {"schema": {"type": "integer"}, "example": "one"}}
    }

    assert lint(published).ok
    content["application/json"]["schema"] = {"type": "string"}
    assert not lint(published).ok


def test_answers_that_contain_themselves_are_checked_once(published: dict[str, Any], overlay: dict[str, Any]) -> None:
    published["components"]["schemas"]["Note"]["properties"]["reply_to"] = {"$ref": "#/components/schemas/Note"}

    assert lint(published, overlay).ok
