"""What a document shows: its operations, its paths as a tree, the shapes of its bodies, the words in its names."""
