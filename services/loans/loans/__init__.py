"""Loans: who has what since when and until when; the caller's side of the saga."""
