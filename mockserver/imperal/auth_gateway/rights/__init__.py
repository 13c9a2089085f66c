"""Who may do what: tenants, agencies, roles, scopes, and the trail of what was done."""
