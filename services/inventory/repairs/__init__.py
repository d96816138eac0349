"""Repairs: units of an entry that are being mended, and are held meanwhile."""
