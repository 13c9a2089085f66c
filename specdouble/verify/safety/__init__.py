"""What a run may send to somebody else's server, and what it writes down to take back."""
