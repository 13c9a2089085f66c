"""The agent plane: conversations, turns, memory and what they cost."""
