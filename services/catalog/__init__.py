"""What a thing is: items and the categories they stand in."""
