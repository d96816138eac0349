"""Deadlines: dates that the clock watches, and tells of once each: what expires, whose warranty
ends, what maintenance is due, which repair is late."""
