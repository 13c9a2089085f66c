"""How requests come in: granian, Flask (WSGI), and what both share."""
