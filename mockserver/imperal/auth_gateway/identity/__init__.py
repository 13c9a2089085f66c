"""Who somebody is: accounts, sessions, tokens, keys, and their own settings."""
