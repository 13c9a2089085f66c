"""A test double made from a spec: documents are read, checked and compared in `specdouble.openapi`."""
