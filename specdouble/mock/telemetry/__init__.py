"""What a server tells those who run it: counts for Prometheus, log lines, and traces."""
