"""Stocktakes: counting what is there, by several people, and putting the books right by it."""
