"""The public contract: what the topics carry, generated from the code, committed and checked."""
