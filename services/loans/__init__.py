"""Who has what: borrowers and loans."""
