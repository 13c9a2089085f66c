"""Making, changing and deleting items, and what is said of it."""
