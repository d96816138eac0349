"""Batches: up to a thousand changes of inventory entries in one request, with a result for each."""
