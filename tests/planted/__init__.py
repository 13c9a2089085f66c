"""Single faults planted in our own server, to measure what a contract suite notices."""
