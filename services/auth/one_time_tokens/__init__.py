"""One-time tokens: what mailed links carry to prove that their mail arrived."""
