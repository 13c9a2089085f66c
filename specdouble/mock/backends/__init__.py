"""Where worlds are kept so that they outlive the process: a small interface, the group commit over it, and SQLite."""
