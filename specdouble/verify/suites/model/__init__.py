"""The suites that follow from the resource model, for every document without a pack of its own."""
