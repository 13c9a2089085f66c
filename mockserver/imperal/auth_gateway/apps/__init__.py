"""The marketplace and installed apps: listings, reviews, what an app keeps and calls."""
