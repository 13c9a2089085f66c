"""A stateful mock server from OpenAPI documents. The machine's floors, and the packs: ARCHITECTURE.md."""
