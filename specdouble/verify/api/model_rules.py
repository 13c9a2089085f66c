"""The rules that the suites of the resource model judge beside the rule of their test."""

from __future__ import annotations

from specdouble.verify.api.rules import bound, refused_with, written

MODEL = {
    rule.id: rule
    for rule in (
        refused_with("AUTH-42", "a credential that is nearly a good one: garbage, empty, cut, changed or longer"),
        refused_with("AUTH-43", "a good token in another scheme, or another scheme in its place"),
        refused_with("AUTH-44", "a JWT that is unsigned, changed, signed with another key, or expired"),
        refused_with("AUTH-45", "a refresh token in place of an access token"),
        written(
            "AUTH-48", "A refused request changes nothing", "After refusals for a credential, reads answer as before."
        ),
        written(
            "AUTH-49", "A missing credential is a 401", "Where 401 is declared, a request without credential gets it."
        ),
        written("AUTH-53", "A key that may only read does not write", "A write with such a key is refused."),
        written("AUTH-54", "A credential ends when it says so", "What has expired is refused from then on."),
        bound("BOUND-43", "Another type is refused"),
        bound("BOUND-44", "null is refused where it is not declared"),
        bound("BOUND-45", "A value that the list does not have is refused"),
        bound("BOUND-46", "A number beyond its bounds is refused"),
        bound("BOUND-47", "A text or list that is too short, too long or not unique is refused"),
        bound("BOUND-48", "A text against its pattern or format is refused"),
        bound("BOUND-49", "What is required must be sent"),
        bound("BOUND-50", "Members that are not declared are refused where none are allowed"),
        bound("BOUND-51", "null and each listed value are taken where they are declared"),
        bound("BOUND-52", "A valid value is taken"),
        bound("BOUND-53", "The least and the most of a number are taken"),
        bound("BOUND-54", "The shortest and the longest text or list are taken"),
        written("BOUND-58", "An unknown id is a 404", "Where 404 is declared, an id that nothing has gets it."),
        written("ISO-42", "What a stranger sends changes nothing", "The owner reads the same as before."),
        written(
            "ISO-43",
            "Refusals do not tell what exists",
            "What others own is refused as an unknown id is.",
        ),
        written("ISO-44", "Refusals show nothing of the owner", "No text of the item is in the refusal of a stranger."),
        written("LIFE-54", "A write moves the time of change", "Times and versions of change go up on a write."),
        written("METHOD-42", "A method that is not declared is a 405", "Its Allow header lists those that are."),
        written("PAGE-42", "A page has no more rows than asked for", "The size of a page is kept."),
        written("PAGE-43", "Totals count the whole", "A total is the number of rows of all pages together."),
        written("SCHEMA-42", "No members beyond the schema", "Members that no schema has are drift."),
        written("SECRET-05", "No undeclared secret", "No member has an undeclared name of a secret."),
    )
}
