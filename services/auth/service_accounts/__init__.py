"""Service accounts: members of a workspace that are no persons."""
