"""Figures that follow from others: what names and words of a document promise, and what is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specdouble.openapi.model.evidence.words import singular, words

_COUNTS = frozenset({"count", "total", "number", "num", "quantity"})
_MONEY = frozenset({"total", "amount", "subtotal", "price", "sum", "cost"})
_MANY = frozenset({"quantity", "qty", "count", "units"})
_EACH = frozenset({"unit", "each", "single"})
_BESIDE = frozenset(
    {
        "discount",
        "tax",
        "vat",
        "shipping",
        "fee",
        "fees",
        "tip",
        "coupon",
        "net",
        "gross",
        "delivery",
        "surcharge",
        "rebate",
        "handling",
        "adjustment",
        "credit",
        "refund",
        "commission",
    }
)
_PAGED = frozenset({"page", "pages", "limit", "offset", "next", "previous", "cursor", "per", "size", "more"})
_MEAN = re.compile(r"\b(mean|average|avg)\b", re.IGNORECASE)
_SUM = re.compile(r"\b(sum|total) of\b", re.IGNORECASE)
_SHARE = re.compile(r"\b(per ?cent|percentage|share|ratio|%)", re.IGNORECASE)
_ROUNDED = 0.5000001
_OPERATORS: dict[type, Any] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


@dataclass(frozen=True)
class Figure:
    """A figure of an object: its name, what it should be, and by how much it may differ."""

    name: str
    wanted: float
    slack: float
    why: str

    def holds(self, value: Any) -> bool:
        """Whether a value is the figure."""
        return abs(float(value) - self.wanted) <= self.slack


def number(value: Any) -> float | None:
    """Return a number, also one that is written as a text with a point; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,12}\.\d{1,4}", value):
        return float(value)
    return None


def formula(text: str, members: dict[str, Any]) -> float | None:
    """Return the value of the arithmetic that a text shows in backticks over members; None where it shows none."""
    for found in re.findall(r"`([^`]{3,120})`", text):
        try:
            tree = ast.parse(found.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            continue
        if isinstance(tree, ast.BinOp):
            value = _value(tree, members)
            if value is not None:
                return value
    return None


def _value(node: ast.expr, members: dict[str, Any]) -> float | None:
    if isinstance(node, ast.Constant):
        return number(node.value)
    if isinstance(node, ast.Name):
        return number(members.get(node.id))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, members), _value(node.right, members)
        if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
            return None
        return float(_OPERATORS[type(node.op)](left, right))
    return None


def step(value: Any) -> float:
    """Return half of the last digit that a number shows: by so much it may be rounded."""
    text = repr(value) if not isinstance(value, str) else value
    places = len(text.partition(".")[2]) if "." in text and "e" not in text else 0
    return _ROUNDED * float(10**-places)


# -- of an object alone --------------------------------------------------------------------------------------------


def own(shown: dict[str, Any], said: dict[str, str]) -> Iterator[Figure]:
    """Yield the figures of an object that follow from its other members; `said` are the descriptions of members."""
    numbers = {name: found for name, value in shown.items() if (found := number(value)) is not None}
    for name in numbers:
        value = formula(said.get(name, ""), shown)
        if value is not None:
            yield Figure(
                name, value, max(_ROUNDED, step(shown[name])) if isinstance(shown[name], int) else 0.011, "formula"
            )
    beside = any(set(words(name)) & _BESIDE and shown[name] for name in shown)
    many = [name for name in numbers if set(words(name)) & _MANY]
    each = [name for name in numbers if "price" in words(name) or set(words(name)) & _EACH]
    of = [name for name in numbers if set(words(name)) & {"total", "subtotal", "amount"} and name not in (*many, *each)]
    if len(many) == len(each) == len(of) == 1 and not beside:
        yield Figure(of[0], numbers[many[0]] * numbers[each[0]], 0.011, f"{many[0]} times {each[0]}")
    if any(set(words(name)) & _PAGED for name in shown):
        return  # a page of a list: its total counts what other pages have
    for rows_name, rows in shown.items():
        if isinstance(rows, list) and rows and all(isinstance(one, dict) for one in rows):
            yield from _of_rows(numbers, said, rows_name, rows, beside=beside)


