"""The tests themselves; each proves rules on operations (see `specdouble.verify.api.rules`)."""
