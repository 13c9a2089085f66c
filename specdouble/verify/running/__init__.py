"""A run inside pytest, from its settings to its end."""
