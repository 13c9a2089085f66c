"""Pages, filters and orders."""
