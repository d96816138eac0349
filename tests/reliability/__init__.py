"""What breaks, and what has to hold all the same."""
