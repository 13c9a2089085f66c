"""What a test has in its hands: the session, and how it says what it found."""
