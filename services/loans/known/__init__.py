"""What loans knows of catalog's items and inventory's entries and locations: names to show, and
where what stands, from their events."""
