"""The one class of errors that are messages for the person at the terminal."""

from __future__ import annotations

from collections.abc import Iterable


class SpecdoubleError(Exception):
    """Something that the user can put right; the command line prints it as one line and exits with `exit_code`.

    The message reads: where, what, the closest right thing, the next step.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", closest: str | None = None, next_step: str = "") -> None:
        parts = [_sentence(f"{where}: {what}" if where else what)]
        if closest:
            parts.append(f"Did you mean {closest}?")
        if next_step:
            parts.append(_sentence(next_step))
        super().__init__(" ".join(parts))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def closest(word: str, candidates: Iterable[str], *, cutoff: float = 0.5) -> str | None:
    """Return the candidate most similar to `word`, or None when none is similar enough to be a typing error."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(candidates), n=1, cutoff=cutoff)
    return found[0] if found else None
