"""Keys that access tokens are signed with, and their public halves."""
