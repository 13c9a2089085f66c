"""The suites of the model, against an app of our own."""
