"""Which operation a path means: templates as people write them, and one table for every transport."""

from specdouble.openapi.routing.table import Table
from specdouble.openapi.routing.template import Segment, Template, parse_template, spoken, template_names

__all__ = ["Segment", "Table", "Template", "parse_template", "spoken", "template_names"]
