"""One way to read a whole number that came as text."""

from __future__ import annotations

LARGEST = 2**63 - 1  # what JSON and databases take


def whole(text: str) -> int | None:
    """Return the number that a text writes in the digits 0 to 9, up to `LARGEST`; None for any other text.

    `str.isdigit` takes texts that `int` refuses: `²`, and those of more than 4,300 digits.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    number = int(text)
    return number if number <= LARGEST else None
