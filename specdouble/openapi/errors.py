"""The one exception this package raises, and the closest right thing that its messages offer."""

from collections.abc import Iterable


class SpecError(Exception):
    """A document cannot be read, understood or found.

    The message reads as one line: where, what, the closest right thing, and the next step. It is meant for the
    person at the terminal, so whoever catches it prints it as it is.
    """

    def __init__(self, what: str, *, where: str = "", closest: str | None = None, next_step: str = "") -> None:
        parts = [f"{where}: {what}." if where else f"{what}."]
        if closest:
            parts.append(f"Did you mean {closest}?")
        if next_step:
            parts.append(f"{next_step}.")
        super().__init__(" ".join(parts))


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most similar to `word`, or None when none is similar enough to be a typing error."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(candidates), n=1, cutoff=0.5)
    return found[0] if found else None
