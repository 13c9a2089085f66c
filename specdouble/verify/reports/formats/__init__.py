"""The forms in which people and tools read a result."""
