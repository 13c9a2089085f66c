"""Servers that nobody here wrote, with the documents that they publish."""
