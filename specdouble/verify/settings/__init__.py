"""What a run needs to know: options, and their values."""
