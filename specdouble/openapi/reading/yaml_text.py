"""YAML 1.2 read as the JSON that it stands for.

PyYAML resolves plain words as YAML 1.1 does: `no` is a boolean, `12:30` a number, `1e3` a word. OpenAPI asks for the
JSON types and YAML 1.2. Here the parser's events are turned into data by the core schema of YAML 1.2; keys are strings;
aliases are copies, so that a later change of one place leaves the others alone. This module imports PyYAML, so nothing
on the way of a cached document may import it.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from specdouble.openapi.errors import SpecError
from specdouble.openapi.pointers import join

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml parses twenty times as fast
# What aliases may add to a document, in nodes. Real documents stay below some thousands; a bomb asks for billions.
_MOST_COPIES = 300_000
_DEEPEST = 900
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TAG = "tag:yaml.org,2002:"
_MERGE = object()


class YamlError(ValueError):
    """The text is no YAML, or YAML that JSON cannot say; `line` counts from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


def parse_yaml(data: bytes | str, duplicates: list[tuple[str, int]]) -> Any:
    """Return what the text says; of a key that stands twice the last value counts.

    `duplicates` receives the JSON pointer and the line of each key that stands in its mapping a second time.

    Raises:
        YamlError: YAML that JSON cannot say: an unknown tag, a key that is no scalar, several documents, or aliases
            that would make the document too large.
        yaml.YAMLError: no YAML.

    """
    loader = _LOADER(data)
    try:
        return _Builder(iter(loader.get_event, None), duplicates).document()
    finally:
        loader.dispose()


