"""Identities: who a user is at other providers."""
