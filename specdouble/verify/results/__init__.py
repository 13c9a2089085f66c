"""What became of a run: what is proven, what was found, how it is made again."""
