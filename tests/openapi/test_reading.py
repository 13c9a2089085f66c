"""Documents as people write them: YAML 1.2, JSON of any size, several files; and what must not be read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from specdouble.openapi import effective, resolve
from specdouble.openapi.errors import SpecError
from specdouble.openapi.reading import parse
from specdouble.openapi.reading.bundle import FILES, bundle
from specdouble.openapi.reading.json_text import decode, encode
from specdouble.openapi.reading.yaml_text import find_lines


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("12:30", "12:30"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("+1.5", 1.5),
        (".5", 0.5),
        ("1_000", "1_000"),
        ("=", "="),
        ("no", "no"),
        ("y", "y"),
        ("~", None),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("2026-06-21", "2026-06-21"),
        ("18446744073709551616", 18446744073709551616),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("!!int '1'", 1),
        ("-", [None]),
        ("1.2.3", "1.2.3"),
        ("- 1\n- two", [1, "two"]),
    ],
)
def test_words_and_numbers_of_yaml_1_2(text: str, value: Any) -> None:
    found = parse(f"a: {text}\n".encode() if not text.startswith("-") else text.encode(), "t")

    assert (found["a"] if isinstance(found, dict) else found) == value
    assert type(found["a"] if isinstance(found, dict) else found) is type(value)


def test_keys_are_the_text_that_stands_there() -> None:
    assert list(parse(b"200: a\n1.0: b\nno: c\n'x': d\nnull: e\n2026-01-01: f\n", "t")) == [
        *("200", "1.0", "no", "x", "null", "2026-01-01")
    ]


def test_an_alias_is_a_copy_and_merge_keys_give_way() -> None:
    found = parse(b"a: &x {k: [1], l: 2}\nb: *x\nc: {<<: *x, l: 3}\nd: {<<: [{m: 1}, *x]}\n", "t")

    assert found["b"] == found["a"]
    assert found["b"]["k"] is not found["a"]["k"]
    assert found["c"] == {"l": 3, "k": [1]}
    assert found["d"] == {"m": 1, "k": [1], "l": 2}


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    spent = []
    for _ in range(3):  # other threads of the process may work meanwhile
        start = time.process_time()
        with pytest.raises(SpecError, match="the aliases stand for more than"):
            parse("\n".join(lines).encode(), "t")
        spent.append(time.process_time() - start)
    assert min(spent) < 0.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: &x [*x]", "contains itself"),
        (b"a: *x", "is not defined|undefined alias"),
        (b"? {a: 1}\n: 2", "a key is a mapping"),
        (b"a: 1\n---\nb: 2", "more than one document"),
        (b"a: .nan", "no number of JSON"),
        (b"a: !!binary 1\nb: !odd 2", "unknown tag !odd"),
        (b"[" * 2000, "levels|deeply|not valid"),
        (b"a:\n  b: 1\n  b: 2\n", r"line 3: the key /a/b stands twice"),
        (b'{"a": {"b": 1, "b": 2}}', "the key b stands twice"),
        (b'{"a": 1e999}', "no number that can be kept"),
        (b'{"a": NaN}', "no number that can be kept"),
        (b"\xff\xfe\xfa", "neither JSON nor YAML"),
    ],
)
def test_what_json_cannot_say_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        parse(text, "t")


def test_duplicates_can_be_noted_instead() -> None:
    found: list[tuple[str, int]] = []

    assert parse(b"a: [{b: 1, b: 2}]\n", "t", found) == {"a": [{"b": 2}]}
    assert found == [("/a/0/b", 1)]


def test_big_integers_and_half_an_emoji_survive_the_cache() -> None:
    value = {"a": 1180591620717411303424, "b": "\ud83d", "c": 0.1}

    assert decode(encode(value)) == value
    assert decode(encode({"c": 0.1})) == {"c": 0.1}


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert parse(b'\xef\xbb\xbf{\t"a": 1}', "t") == {"a": 1}
    assert parse(b"\xef\xbb\xbfa: 1", "t") == {"a": 1}


@pytest.mark.parametrize("text", [b"a:\n  - b: 1\n  - c: 2\n", b'{"a": [\n {"b": 1},\n {"c": 2}]}'])
def test_places_have_lines(text: bytes) -> None:
    assert find_lines(text, {"/a/1/c", "/a/0"}) == {"/a/0": 2, "/a/1/c": 3}


def test_files_of_the_folder_become_one_document(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.yaml").write_text(
        "A: {type: object, properties: {b: {$ref: 'b.yaml'}}}\nroot: {$ref: '../o.yaml#/x'}\n"
    )
    (tmp_path / "parts" / "b.yaml").write_text("type: string\n")
    document = {"openapi": "3.1.0", "x": 1, "components": {"schemas": {"A": {"$ref": "parts/a.yaml#/A"}}}}

    made = bundle(document, tmp_path / "o.yaml")

    assert made["components"]["schemas"]["A"] == {"$ref": f"#/{FILES}/parts~1a.yaml/A"}
    assert made[FILES]["parts/b.yaml"] == {"type": "string"}
    assert made[FILES]["parts/a.yaml"]["A"]["properties"]["b"] == {"$ref": f"#/{FILES}/parts~1b.yaml"}
    assert made[FILES]["parts/a.yaml"]["root"] == {"$ref": "#/x"}


@pytest.mark.parametrize("ref", ["../secret.yaml", "/etc/hostname", "file:///etc/hostname", "link.yaml"])
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, ref: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text("password: hush\n")
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")

    with pytest.raises(SpecError, match=r"leaves the folder|neither a file nor") as caught:
        bundle({"a": {"$ref": ref}}, folder / "o.yaml")
    assert "hush" not in str(caught.value)


def test_files_are_bundled_with_anchors_and_prose_and_resolved_into_one(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "about.md").write_text("# Things: *all* of them\n")
    (tmp_path / "parts" / "more.yaml").write_text("E: {$anchor: err, description: no}\nT: {type: string}\n")
    (tmp_path / "d.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1', description: {$ref: about.md}}\n"
        "paths:\n  /a: {get: {responses: {default: {$ref: 'parts/more.yaml#err'}}}}\n"
    )

    resolved = resolve(effective(tmp_path / "d.yaml", follow=True).raw)

    assert resolved["paths"]["/a"]["get"]["responses"]["default"]["description"] == "no"
    assert resolved["info"]["description"].startswith("# Things")
    assert "x-referenced-files" not in resolved
