"""What was asked: the requests of a world, and why each was answered as it was."""
