"""JSONPath as RFC 9535 has it: what a query selects, and what is no query."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.overlay.jsonpath import find

DATA: Any = {
    "a": [{"n": "Ä", "k": 1}, {"n": "b1", "k": 2.0}, {"n": None}, {"x": {"y": [1]}}, {"x": {"y": [1]}, "z": "q\n"}],
    "m": {"y": [1]},
    "b'c": 1,
    'd"e': 2,
    "☺": 3,
    "": 4,
}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("$.a[?match(@.n,'\\\\p{L}+')]", 1),
        ("$.a[?search(@.n,'\\\\p{L}')]", 2),
        ("$.a[?match(@.n,'[^a]')]", 1),
        ("$.a[?@.k==2]", 1),
        ("$.a[?@.k==1.0]", 1),
        ("$.a[?@.k==1e0]", 1),
        ("$.a[?@.missing==@.missing2]", 5),
        ("$.a[?@.n==null]", 1),
        ("$.a[?@.x==$.m]", 2),
        ("$.a[?@.x.y[0]==1]", 2),
        ("$.a[?length(@)>1]", 3),
        ("$.a[?length(@.n)==2]", 1),
        ("$.a[?length(@.zz)==0]", 0),
        ("$.a[-1]", 1),
        ("$.a[?@.k<'a']", 0),
        ("$.a[::-1]", 5),
        ("$.a[::0]", 0),
        ("$.a[10:]", 0),
        ("$.a[-2:]", 2),
        ("$['b\\'c']", 1),
        ('$["d\\"e"]', 1),
        ("$.☺", 1),
        ("$['\\u263A']", 1),
        ("$['\\uD83D\\uDE00']", 0),
        ("$['']", 1),
        ("$..y", 3),
        ("$..[0]", 4),
        ("$.a[?@.x&&!@.z]", 1),
        ("$.a[?!(@.x)]", 3),
        ("$.a[?(@.k>=1&&@.k<=2)]", 2),
        ("$.a[?@.k!=1]", 4),
        ("$ ['a'] [0]", 1),
        ("$.a[?@.n=='b1' ]", 1),
        ("$[?@[?@.k==1]]", 1),
        ("$.a[?$.m]", 5),
        ("$.a[?@==@]", 5),
        ("$.a[?true==true]", 5),
        ("$.a[?value(@..y[0])==1]", 2),
        ("$.a[?search(@.z,'q.')]", 0),
        ("$.a[?match(@.z,'q\\n')]", 1),
        ('$.a[?@.n=="\\u00c4"]', 1),
        ("$.a[0]['n','k']", 2),
        ("$.a[*].n", 3),
        ("$.a.*.k", 2),
        ("$.a[?count(@..*)>2]", 2),
        ("$.a[?@.k=='1']", 0),
        ("$.a[0,0]", 1),
        ("$.A", 0),
    ],
)
def test_queries(query: str, count: int) -> None:
    assert len(find(query, DATA)) == count


@pytest.mark.parametrize(
    "query",
    [
        "$.a[?@.*==1]",
        "$.a[?count(1)>0]",
        "$.a[?length(@.*)>0]",
        "$.a[?match(@.n)]",
        "$.a[-0]",
        "$.a[9007199254740993]",
        "$['\\uD83D']",
        " $.a",
        "$.a ",
        "$.a[?true]",
        "$.a[?'x']",
        "$.a[?@.k=1]",
        "$.a[?@.k in [1]]",
        "$.a[?@.n =~ /a/]",
        "$.a.length()",
        "$.a.`parent`",
        "$.a[(@.length-1)]",
        "$.a[?@.n.contains('b')]",
        "$.~",
        "$.a[#]",
        "$.a[?#=='a']",
        "$.a | $.m",
        "$.a & $.m",
        "^.a",
        "a",
        "$.'a'",
        "$.a[?isinstance(@.k,'number')]",
        "$.a[?typeof(@.k)=='number']",
        "$.a[?startswith(@.n,'b')]",
        "$[keys]",
        "$.a[?_ == 1]",
        "$.a[?@.n==undefined]",
        "$.a[?@.n == None]",
        "$.a[?@.n == True]",
        "$.a[?@.k<>1]",
        "$.a[?@.n==Null]",
        "$.a[?not @.n]",
        "$.a[?@.n and @.k]",
    ],
)
def test_no_queries(query: str) -> None:
    with pytest.raises(ValueError, match="no JSONPath"):
        find(query, DATA)
