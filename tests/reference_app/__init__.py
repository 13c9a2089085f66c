"""Taskboard: a small, healthy API of workspaces, projects and tasks, with single faults that can be switched on by id.

It is what a verifier is measured on: the document is the one that FastAPI generates, and stays the same whatever fault
is on. ``python -m tests.reference_app --port N [--fault ID]`` serves it, ``--list`` prints the faults.
"""
