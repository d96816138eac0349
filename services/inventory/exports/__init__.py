"""Exports of what inventory keeps: a file for each kind, as imports read it."""
