"""Accounts, sessions, keys and people's own settings."""
