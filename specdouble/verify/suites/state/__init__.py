"""What is written is read back: lifecycles of things, and the pages of their lists."""
