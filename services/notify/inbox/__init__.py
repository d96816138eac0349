"""The inbox: what a user was told, per user and across their workspaces."""
