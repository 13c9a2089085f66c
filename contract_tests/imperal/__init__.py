"""What only Imperal Cloud promises: recipes for its operations, and the tests of its rules. HTTP only."""
