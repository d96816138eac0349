"""Reports: what the numbers say over time."""
