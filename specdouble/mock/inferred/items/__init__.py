"""Items of resources: how they are kept, found, made and changed."""
