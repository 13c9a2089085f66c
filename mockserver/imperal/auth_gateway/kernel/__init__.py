"""What only platform services call: stores, cache, configuration, notices."""
