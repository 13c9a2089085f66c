"""Requests at and beyond what the document allows: bounds, hostile values, random requests."""
