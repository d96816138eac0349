"""A whole workspace as a file, and out of it again: `warehouse export` and `warehouse restore`."""
