"""What the gateway asks: roles, and sessions that were ended."""
