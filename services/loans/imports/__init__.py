"""Imports: loans' part of the rows, which come from inventory and go no further."""
