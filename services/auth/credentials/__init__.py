"""Credentials: signing in, going on, and signing out."""
