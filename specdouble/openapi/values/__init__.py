"""Values of schemas: made from nothing, and made to fit."""
