"""The command line: starts, feeds and operates the platform."""
