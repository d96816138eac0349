"""Throttling: how often one may try what guards an account."""
