"""Workspaces as inventory knows them: where they are, so which day it is there."""
