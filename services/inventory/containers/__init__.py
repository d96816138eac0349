"""Containers: boxes, shelves and cases in a location, one within another."""
