"""Imports: inventory's part of the rows, which catalog reads from a file and loans gets next."""
