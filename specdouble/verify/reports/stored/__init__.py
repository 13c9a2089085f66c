"""The result as it is stored: its form, reading it, its counts, several joined into one."""
