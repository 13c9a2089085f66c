"""A stateful mock server from OpenAPI documents. Its floors: ARCHITECTURE.md."""
