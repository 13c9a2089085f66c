"""What a run verifies: a contract, and what its pack knows beside it."""
