"""Requests as granian hands them over: matched, read, handled and answered."""
