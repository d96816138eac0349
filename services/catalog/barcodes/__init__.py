"""Barcodes: what they have to be like, and what they are the codes of."""
