"""OpenAPI documents: reading them in any version, overlays, lint and diff. Nothing here knows a particular API."""
