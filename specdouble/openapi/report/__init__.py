"""Findings and changes as text for people and as files for other tools."""

from specdouble.openapi.report.entry import Entry, Section
from specdouble.openapi.report.formats import FORMATS, render
from specdouble.openapi.report.ignore import Ignored, load_ignores, without_ignored

__all__ = ["FORMATS", "Entry", "Ignored", "Section", "load_ignores", "render", "without_ignored"]
