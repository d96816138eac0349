"""Exports of what loans keeps: a file for each kind, as imports read it."""
