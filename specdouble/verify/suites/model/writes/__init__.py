"""What is written is there, and nothing else is."""
