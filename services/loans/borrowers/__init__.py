"""Borrowers: whom things are lent to, with an account or without."""
