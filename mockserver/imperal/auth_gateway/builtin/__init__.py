"""The functions of the platform's own apps, a file per app."""
