"""Personal access tokens: what scripts and machines come with instead of a session."""
