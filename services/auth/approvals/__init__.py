"""Approvals: members' changes that wait until an admin has looked at them."""
