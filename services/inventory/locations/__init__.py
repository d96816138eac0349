"""Locations: a tree of the places where things are."""
