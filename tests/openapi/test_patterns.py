"""Regular expressions of ECMA 262, told from those of other languages."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from specdouble.openapi import patterns


@pytest.mark.parametrize(
    "text",
    ["", "^a$", "a{2}", "a{2,}?", "(a|b)*?", "(?:a)", "(?<y>a)\\k<y>", "(?=a)b", "(?<!a)b", "(?<=a)b", "[^\\]a-z-]", "[]", "[^]",
     "[\\d-x]", "\\p{Lu}\\P{Script=Greek}", "\\u{1F600}\\x41\\cA\\0", "\\/\\-\\.\\@", "{a}", "a{,3}", "a}", "]", "(?i:a)", "(?-s:a)",
     "\\bword\\B", "[\\b]", "(a)\\1", "^[\\w.+-]+@[\\w-]+\\.[\\w.-]+$", "[$&+,:;=?@#|'<>.^*()%!-]"],
)  # fmt: skip
def test_regular_expressions(text: str) -> None:
    assert patterns.readable(text)


@pytest.mark.parametrize(
    "text",
    ["(", ")", "a)", "[a", "*a", "a**", "a*+", "a++", "a{3,2}", "(?P<n>a)", "(?P=n)", "(?>a)", "(?#c)", "(?i)a", "\\A", "a\\Z",
     "\\Qa\\E", "\\h", "[z-a]", "(?<1>a)", "(?<a>b)\\k<c>", "\\", "|*", "^*", "(*)", "[\\u0062-\\u0061]", "(?'n'a)", "{1}"],
)  # fmt: skip
def test_no_regular_expressions(text: str) -> None:
    assert not patterns.readable(text)
