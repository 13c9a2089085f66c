"""Values against the schemas of a document, in any dialect, with the reason where they do not fit."""