def _of_rows(
    numbers: dict[str, float], said: dict[str, str], rows_name: str, rows: list[dict[str, Any]], *, beside: bool
) -> Iterator[Figure]:
    noun = {singular(one) for one in words(rows_name)} | {"item", "line"}
    totals = _column(rows, lambda name: bool(set(words(name)) & {"total", "subtotal", "amount"}))
    counted = _column(rows, lambda name: bool(set(words(name)) & _MANY))
    each = _column(rows, lambda name: "price" in words(name) or bool(set(words(name)) & _EACH))
    if totals is None and counted is not None and each is not None:
        totals = [many * price for many, price in zip(counted, each, strict=True)]
    for name in numbers:
        parts, text = set(words(name)), said.get(name, "")
        if parts & _COUNTS and {singular(one) for one in parts} & noun and not parts & {"price", "amount"}:
            summed = counted is not None and re.search(r"quantit|units", text, re.IGNORECASE)
            if summed:
                yield Figure(name, sum(counted or ()), 1e-9, "sum of the quantities")
            elif counted is None or sum(counted) == len(rows):
                yield Figure(name, len(rows), 1e-9, f"number of {rows_name}")
            elif numbers[name] not in (len(rows), sum(counted)):
                yield Figure(name, sum(counted), 1e-9, f"number of {rows_name}")
        elif parts & {"total", "subtotal"} and not parts & (_COUNTS - {"total"}) and totals is not None and not beside:
            yield Figure(name, sum(totals), 0.011, f"sum of {rows_name}")


def _column(rows: list[dict[str, Any]], wanted: Any) -> list[float] | None:
    """Return the one column of numbers that is wanted, None where there is none or several."""
    names = [name for name in rows[0] if wanted(name) and number(rows[0][name]) is not None]
    if len(names) != 1:
        return None
    found = [number(one.get(names[0])) for one in rows]
    return [one for one in found if one is not None] if None not in found else None


# -- of what an object holds ---------------------------------------------------------------------------------------


def held(
    shown: dict[str, Any], said: dict[str, str], noun: str, rows: list[dict[str, Any]]
) -> Iterator[tuple[Figure, bool]]:
    """Yield the figures of a parent that follow from its rows, each with whether names or words promise it."""
    state = next((name for name in ("status", "state", "stage") if rows and name in rows[0]), "")
    states = {str(one.get(state)) for one in rows} if state else set()
    for name, value in shown.items():
        if number(value) is None:
            continue
        parts, text = {singular(one) for one in words(name)}, said.get(name, "")
        mine = bool(parts & {singular(one) for one in words(noun)})
        named = next((one for one in (*states, *_STATES) if _in(one, name) and not mine), "") if state else ""
        if parts & {"count", "number", "num"} and mine and len(parts) <= len(words(noun)) + 1:
            yield Figure(name, len(rows), 1e-9, f"number of {noun}"), True
        elif parts & {"count", "number", "num"} and named:
            yield (
                Figure(name, sum(str(one.get(state)) == named for one in rows), 1e-9, f"{noun} that are {named}"),
                True,
            )
        elif name in (rows[0] if rows else ()) and _SUM.search(text):
            summed = sum(number(one.get(name)) or 0 for one in rows)
            yield Figure(name, summed, max(1e-6, 1e-9 * abs(summed)), f"sum of {name}"), True
        elif _MEAN.search(f"{' '.join(words(name))} {text}") or parts == {"rating"}:
            yield from _means(name, value, text, rows)
        elif _SHARE.search(f"{' '.join(words(name))} {text}") and state and rows:
            done = next((one for one in _STATES if re.search(rf"\b{one}\b", text)), "")
            if done:
                share = 100 * sum(str(one.get(state)) == done for one in rows) / len(rows)
                digits = 0.0500001 if re.search(r"one (decimal|digit|place)", text) else max(step(value), 0.0500001)
                yield Figure(name, share, digits, f"share of {noun} that are {done}"), True


_STATES = ("done", "completed", "closed", "open", "active", "paid", "cancelled", "archived", "finished", "resolved")


def _in(state: str, name: str) -> bool:
    return bool(state) and set(re.split(r"[_\W]+", state.lower())) <= set(words(name))


def _means(name: str, value: Any, text: str, rows: list[dict[str, Any]]) -> Iterator[tuple[Figure, bool]]:
    columns = [one for one in (rows[0] if rows else {}) if number(rows[0][one]) is not None]
    told = [one for one in columns if re.search(rf"\b{re.escape(one)}\b", text) or one in ("rating", "stars", "score")]
    if len(told) == 1 and name not in rows[0]:
        found = [number(one.get(told[0])) for one in rows]
        there = [one for one in found if one is not None]
        if there:
            yield (
                Figure(name, sum(there) / len(there), max(step(value), 0.0050001), f"mean of {told[0]}"),
                bool(_MEAN.search(text)),
            )
