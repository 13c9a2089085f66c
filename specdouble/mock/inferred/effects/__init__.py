"""What `x-specdouble-effect` says that an operation does beyond its role."""