class _Frame:
    """A mapping or list that is being filled."""

    __slots__ = ("anchor", "key", "merges", "seen", "size", "value")

    def __init__(self, value: Any, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: Any = None
        self.size = 1
        self.merges: list[Any] = []
        self.seen: set[str] | None = set() if isinstance(value, dict) else None


class _Builder:
    def __init__(self, events: Iterator[Any], duplicates: list[tuple[str, int]]) -> None:
        self.events = events
        self.duplicates = duplicates
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.copied = 0
        self.stack: list[_Frame] = []

    def document(self) -> Any:
        result: Any = None
        documents = 0
        for event in self.events:
            kind = type(event)
            if kind is ScalarEvent:
                value = self.scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                done, result = self.put(value, 1, event), value
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.open(event, {} if kind is MappingStartEvent else [])
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                frame = self.stack.pop()
                self.merge(frame, event)
                if frame.anchor:
                    self.anchors[frame.anchor] = (frame.value, frame.size)
                done, result = self.put(frame.value, frame.size, event), frame.value
            elif kind is AliasEvent:
                value, size = self.alias(event)
                done, result = self.put(value, size, event), value
            else:
                continue
            if done:
                documents += 1
                if documents > 1:
                    raise YamlError(_line(event), "there is more than one document")
        return result

    def open(self, event: Any, value: Any) -> None:
        if event.tag and event.tag not in (_TAG + "map", _TAG + "seq", "!"):
            raise YamlError(_line(event), f"unknown tag {event.tag}")
        if self.stack and self.stack[-1].seen is not None and self.stack[-1].key is None:
            raise YamlError(_line(event), "a key is a mapping or a list")
        if len(self.stack) >= _DEEPEST:
            raise YamlError(_line(event), f"more than {_DEEPEST} levels")
        if event.anchor:
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Frame(value, event.anchor))

    def alias(self, event: Any) -> tuple[Any, int]:
        if event.anchor not in self.anchors:
            inside = any(frame.anchor == event.anchor for frame in self.stack)
            raise YamlError(_line(event), f"*{event.anchor} {'contains itself' if inside else 'is not defined'}")
        value, size = self.anchors[event.anchor]
        self.copied += size
        if self.copied > _MOST_COPIES:
            raise YamlError(_line(event), f"the aliases stand for more than {_MOST_COPIES:,} values")
        return _copy(value), size

    def put(self, value: Any, size: int, event: Any) -> bool:
        """Add a value to the innermost frame; return whether the document ends with it."""
        if not self.stack:
            return True
        frame = self.stack[-1]
        frame.size += size
        if frame.seen is None:
            frame.value.append(value)
        elif frame.key is None:
            frame.key = self.key(value, event)
        else:
            self.entry(frame, value, event)
        return False

    def key(self, value: Any, event: Any) -> Any:
        if isinstance(event, ScalarEvent):
            if event.value == "<<" and event.implicit[0]:
                return _MERGE
            return event.value or ("null" if event.implicit[0] else "")
        if isinstance(value, dict | list):
            raise YamlError(_line(event), "a key is a mapping or a list")
        return str(value)

    def entry(self, frame: _Frame, value: Any, event: Any) -> None:
        key, frame.key = frame.key, None
        if key is _MERGE:
            frame.merges += value if isinstance(value, list) else [value]
            return
        assert frame.seen is not None  # noqa: S101 - only mappings come here
        if key in frame.seen:
            self.duplicates.append((self.pointer(key), _line(event)))
        frame.seen.add(key)
        frame.value[key] = value

    def merge(self, frame: _Frame, event: Any) -> None:
        """Add what `<<` names, where the mapping does not say otherwise itself."""
        for other in frame.merges:
            if not isinstance(other, dict):
                raise YamlError(_line(event), "<< takes mappings only")
            for key, value in other.items():
                frame.value.setdefault(key, _copy(value))

    def pointer(self, key: str) -> str:
        tokens = [str(len(f.value)) if f.seen is None else str(f.key) for f in self.stack[:-1]]
        return join([*tokens, key])

    def scalar(self, event: Any) -> Any:
        if not event.implicit[0]:  # quoted, a block, or tagged
            tag = event.tag
            if tag is None or tag == "!" or event.implicit[1]:
                return event.value
            return self.tagged(event, tag.removeprefix(_TAG))
        return self.plain(event.value, event)

    def plain(self, text: str, event: Any) -> Any:
        if text in _WORDS:
            return _WORDS[text]
        if text[0] in "0123456789+-.":
            if _INTEGER.fullmatch(text):
                return int(text)
            if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
                return float(text)
            if _OTHER_BASE.fullmatch(text):
                return int(text, 0)
            if _NO_NUMBER.fullmatch(text):
                raise YamlError(_line(event), f"{text} is no number of JSON")
        return text

    def tagged(self, event: Any, kind: str) -> Any:
        if kind in ("str", "timestamp", "binary"):
            return event.value
        value = self.plain(event.value, event)
        fits = {"int": int, "float": int | float, "bool": bool, "null": type(None)}.get(kind)
        if fits is None:
            raise YamlError(_line(event), f"unknown tag {event.tag}")
        if not isinstance(value, fits) or (isinstance(value, bool) and kind != "bool"):
            raise YamlError(_line(event), f"{event.value} is not of the tag {event.tag}")
        return value


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def find_lines(data: bytes | str, wanted: set[str]) -> dict[str, int]:
    """Return the line on which each JSON pointer of `wanted` stands; text that is no YAML gives none.

    JSON is read too, as it is nearly always YAML.
    """
    found: dict[str, int] = {}
    try:
        loader = _LOADER(data)
        _walk_lines(iter(loader.get_event, None), wanted, found)
    except (yaml.YAMLError, SpecError, UnicodeDecodeError):
        pass
    return found


def _walk_lines(events: Iterator[Any], wanted: set[str], found: dict[str, int]) -> None:
    from specdouble.openapi.pointers import escape

    stack: list[Any] = []  # of [pointer, number of the next member or None in a mapping, pending key]
    for event in events:
        kind = type(event)
        if kind in (MappingEndEvent, SequenceEndEvent):
            stack.pop()
            continue
        if kind not in (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent):
            continue
        at: str = ""
        if stack:
            top = stack[-1]
            if top[1] is None and top[2] is None:
                key = f"{top[0]}/{escape(event.value if kind is ScalarEvent else '')}"
                top[2] = key
                if key in wanted:
                    found[key] = _line(event)
                continue
            if top[1] is None:
                at, top[2] = top[2], None
            else:
                at = f"{top[0]}/{top[1]}"
                top[1] += 1
        if at in wanted:
            found.setdefault(at, _line(event))
        if kind is MappingStartEvent:
            stack.append([at, None, None])
        elif kind is SequenceStartEvent:
            stack.append([at, 0, None])
