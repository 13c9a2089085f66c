"""Faults: rules that fail, delay or spoil responses, as data."""
