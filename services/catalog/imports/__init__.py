"""Imports: files of things, taken in over HTTP and worked off row by row."""
