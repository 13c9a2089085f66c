"""Values inside and outside of what the document allows."""
