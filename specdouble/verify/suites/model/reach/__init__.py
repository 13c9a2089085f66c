"""Whether operations are there, and what every response has."""
