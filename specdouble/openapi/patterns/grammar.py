r"""The grammar of regular expressions of ECMA 262, as browsers read it: with the flag `u`, or in the older way.

Read more strictly in one point: a letter behind a backslash that means nothing, such as `\\A` or `\\Z`, is refused. The
older way reads it as the letter itself, which is never what the author of another kind of expression meant.
"""

import re

_ESCAPES = frozenset("dDwWsSbBfnrtv0123456789")
_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(?:(,)(\d*))?\}")
_GROUP = re.compile(r"\?(?::|=|!|<=|<!|[ims]*(?:-[ims]*)?:|<([A-Za-z_$][\w$]*)>)")
_HEX = re.compile(r"x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|c[A-Za-z]|[pP]\{\w+(?:=\w+)?\}")
_NAMED = re.compile(r"k<([A-Za-z_$][\w$]*)>")


def is_ecma(pattern: str) -> bool:
    """Tell whether a text is a regular expression of ECMA 262."""
    try:
        _Reader(pattern).whole()
    except _WrongError:
        return False
    return True


class _WrongError(ValueError):
    pass


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.names: set[str] = set()
        self.wanted: set[str] = set()

    def whole(self) -> None:
        while self.at < len(self.text):
            self.piece()
        if self.depth or not self.wanted <= self.names:
            raise _WrongError

    def piece(self) -> None:
        """Read one atom with its quantifier, or what stands between atoms."""
        char = self.text[self.at]
        self.at += 1
        repeats = True
        if char == "(":
            self.open()
            repeats = False
        elif char == ")":
            self.depth -= 1
            if self.depth < 0:
                raise _WrongError
        elif char == "[":
            self.bracket()
        elif char == "\\":
            repeats = self.escape() not in ("b", "B")
        elif char in "^$|":
            repeats = False
        elif char in "*+?" or (char == "{" and _QUANTIFIER.match(self.text, self.at - 1)):
            raise _WrongError  # nothing stands before it that could be repeated
        found = _QUANTIFIER.match(self.text, self.at)
        if found and repeats:
            if found[3] and int(found[3]) < int(found[1]):
                raise _WrongError
            self.at = found.end()
            if self.text[self.at : self.at + 1] == "?":
                self.at += 1

    def open(self) -> None:
        self.depth += 1
        if self.text[self.at : self.at + 1] != "?":
            return
        found = _GROUP.match(self.text, self.at)
        if found is None:
            raise _WrongError
        if found[1]:
            self.names.add(found[1])
        self.at = found.end()

    def escape(self) -> str:
        """Read what stands behind a backslash; return its first character."""
        char = self.text[self.at : self.at + 1]
        if not char:
            raise _WrongError
        found = _HEX.match(self.text, self.at)
        named = _NAMED.match(self.text, self.at)
        if found:
            self.at = found.end()
        elif named:
            self.wanted.add(named[1])
            self.at = named.end()
        elif char in _ESCAPES or not (char.isascii() and char.isalpha()):
            self.at += 1
        else:
            raise _WrongError
        return char

    def bracket(self) -> None:
        """Read a class of characters up to its end."""
        if self.text[self.at : self.at + 1] == "^":
            self.at += 1
        before: int | None = None
        while True:
            char = self.text[self.at : self.at + 1]
            if not char:
                raise _WrongError
            if char == "]":
                self.at += 1
                return
            after = self.text[self.at + 1 : self.at + 2]
            if char == "-" and before is not None and after not in ("]", ""):
                self.at += 1
                upper = self.member()
                if upper is not None and upper < before:
                    raise _WrongError
                before = None
            else:
                before = self.member()

    def member(self) -> int | None:
        """Read one member of a class; return its code point where it is a single character."""
        char = self.text[self.at]
        self.at += 1
        if char != "\\":
            return ord(char)
        start = self.at
        kind = self.escape()
        if kind in "xu" and self.at > start + 1:
            return int(self.text[start + 1 : self.at].strip("{}"), 16)
        return None if kind.isalnum() else ord(kind)
