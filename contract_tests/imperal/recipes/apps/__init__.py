"""The marketplace, installed apps and what they do."""
