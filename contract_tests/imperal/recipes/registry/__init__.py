"""The Registry."""
