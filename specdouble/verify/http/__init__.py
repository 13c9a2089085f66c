"""Requests: the one client, and everything beside the API that is asked over HTTP."""
