"""The tests themselves; each proves rules on operations (see `contract_tests.rules`)."""
