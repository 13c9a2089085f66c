"""What a world holds: documents in collections, time and ids, events, timers, and the data that it is seeded with."""
