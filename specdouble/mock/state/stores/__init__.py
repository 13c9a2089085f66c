"""The documents of one collection: how they are kept, found and shared."""
