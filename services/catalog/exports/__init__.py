"""Exports of what catalog keeps: a file for each kind, as imports read it."""
