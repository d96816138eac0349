"""Holds: units of an entry set aside for a loan, inventory's side of the saga."""
