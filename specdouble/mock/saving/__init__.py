"""A world as the files of a project folder."""
