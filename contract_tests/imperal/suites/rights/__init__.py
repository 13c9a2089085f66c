"""Tenants, agencies, roles, scopes, acting users and the audit trail."""
