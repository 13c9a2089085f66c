"""Responses as the document declares them: statuses, media types, headers, envelopes, refusals."""
