"""The audience: who is a member of which workspace, as notify has heard."""
