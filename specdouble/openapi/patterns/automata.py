"""Deciding whether one regular expression finds everything that another finds.

Patterns are parsed into a nondeterministic automaton over ranges of code points; inclusion is decided by walking both
at once. What is not regular (look-around, back references, word boundaries) is refused.
"""

from collections.abc import Iterator

Ranges = tuple[tuple[int, int], ...]

_TOP = 0x10FFFF
_MOST_REPEATS = 300
_MOST_STATES = 4000
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 13), (32, 32), (160, 160), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0xFEFF, 0xFEFF))
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}


class UnreadableError(ValueError):
    """The pattern is not regular, has no known meaning, or is too large."""


def invert(ranges: Ranges) -> Ranges:
    """Return all other code points."""
    found, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    return (*found, (start, _TOP)) if start <= _TOP else tuple(found)


class Machine:
    """An automaton: `steps[state]` leads on by a character, `free[state]` by none."""

    def __init__(self, pattern: str) -> None:
        self.steps: list[list[tuple[Ranges, int]]] = []
        self.free: list[list[int]] = []
        self.text = pattern
        self.at = 0
        everything: Ranges = ((0, _TOP),)
        self.start = self.state()
        self.steps[self.start].append((everything, self.start))  # a pattern may begin anywhere
        first = self.state()
        self.free[self.start].append(first)
        self.begin = self.state()  # where only the very beginning of the text arrives
        self.accept = self.state()
        self.steps[self.accept].append((everything, self.accept))  # and end anywhere
        self.end = self.state()  # accepts only where the text ends
        for anchored_start, anchored_end, entry, out in self.alternatives():
            self.free[self.begin if anchored_start else first].append(entry)
            self.free[out].append(self.end if anchored_end else self.accept)

    def state(self) -> int:
        """Add a state."""
        if len(self.steps) > _MOST_STATES:
            raise UnreadableError(self.text)
        self.steps.append([])
        self.free.append([])
        return len(self.steps) - 1

    def alternatives(self) -> Iterator[tuple[bool, bool, int, int]]:
        """Yield the alternatives of the whole pattern, with whether they are tied to the text's start and end."""
        while True:
            start = self.take("^")
            entry, out = self.sequence(top=True)
            end = self.take("$")
            yield start, end, entry, out
            if not self.take("|"):
                break
        if self.at < len(self.text):
            raise UnreadableError(self.text)

    def peek(self) -> str:
        """Return the next character of the pattern, "" at its end."""
        return self.text[self.at : self.at + 1]

    def take(self, char: str) -> bool:
        """Step over a character if it is the next one."""
        if self.peek() == char:
            self.at += 1
            return True
        return False

    def sequence(self, *, top: bool = False) -> tuple[int, int]:
        """Read what stands between two bars; return its first and last state."""
        entry = out = self.state()
        while (char := self.peek()) and char not in "|)":
            if char == "$" and top and self.text[self.at + 1 : self.at + 2] in ("", "|"):
                break
            begin = self.at
            piece = self.atom()
            low, high = self.quantifier()
            resume = self.at
            if (low, high) == (1, 1):
                self.free[out].append(piece[0])
                out = piece[1]
                continue
            out = self.repeat(out, begin, low, high)
            self.at = resume
        return entry, out

    def repeat(self, out: int, begin: int, low: int, high: int | None) -> int:
        """Write the atom at `begin` out as often as asked, after the state `out`; return the state behind."""
        if max(low, high or 0) > _MOST_REPEATS:
            raise UnreadableError(self.text)
        for _ in range(low):
            self.at = begin
            entry, end = self.atom()
            self.free[out].append(entry)
            out = end
        if high is None:
            self.at = begin
            entry, end = self.atom()
            hub = self.state()
            self.free[out].append(hub)
            self.free[hub].append(entry)
            self.free[end].append(hub)
            return hub
        last = self.state()
        for _ in range(high - low):
            self.at = begin
            entry, end = self.atom()
            self.free[out] += [entry, last]
            out = end
        self.free[out].append(last)
        return last

    def quantifier(self) -> tuple[int, int | None]:
        """Read how often the atom before may stand."""
        low, high = 1, 1  # type: int, int | None
        if self.take("*"):
            low, high = 0, None
        elif self.take("+"):
            low, high = 1, None
        elif self.take("?"):
            low, high = 0, 1
        elif self.peek() == "{":
            close = self.text.find("}", self.at)
            first, comma, second = self.text[self.at + 1 : close].partition(",")
            if close < 0 or not first.isdigit() or not (second.isdigit() or not second):
                raise UnreadableError(self.text)
            low, high = int(first), int(second) if second else None if comma else int(first)
            self.at = close + 1
        self.take("?")  # lazy or greedy finds the same texts
        return low, high

    def atom(self) -> tuple[int, int]:
        """Read one character, class or group."""
        char = self.peek()
        if char == "(":
            return self.group()
        self.at += 1
        if char == ".":
            return self.one(invert(((10, 10), (13, 13), (0x2028, 0x2029))))
        if char == "[":
            return self.one(self.bracket())
        if char == "\\":
            return self.one(self.escape())
        if char in "^$*+?{":
            raise UnreadableError(self.text)
        return self.one(((ord(char), ord(char)),))

    def group(self) -> tuple[int, int]:
        """Read a group."""
        self.at += 1
        if self.take("?") and not self.take(":"):
            raise UnreadableError(self.text)
        entry, out = self.state(), self.state()
        while True:
            first, last = self.sequence()
            self.free[entry].append(first)
            self.free[last].append(out)
            if not self.take("|"):
                break
        if not self.take(")"):
            raise UnreadableError(self.text)
        return entry, out

    def one(self, ranges: Ranges) -> tuple[int, int]:
        """Add a step by one character."""
        entry, out = self.state(), self.state()
        self.steps[entry].append((ranges, out))
        return entry, out

    def escape(self) -> Ranges:
        """Read what stands behind a backslash."""
        char = self.peek()
        self.at += 1
        kinds = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
        if char.lower() in kinds:
            ranges = kinds[char.lower()]
            return invert(ranges) if char.isupper() else ranges
        if char in _CONTROLS:
            return ((_CONTROLS[char], _CONTROLS[char]),)
        if char in ("x", "u"):
            digits = self.text[self.at : self.at + (2 if char == "x" else 4)]
            self.at += len(digits)
            try:
                return ((int(digits, 16), int(digits, 16)),)
            except ValueError:
                raise UnreadableError(self.text) from None
        if not char or char.isalnum():
            raise UnreadableError(self.text)
        return ((ord(char), ord(char)),)

    def bracket(self) -> Ranges:
        """Read a class of characters."""
        negative = self.take("^")
        found: list[tuple[int, int]] = []
        while not self.take("]"):
            char = self.peek()
            self.at += 1
            if not char:
                raise UnreadableError(self.text)
            ranges = self.class_escape() if char == "\\" else ((ord(char), ord(char)),)
            single = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
            if single and self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                upper = self.peek()
                self.at += 1
                top = self.class_escape() if upper == "\\" else ((ord(upper), ord(upper)),)
                ranges = ((ranges[0][0], top[-1][1]),)
            found += ranges
        return invert(tuple(found)) if negative else tuple(found)

    def class_escape(self) -> Ranges:
        """Read what stands behind a backslash in a class."""
        if self.take("b"):
            return ((8, 8),)
        return self.escape()

    def closure(self, states: frozenset[int]) -> frozenset[int]:
        """Return the states with all that are reached from them for nothing."""
        found, todo = set(states), list(states)
        while todo:
            for after in self.free[todo.pop()]:
                if after not in found:
                    found.add(after)
                    todo.append(after)
        return frozenset(found)

    def first(self) -> frozenset[int]:
        """Return the states before the first character."""
        return self.closure(frozenset((self.start, self.begin)))

    def step(self, states: frozenset[int], point: int) -> frozenset[int]:
        """Return the states after one more character."""
        return self.closure(
            frozenset(
                after
                for state in states
                for ranges, after in self.steps[state]
                if any(low <= point <= high for low, high in ranges)
            )
        )

    def accepts(self, states: frozenset[int]) -> bool:
        """Tell whether the pattern is found when the text ends here."""
        return self.accept in states or self.end in states


def includes(wide: str, narrow: str) -> bool:
    """Tell whether every text in which `narrow` is found also has `wide`.

    Raises:
        UnreadableError: one of them is not regular or too large to decide.

    """
    a, b = Machine(narrow), Machine(wide)
    edges = {0}
    for machine in (a, b):
        for steps in machine.steps:
            for ranges, _ in steps:
                edges.update(edge for low, high in ranges for edge in (low, high + 1))
    points = sorted(edge for edge in edges if edge <= _TOP)
    todo = [(a.first(), b.first())]
    seen = set(todo)
    while todo:
        left, right = todo.pop()
        if a.accepts(left) and not b.accepts(right):
            return False
        if b.accept in right:
            continue  # from here on the wide one finds whatever comes
        for point in points:
            pair = (a.step(left, point), b.step(right, point))
            if pair[0] and pair not in seen:
                seen.add(pair)
                todo.append(pair)
        if len(seen) > _MOST_STATES:
            raise UnreadableError(narrow)
    return True
