"""Alerts: what expires, whose warranty ends, what maintenance is due, which repair is late."""
