"""A result as a badge: JSON for a shields.io endpoint, or a picture of our own."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

from specdouble.verify.reports.stored.schema import BROKEN, Result

LABEL = "contract"
COLOURS = {"brightgreen": "#2f8f4e", "green": "#5c8f2f", "yellow": "#9a7b14", "red": "#c5283d", "lightgrey": "#6b7280"}
SCALE = ((0.95, "brightgreen"), (0.8, "green"), (0.0, "yellow"))  # conforming share from which a colour holds
_NARROW, _WIDE = "iljft.,:;'|!/ 1()", "mwMWACDGHNOQRUVX%"


def facts(result: Result) -> tuple[str, str]:
    """Return message and colour: violations are red, otherwise the colour follows the conforming share."""
    operations = result["summary"]["operations"]
    if result["summary"]["exit_code"] == BROKEN:
        return "error", "lightgrey"
    if not operations["total"]:
        return "no verdict", "lightgrey"
    message = f"{operations['conforms']}/{operations['total']} operations"
    violated = operations["violates"] or result["summary"]["violations"]
    if violated:
        return f"{message}, {violated} violated", "red"
    part = operations["conforms"] / operations["total"]
    return message, next(name for least, name in SCALE if part >= least)


def endpoint(result: Result) -> str:
    """Return the JSON that https://shields.io/endpoint reads."""
    message, colour = facts(result)
    return json.dumps({"schemaVersion": 1, "label": LABEL, "message": message, "color": colour}) + "\n"


def svg(result: Result) -> str:
    """Return the badge as SVG, 20 pixels high."""
    message, colour = facts(result)
    left, right = _width(LABEL) + 12, _width(message) + 12
    words = f"{LABEL}: {message}"

    def text(word: str, start: int, room: int) -> str:
        return f'<text x="{start + 6}" y="14" textLength="{room - 12}">{escape(word)}</text>'

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f"aria-label={quoteattr(words)}><title>{escape(words)}</title>"
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3b424d"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLOURS[colour]}"/></g>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f"{text(LABEL, 0, left)}{text(message, left, right)}</g></svg>\n"
    )


def _width(text: str) -> int:
    """Estimate the width of text at 11 pixels; `textLength` makes the picture keep to it."""
    return round(sum(4.2 if one in _NARROW else 8.6 if one in _WIDE else 6.9 for one in text))
