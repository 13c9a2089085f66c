"""A stateful mock server from OpenAPI documents. Its layers: ARCHITECTURE.md."""
