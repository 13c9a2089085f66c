"""Paths as people write them: what each template matches, and which of several wins."""

import time
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdouble.openapi.routing import Table, parse_template, spoken


def table(*paths: str, greedy: tuple[str, ...] = ()) -> Table[str]:
    made: Table[str] = Table()
    for path in paths:
        made.add("GET", path, path, greedy)
    return made


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("/pets/{petId}", "/pets/7", {"petId": "7"}),
        ("/files/{name}.json", "/files/a.b.json", {"name": "a.b"}),
        ("/files/{name}.json", "/files/.json", None),
        ("/files/{name}.{ext}", "/files/a.tar.gz", {"name": "a", "ext": "tar.gz"}),
        ("/compare/{owner}...{repo}", "/compare/me...it", {"owner": "me", "repo": "it"}),
        ("/compare/{owner}...{repo}", "/compare/me..it", None),
        ("/tools/{tool-name}/{v.1}/{x_y}", "/tools/a/b/c", {"tool-name": "a", "v.1": "b", "x_y": "c"}),
        ("/jobs/{id}:cancel", "/jobs/7:cancel", {"id": "7"}),
        ("/jobs/{id}:cancel", "/jobs/:cancel", None),
        ("/at({lat},{lon})", "/at(1.5,-2)", {"lat": "1.5", "lon": "-2"}),
        ("/a{x}a", "/aa", None),
        ("/a{x}a", "/aaa", {"x": "a"}),
        ("/{a}{b}", "/xyz", {"a": "x", "b": "yz"}),
        ("/caf%C3%A9/{x}", "/café/1", {"x": "1"}),
        ("/{a/b}/c", "/x/c", {"a/b": "x"}),
        ("/pets/", "/pets/", {}),
        ("/pets/", "/pets", None),
        ("/pets/{id}", "/pets/", None),
        ("/", "/", {}),
    ],
)
def test_a_template_matches(template: str, path: str, expected: dict[str, str] | None) -> None:
    found, params, _ = table(template).find("GET", path)

    assert (params if found else None) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users/me", "/users/me"),
        ("/users/7", "/users/{id}"),
        ("/users/7.json", "/users/{id}.json"),
        ("/users/7.min.json", "/users/{id}.min.json"),
        ("/users/me/posts", "/users/{id}/posts"),  # the static way leads nowhere
    ],
)
def test_the_most_special_template_wins_in_any_order(path: str, expected: str) -> None:
    paths = ["/users/{id}", "/users/{id}.json", "/users/{id}.min.json", "/users/me", "/users/{id}/posts"]

    for order in (paths, paths[::-1]):
        assert table(*order).find("GET", path)[0] == expected


def test_of_equal_templates_the_first_wins_and_each_keeps_its_own_methods() -> None:
    made: Table[str] = Table()

    assert made.add("GET", "/a/{x}", "first") is None
    assert made.add("GET", "/a/{y}", "second") == "first"
    made.add("POST", "/a/{y}", "third")

    assert made.find("GET", "/a/1") == ("first", {"x": "1"}, set())
    assert made.find("POST", "/a/1") == ("third", {"y": "1"}, set())
    assert made.find("PUT", "/a/1") == (None, {}, {"GET", "POST"})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/images/a/b/json", ("/images/{name}/json", {"name": "a/b"})),
        ("/images/json/json", ("/images/{name}/json", {"name": "json"})),
        ("/images/a/json/json", ("/images/{name}/json", {"name": "a/json"})),
        ("/images/a/b", ("/images/{name}", {"name": "a/b"})),
        ("/images/json", ("/images/json", {})),
        ("/images/", (None, {})),
    ],
)
def test_greedy_parameters_take_the_rest_and_leave_what_follows(path: str, expected: Any) -> None:
    made = table("/images/json", "/images/{name}/json", "/images/{name}", greedy=("name",))

    assert made.find("GET", path)[:2] == expected


def test_parameters_are_greedy_only_where_that_is_said() -> None:
    assert table("/x/{path}").find("GET", "/x/a/b")[0] is None


def test_hostile_paths_take_no_long_time() -> None:
    made = table("/{a}-{b}-{c}-{d}x", "/{p}/end/{q}/end/{r}/end", greedy=("p", "q", "r"))
    start = time.process_time()

    made.find("GET", "/" + "-" * 8000)
    made.find("GET", "/" + "end/" * 150)

    assert time.process_time() - start < 1


VALUE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text not in (".", ".."))


@given(VALUE, VALUE)
def test_what_is_expanded_is_found_again(one: str, two: str) -> None:
    template = parse_template("/a b/{x-1}/{y}.json")

    path = template.expand({"x-1": one, "y": two})

    segments = [unquote(one) for one in path.lstrip("/").split("/")]
    found = [segment.match(text) for segment, text in zip(template.segments[1:], segments[1:], strict=True)]
    assert found == [(one,), (two,)]


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_values_that_make_another_path_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="another path"):
        parse_template("/a/{x}").expand({"x": value})


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("path", ("path", False)),
        ("proxy+", ("proxy", True)),
        ("+path", ("path", True)),
        ("*path", ("path", True)),
        ("path*", ("path", True)),
        ("path:path", ("path", True)),
        ("path:.*", ("path", True)),
        ("name=**", ("name", True)),
        ("id:int", ("id", False)),
        ("+", ("+", False)),
    ],
)
def test_templates_mark_greedy_parameters_as_frameworks_do(inner: str, expected: tuple[str, bool]) -> None:
    assert spoken(inner) == expected
    name, greedy = expected
    found = table(f"/files/{{{inner}}}").find("GET", "/files/a/b")
    assert found[1] == ({name: "a/b"} if greedy else {})
