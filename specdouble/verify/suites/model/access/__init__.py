"""Who may call, and whose things are whose."""
