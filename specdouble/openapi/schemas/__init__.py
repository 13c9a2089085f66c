"""JSON Schemas by meaning: which values they accept, and whether one accepts all that another does."""
