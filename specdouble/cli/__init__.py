"""The command line: one thin file per command over the documents, the mock and the verifier."""
