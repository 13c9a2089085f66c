"""Wallets, plans, cards, payments, reviews of what is owed."""
