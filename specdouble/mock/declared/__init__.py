"""The step `declared`: what `x-specdouble-effect` says that an operation does, carried out on inferred items."""
