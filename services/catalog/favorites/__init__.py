"""Favorites: what somebody wants at hand. It is theirs alone, so no event tells of it."""
