"""Path templates: any number of parameters in a segment, any text around them, any name between the braces."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import quote, unquote

_PARAMETER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Segment:
    """The part of a template between two slashes: `texts` stand before, between and after the parameters `names`.

    A `greedy` segment is one parameter that takes the rest of the path, slashes included.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]
    greedy: bool = False

    @property
    def static(self) -> bool:
        """Whether the segment has no parameter."""
        return not self.names

    @property
    def plain(self) -> bool:
        """Whether the segment is one parameter and nothing else."""
        return len(self.names) == 1 and self.texts == ("", "")

    @cached_property
    def rank(self) -> tuple[int, int]:
        """What sorts segments with text and parameters, the more special ones first: more text, fewer parameters."""
        return -sum(map(len, self.texts)), len(self.names)

    def match(self, text: str) -> tuple[str, ...] | None:
        """Return the values of the parameters, none of them empty, or None where the text is another one.

        Each parameter but the last takes as little as it can, in time that grows with the length of the text only.
        """
        first, last = self.texts[0], self.texts[-1]
        if not text.startswith(first):
            return None
        end = len(text) - len(last)
        at, values = len(first), []
        for between in self.texts[1:-1]:
            found = text.find(between, at + 1, end)
            if found < 0 or at >= end:
                return None
            values.append(text[at:found])
            at = found + len(between)
        if at >= end or not text.endswith(last):
            return None
        return (*values, text[at:end])


@dataclass(frozen=True)
class Template:
    """A path template in its segments."""

    text: str
    segments: tuple[Segment, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return tuple(name for segment in self.segments for name in segment.names)

    def expand(self, values: Mapping[str, str]) -> str:
        """Return the path with values filled in, percent-encoded; slashes stay in greedy parameters only.

        Raises:
            KeyError: a parameter has no value.
            ValueError: a value is empty or a dot segment, which makes another path.

        """
        return "/" + "/".join(map("".join, (self._expanded(segment, values) for segment in self.segments)))

    def _expanded(self, segment: Segment, values: Mapping[str, str]) -> Iterable[str]:
        for at, text in enumerate(segment.texts):
            yield quote(text, safe=_SAFE)
            if at < len(segment.names):
                name = segment.names[at]
                value = values[name]
                if not value or (segment.plain and value in (".", "..")):
                    raise ValueError(f"{value!r} as {name} makes another path than {self.text}")
                yield quote(value, safe="/" if segment.greedy else "")


_SAFE = "!$&'()*+,;=:@~"  # what may stand in a segment as it is


def parse_template(text: str, greedy: Iterable[str] = ()) -> Template:
    """Return a path template of OpenAPI in its segments; `greedy` names the parameters that take the rest of a path.

    So do those that the template itself marks, as `spoken` has it. A greedy parameter that has text beside it in its
    segment is like any other.
    """
    rest = frozenset(greedy)
    return Template(text, tuple(_segment(one, rest) for one in _split(text.lstrip("/"))))


def template_names(text: str) -> dict[str, bool]:
    """Return the names of the parameters of a template in order, and whether the template marks each as greedy."""
    return dict(map(spoken, _PARAMETER.findall(text)))


def spoken(inner: str) -> tuple[str, bool]:
    """Return the name that stands between braces, and whether it is marked as taking the rest of the path.

    The marks are those of frameworks and gateways: `{path+}`, `{+path}`, `{*path}`, `{path*}`, `{path:path}`,
    `{path:.*}` and `{path=**}`. Any other text behind a colon, `{id:int}`, says how a value looks.
    """
    name, colon, kind = inner.partition(":")
    if colon:
        return name, kind in ("path", ".*", ".+", "*")
    if inner.endswith("=**"):
        return inner.removesuffix("=**"), True
    name = inner.strip("+*")
    return (name, name != inner) if name else (inner, False)


def _split(text: str) -> list[str]:
    """Split at slashes outside of braces."""
    if "{" not in text:
        return text.split("/")
    hidden = _PARAMETER.sub(lambda found: found[0].replace("/", "\0"), text)
    return [one.replace("\0", "/") for one in hidden.split("/")]


@lru_cache(4096)
def _segment(text: str, greedy: frozenset[str]) -> Segment:
    if "{" not in text:
        return Segment((unquote(text),), ())
    pieces = _PARAMETER.split(text)
    marked = [spoken(one) for one in pieces[1::2]]
    names = tuple(name for name, _ in marked)
    texts = tuple(map(unquote, pieces[::2]))  # a template may be written with percent-encoding
    return Segment(texts, names, texts == ("", "") and (names[0] in greedy or marked[0][1]))
