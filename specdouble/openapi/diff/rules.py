"""The table of rules: what `diff` can say about two documents, and how serious it is."""

from dataclasses import dataclass

BREAKING, WARNING, COMPATIBLE = "breaking", "warning", "compatible"
LEVELS = (BREAKING, WARNING, COMPATIBLE)
REQUEST, RESPONSE, BOTH = "request", "response", "both"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change.

    `level` is how serious it is where the rule applies in full. A change may weigh less: a tighter schema breaks nobody
    where another variant still accepts the same values.
    """

    id: str
    level: str
    direction: str
    sentence: str


RULES: dict[str, Rule] = {}


def _rule(name: str, level: str, direction: str, sentence: str) -> None:
    RULES[name] = Rule(name, level, direction, sentence)


# What one keyword does to the values of a schema. `narrowed`: fewer values fit; `widened`: more; `changed`: others.
SUBJECTS = {
    "type": "the types of a value",
    "nullability": "whether null fits",
    "enum": "the list of values (`enum`, `const`)",
    "minimum": "the least number (`minimum`, `exclusiveMinimum`)",
    "maximum": "the greatest number (`maximum`, `exclusiveMaximum`)",
    "multiple-of": "the step of a number (`multipleOf`)",
    "min-length": "the least length of a text",
    "max-length": "the greatest length of a text",
    "pattern": "the pattern of a text",
    "format": "the format of a value",
    "content": "what a text holds (`contentMediaType`, `contentEncoding`, `contentSchema`)",
    "min-items": "the least number of members of a list",
    "max-items": "the greatest number of members of a list",
    "unique-items": "whether the members of a list differ",
    "contains": "which members a list contains",
    "min-properties": "the least number of properties",
    "max-properties": "the greatest number of properties",
    "additional-properties": "properties that are not written out",
    "pattern-properties": "properties whose names match a pattern",
    "property-names": "the names that properties may have",
    "dependent-schemas": "what one property asks of others (`dependentRequired`, `dependentSchemas`)",
    "not": "what is shut out by `not` or `if`",
    "variants": "the variants of `oneOf` or `anyOf`",
    "schema": "what a schema accepts, all keywords together",
}
_EFFECTS = {
    "narrowed": {
        REQUEST: (BREAKING, "accepts less: requests of before may be refused"),
        RESPONSE: (COMPATIBLE, "allows less: what comes now could come before"),
    },
    "widened": {
        REQUEST: (COMPATIBLE, "accepts more: requests of before are still accepted"),
        RESPONSE: (BREAKING, "allows more: values may come that could not before"),
    },
    "changed": {
        REQUEST: (BREAKING, "accepts other values: requests of before may be refused"),
        RESPONSE: (BREAKING, "allows other values: values may come that could not before"),
    },
}
for _direction in (REQUEST, RESPONSE):
    for _subject, _what in SUBJECTS.items():
        for _effect, _by_direction in _EFFECTS.items():
            _level, _does = _by_direction[_direction]
            _noun = "a request" if _direction == REQUEST else "a response"
            _rule(f"{_direction}-{_subject}-{_effect}", _level, _direction, f"In {_noun}, {_what}: {_does}.")

for _id, _level, _text in (
    ("property-added", COMPATIBLE, "A request may carry one more property."),
    ("property-added-required", BREAKING, "A request must carry one more property; requests of before do not."),
    ("property-removed", BREAKING, "A property that callers send is no longer known."),
    ("property-became-required", BREAKING, "A property that callers may leave out must be sent."),
    ("property-became-optional", COMPATIBLE, "A property that had to be sent may be left out."),
    ("property-became-read-only", COMPATIBLE, "A property is no longer sent, only received."),
    ("property-no-longer-read-only", COMPATIBLE, "A property that was only received is sent too."),
    ("property-became-write-only", COMPATIBLE, "A property is only sent, no longer received."),
    ("property-no-longer-write-only", COMPATIBLE, "A property that was only sent is received too."),
    ("property-deprecated", COMPATIBLE, "A property of a request is deprecated."),
    ("property-undeprecated", COMPATIBLE, "A property of a request is no longer deprecated."),
    ("default-changed", WARNING, "A request that leaves a property out now means another value."),
    ("extensible-enum-narrowed", BREAKING, "A value of `x-extensible-enum` is gone: requests with it may be refused."),
    ("extensible-enum-widened", COMPATIBLE, "`x-extensible-enum` lists one more value."),
    ("discriminator-changed", WARNING, "The variants of a request are told apart in another way."),
):
    _rule(f"request-{_id}", _level, REQUEST, _text)
for _id, _level, _text in (
    ("property-added", COMPATIBLE, "A response carries one more property."),
    ("property-added-to-closed-object", WARNING, "A response whose object was closed carries one more property."),
    ("property-removed", BREAKING, "A property no longer comes."),
    ("property-became-required", COMPATIBLE, "A property that could be absent always comes."),
    ("property-became-optional", BREAKING, "A property that always came may be absent."),
    ("property-became-read-only", COMPATIBLE, "A property is only received, no longer sent."),
    ("property-no-longer-read-only", COMPATIBLE, "A property that was only received is sent too."),
    ("property-became-write-only", BREAKING, "A property no longer comes; it is only sent."),
    ("property-no-longer-write-only", COMPATIBLE, "A property that was only sent comes too."),
    ("property-deprecated", COMPATIBLE, "A property of a response is deprecated."),
    ("property-undeprecated", COMPATIBLE, "A property of a response is no longer deprecated."),
    ("default-changed", COMPATIBLE, "A property of a response has another default."),
    ("extensible-enum-narrowed", COMPATIBLE, "A value of `x-extensible-enum` no longer comes."),
    ("extensible-enum-widened", COMPATIBLE, "A new value of `x-extensible-enum` may come, as callers were told."),
    ("discriminator-changed", WARNING, "The variants of a response are told apart in another way."),
):
    _rule(f"response-{_id}", _level, RESPONSE, _text)

for _id, _level, _text in (
    ("parameter-added", COMPATIBLE, "An optional parameter is new."),
    ("parameter-added-required", BREAKING, "A required parameter is new; callers do not send it."),
    ("parameter-removed", BREAKING, "A parameter that callers send is no longer known."),
    ("parameter-removed-after-sunset", WARNING, "A deprecated parameter is gone after its sunset date."),
    ("parameter-moved", BREAKING, "A parameter is sent in another place, such as a header instead of the query."),
    ("parameter-became-required", BREAKING, "A parameter that callers may leave out must be sent."),
    ("parameter-became-optional", COMPATIBLE, "A parameter that had to be sent may be left out."),
    ("parameter-default-changed", BREAKING, "A request that leaves the parameter out now means another value."),
    ("parameter-style-changed", BREAKING, "A parameter is written in another way (`style`, `explode`, `content`)."),
    (
        "parameter-style-rewritten",
        COMPATIBLE,
        "`style` or `explode` changed, without effect on the parameter's values.",
    ),
    ("parameter-allow-reserved-changed", WARNING, "Reserved characters are written in another way."),
    ("parameter-empty-value-refused", BREAKING, "A parameter without a value is no longer accepted."),
    ("parameter-empty-value-accepted", COMPATIBLE, "A parameter without a value is accepted."),
    ("parameter-deprecated", COMPATIBLE, "A parameter is deprecated."),
    ("parameter-undeprecated", COMPATIBLE, "A parameter is no longer deprecated."),
    ("parameter-sunset-earlier", BREAKING, "A deprecated parameter will be gone earlier than announced."),
    ("parameter-sunset-changed", COMPATIBLE, "A deprecated parameter has another sunset date, not an earlier one."),
    ("request-body-added", COMPATIBLE, "An optional body is new."),
    ("request-body-added-required", BREAKING, "A required body is new; callers do not send it."),
    ("request-body-removed", BREAKING, "A body that callers send is no longer taken."),
    ("request-body-became-required", BREAKING, "A body that callers may leave out must be sent."),
    ("request-body-became-optional", COMPATIBLE, "A body that had to be sent may be left out."),
    ("request-media-type-added", COMPATIBLE, "The body may have one more media type."),
    ("request-media-type-removed", BREAKING, "A media type of the body is no longer taken."),
    ("request-media-type-renamed", COMPATIBLE, "A media type of the body is written in another way, or as a range."),
    ("request-encoding-changed", BREAKING, "A part of a form is written in another way."),
    ("request-encoding-widened", COMPATIBLE, "A part of a form may have more media types."),
):
    _rule(_id, _level, REQUEST, _text)

for _id, _level, _text in (
    ("response-success-removed", BREAKING, "A status of success no longer comes."),
    ("response-success-added", COMPATIBLE, "One more status of success may come."),
    ("response-status-removed", COMPATIBLE, "A status of refusal or failure no longer comes."),
    ("response-status-added", COMPATIBLE, "One more status of refusal or failure may come."),
    ("response-status-generalized", WARNING, "A status became a range or the default response."),
    ("response-status-specialized", COMPATIBLE, "A range or the default response became single statuses."),
    ("response-body-removed", BREAKING, "A response has no body any more."),
    ("response-body-added", COMPATIBLE, "A response without a body has one."),
    ("response-media-type-added", COMPATIBLE, "A response may have one more media type."),
    ("response-media-type-removed", BREAKING, "A media type of a response no longer comes."),
    (
        "response-media-type-renamed",
        COMPATIBLE,
        "A media type of a response is written in another way, or instead of a range.",
    ),
    ("response-media-type-generalized", BREAKING, "A media type of a response became a range: others may come."),
    ("response-header-added", COMPATIBLE, "A response has one more header."),
    ("response-header-removed", BREAKING, "A header of a response no longer comes."),
    ("response-header-became-optional", BREAKING, "A header that always came may be absent."),
    ("response-header-became-required", COMPATIBLE, "A header that could be absent always comes."),
    ("response-header-style-changed", BREAKING, "A header is written in another way."),
    ("response-header-deprecated", COMPATIBLE, "A header of a response is deprecated."),
    ("response-header-undeprecated", COMPATIBLE, "A header of a response is no longer deprecated."),
    ("response-link-added", COMPATIBLE, "A response has one more link."),
    ("response-link-removed", WARNING, "A link of a response is gone."),
    ("response-link-changed", WARNING, "A link of a response leads elsewhere or with other values."),
    ("response-encoding-changed", BREAKING, "A part of a multipart response is written in another way."),
    ("response-encoding-narrowed", COMPATIBLE, "A part of a multipart response has fewer media types."),
):
    _rule(_id, _level, RESPONSE, _text)

for _id, _level, _text in (
    ("path-removed", BREAKING, "A path is gone."),
    ("path-added", COMPATIBLE, "A path is new."),
    ("operation-removed", BREAKING, "An operation is gone."),
    ("operation-removed-after-sunset", WARNING, "A deprecated operation is gone after its sunset date."),
    ("operation-added", COMPATIBLE, "An operation is new."),
    ("operation-deprecated", COMPATIBLE, "An operation is deprecated."),
    ("operation-undeprecated", COMPATIBLE, "An operation is no longer deprecated."),
    ("operation-sunset-set", COMPATIBLE, "An operation has a sunset date."),
    ("operation-sunset-earlier", BREAKING, "An operation will be gone earlier than announced."),
    ("operation-sunset-later", COMPATIBLE, "An operation will be there longer than announced."),
    ("operation-sunset-removed", BREAKING, "The sunset date of a deprecated operation is gone: it may go any day."),
    ("operation-sunset-unreadable", WARNING, "A sunset date is no date (YYYY-MM-DD)."),
    (
        "operation-stability-decreased",
        BREAKING,
        "An operation promises less: its `x-stability-level` (draft, alpha, beta, stable) went down.",
    ),
    ("operation-stability-increased", COMPATIBLE, "An operation promises more: its `x-stability-level` went up."),
    ("operation-id-changed", COMPATIBLE, "An operation has another `operationId`; generated clients name it by that."),
    ("operation-tags-changed", COMPATIBLE, "An operation has other tags."),
    ("operation-role-narrowed", BREAKING, "An operation asks for a role (`x-required-role`), or for another one."),
    ("operation-role-widened", COMPATIBLE, "An operation no longer asks for a role (`x-required-role`)."),
    ("operation-extension-changed", WARNING, "An extension that was chosen with --extension changed."),
    ("security-tightened", BREAKING, "A credential of before is no longer enough."),
    ("security-scopes-added", BREAKING, "A token needs more scopes than before."),
    ("security-loosened", COMPATIBLE, "There is one more way to be let in, or less is asked."),
    ("security-scheme-changed", WARNING, "A security scheme has another address for tokens or metadata."),
    ("security-scope-removed", COMPATIBLE, "A scope is no longer offered by a flow of OAuth 2."),
    ("security-scope-added", COMPATIBLE, "A flow of OAuth 2 offers one more scope."),
    ("security-flow-removed", BREAKING, "A flow of OAuth 2 by which callers get tokens is gone."),
    ("security-flow-added", COMPATIBLE, "A flow of OAuth 2 is new."),
    ("server-base-path-removed", BREAKING, "No server has the base path of before."),
    ("server-changed", COMPATIBLE, "Servers changed; their base paths are still there."),
    ("callback-added", COMPATIBLE, "A callback is new."),
    ("callback-removed", BREAKING, "A callback is gone: callers wait for it in vain."),
    ("webhook-added", COMPATIBLE, "A webhook is new."),
    ("webhook-removed", BREAKING, "A webhook is gone: subscribers wait for it in vain."),
):
    _rule(_id, _level, BOTH, _text)
