"""Verification: proving that mail to one's address arrives, and changing the address."""
