"""What the words of a report mean."""

from __future__ import annotations

DEFINITION = (
    "An operation conforms when its declared success was reached and every check of its own kinds was made and none "
    "failed: the form of each response, wrong credentials where it is protected, bounds where it takes input, its "
    "lifecycle where it writes."
)
RULE_DEFINITION = "A rule is proven when it was judged everywhere it applies and violated nowhere."
UNTOUCHED, REFUSED = "no test sent a request to it", "only refusals were reached"  # reasons that the rest can refute
