"""Wallets, plans, cards and payments."""
