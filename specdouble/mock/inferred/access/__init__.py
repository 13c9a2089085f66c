"""Who may call: credentials by the form that the document declares, tokens with scopes, and wishes of the caller."""
