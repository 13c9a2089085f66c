"""States, and the moves between them."""
