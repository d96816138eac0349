"""Batches: up to a thousand changes of items in one request, with a result for each."""
