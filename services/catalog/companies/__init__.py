"""Companies: where things were bought."""
