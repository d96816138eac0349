"""Activity: who changed what and when, from what to what."""
