"""Sessions: signing in and out, refresh tokens, access tokens."""
