"""Stock levels: how many of each item there are, and which fell below their minimum."""
