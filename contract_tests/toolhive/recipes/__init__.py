"""Recipes of ToolHive."""
