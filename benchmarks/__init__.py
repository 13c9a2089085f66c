"""Speed: the mock server beside its peers, beside other ways to serve it, and beside itself with more state."""
