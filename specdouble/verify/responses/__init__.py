"""What a response is, and what must hold of each of them, whatever a test is about."""
