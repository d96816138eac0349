"""The dashboard: a workspace in numbers."""
