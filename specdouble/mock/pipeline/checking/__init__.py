"""Whether requests and responses are what the document says, and how that is told."""
