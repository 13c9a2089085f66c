"""Who may call, and whose things are shown: credentials, isolation, what is already taken."""
