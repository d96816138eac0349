"""Users: registration and one's own profile."""
