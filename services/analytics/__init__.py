"""What it all adds up to: projections of everybody's events, counted as they arrive."""
