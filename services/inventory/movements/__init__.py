"""Movements: what happened to stock, who did it and when. Rows are added, never changed."""
