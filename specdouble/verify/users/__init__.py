"""Who calls: test users, their credentials, wrong ones, and the parts outside the API."""
