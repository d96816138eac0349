"""Workspaces: what belongs together, and to whom."""
