"""Invitations: by mail, to people with or without an account."""
