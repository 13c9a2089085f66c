"""What the agent plane knows of code."""
