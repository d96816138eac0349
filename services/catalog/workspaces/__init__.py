"""Workspaces as catalog knows them: which currency their prices are in."""
