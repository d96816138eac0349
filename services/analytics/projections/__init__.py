"""Projections: what others' aggregates look like now, and what they add up to per workspace."""
