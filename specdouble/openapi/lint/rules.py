"""The table of rules: what `lint` can say about a document, and how serious it is."""

from dataclasses import dataclass

ERROR, WARNING, NOTE = "error", "warning", "note"
LEVELS = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of mistake: errors make the document wrong, warnings are probably mistakes, notes are worth knowing."""

    id: str
    level: str
    sentence: str


RULES = {
    rule.id: rule
    for rule in (
        Rule("duplicate-key", ERROR, "A mapping has the same key twice; readers keep one of them."),
        Rule("invalid-document", ERROR, "The document does not follow the specification of its version."),
        Rule("unknown-field", ERROR, "The specification knows no field of this name here; extensions begin with x-."),
        Rule("invalid-schema", ERROR, "A schema does not follow its dialect of JSON Schema."),
        Rule("foreign-keyword", ERROR, "A keyword of another version of OpenAPI means nothing in this one."),
        Rule("misspelt-keyword", WARNING, "A schema has a keyword that nobody knows, and that looks like a known one."),
        Rule("invalid-pattern", ERROR, "A pattern is no regular expression of ECMA 262."),
        Rule("empty-schema", ERROR, "No value fits a schema: its keywords contradict each other."),
        Rule("array-without-items", ERROR, "A list does not say what its members are; before 3.1 it has to."),
        Rule("enum-mismatch", WARNING, "A value of `enum` does not fit the rest of its schema."),
        Rule("reference-nowhere", ERROR, "A reference names nothing."),
        Rule("reference-kind", ERROR, "A reference names something of another kind, such as a schema as a response."),
        Rule("operation-reference", WARNING, "An operation is a reference; the specification allows none there."),
        Rule("reference-circle", ERROR, "References lead to each other and to nothing else."),
        Rule("reference-outside", NOTE, "A reference leaves the document and was not followed (see --allow-refs)."),
        Rule("reference-siblings", NOTE, "What stands beside a reference is ignored in this version of OpenAPI."),
        Rule("duplicate-operation-id", ERROR, "Two operations have one `operationId`."),
        Rule("duplicate-path", ERROR, "Two paths differ in the names of their parameters only: /a/{x} and /a/{y}."),
        Rule("ambiguous-path", NOTE, "A request fits two paths, and neither is the more specific one."),
        Rule("query-in-path", WARNING, "A path holds a query or a fragment; no request is matched by it."),
        Rule("path-parameter-undeclared", ERROR, "A path has a parameter that is not declared."),
        Rule("path-parameter-unused", ERROR, "A path parameter is declared, and the path does not have it."),
        Rule("duplicate-parameter", ERROR, "A parameter of the same name and place is declared twice."),
        Rule("ignored-header-parameter", NOTE, "Header parameters Accept, Content-Type and Authorization are ignored."),
        Rule("body-without-meaning", NOTE, "The body of a GET, HEAD or DELETE request has no defined meaning."),
        Rule("two-bodies", ERROR, "An operation of 2.0 has several bodies, or a body and form fields."),
        Rule("file-without-form", ERROR, "A file of 2.0 is sent in something else than a multipart form."),
        Rule("invalid-media-type", ERROR, "A media type is not written as `type/subtype`."),
        Rule("no-success-response", WARNING, "An operation declares no response of success."),
        Rule("no-error-response", NOTE, "An operation declares no response of refusal or failure."),
        Rule("tag-undefined", NOTE, "An operation has a tag that the document's list of tags does not know."),
        Rule("duplicate-tag", ERROR, "Two tags have one name."),
        Rule("tag-parent", ERROR, "The parent of a tag is not declared, or the tag is its own parent in the end."),
        Rule("security-scheme-undefined", ERROR, "A security requirement names a scheme that is not defined."),
        Rule("scope-undefined", ERROR, "A security requirement asks for a scope that no flow of the scheme has."),
        Rule("server-variable-undefined", ERROR, "The address of a server has a variable that is not defined."),
        Rule("server-variable-unused", WARNING, "A variable of a server is not part of its address."),
        Rule("server-variable-default", ERROR, "The default of a server's variable is not one of its values."),
        Rule("link-nowhere", ERROR, "A link names an operation or parameter that does not exist."),
        Rule("link-value", WARNING, "A link takes a value that the example response does not have."),
        Rule("discriminator-undeclared", WARNING, "The property of a discriminator is not declared by any variant."),
        Rule("example-mismatch", ERROR, "An example does not fit its schema."),
        Rule("default-mismatch", ERROR, "A default does not fit its schema."),
        Rule("example-and-examples", ERROR, "`example` and `examples` exclude each other."),
        Rule("unused-component", NOTE, "Nothing refers to a component."),
        Rule(
            "invalid-extension",
            ERROR,
            "An x-specdouble- extension is unknown, misplaced, or says what it may not.",
        ),
        Rule("action-matches-nothing", ERROR, "The target of an overlay's action selects nothing."),
    )
}
