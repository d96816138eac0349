"""The front door: verifies tokens, resolves the role in a workspace, routes and streams."""
