"""Maintenance: what has to be done to an entry every so many days."""
