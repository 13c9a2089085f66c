"""The operations of the app, a file per idea."""
