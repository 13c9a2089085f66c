"""Verbs on items, and the calls that a server makes itself."""
